"""The reasons that rows and verdicts have, beside those that a fleet makes up itself."""

from enum import StrEnum

from scheduler.core.types import AtomicServiceDecisionReason as Decision


class BlockReason(StrEnum):
    """Why an attempt was refused: as it was decided, or by the store that knew of a run."""

    SCHEDULED_RUNNER_IN_GRACE = Decision.SCHEDULED_RUNNER_IN_GRACE.value
    SLOT_WINDOW_INVALID = Decision.SLOT_WINDOW_INVALID.value
    LATE_START = Decision.LATE_START.value
    PRIOR_RUNNING = "prior_running"


class EndReason(StrEnum):
    """Why a run was ended as abandoned by somebody else: its runner's heartbeat expired, or its
    fleet lost all trace of it, and nobody told how it ended."""

    RUNNER_DEAD = "runner_dead"
    OUTCOME_UNKNOWN = "outcome_unknown"


class WindowReason(StrEnum):
    """What there is to say of a window that was no refusal: its run outlasted it, its runner had
    started before, or its plan changed."""

    OVERRAN = "overran"
    ALREADY_SERVED = "already_served"
    REPLANNED = "replanned"

"""The vocabulary of atomic services: ids, runs, runners, executions, claims.

The names and shapes are the ones that users of the package pynenc 0.4.0 know. What decides, plans
or explains with them lives in the sibling modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import uuid4


def _new_run_id() -> str:
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class AtomicServiceId:
    """The identity of one run: who runs it, and a run id of its own (a new uuid4 unless given)."""

    runner_id: str
    atomic_service_run_id: str = field(default_factory=_new_run_id)

    def __str__(self) -> str:
        return f"runner:{self.runner_id} atomic-service-run:{self.atomic_service_run_id}"


@dataclass(init=False, slots=True)
class AtomicServiceRun:
    """One claimed run, with the cycle and the slot it was claimed in.

    Built from a composed id, or from a runner id with an optional run id (generated when missing).
    The composed id wins when both are given; neither is a TypeError.
    """

    atomic_service_id: AtomicServiceId
    cycle_start: datetime | None
    slot_start: datetime | None
    slot_end: datetime | None
    started_at: datetime | None

    # Written out because the flat pair is accepted but not stored: as properties, the aliases can
    # never disagree with the id.
    def __init__(
        self,
        atomic_service_id: AtomicServiceId | None = None,
        cycle_start: datetime | None = None,
        slot_start: datetime | None = None,
        slot_end: datetime | None = None,
        started_at: datetime | None = None,
        runner_id: str | None = None,
        atomic_service_run_id: str | None = None,
    ) -> None:
        if atomic_service_id is None:
            if runner_id is None:
                raise TypeError("an AtomicServiceRun needs an atomic_service_id or a runner_id")
            if atomic_service_run_id is None:
                atomic_service_run_id = _new_run_id()
            atomic_service_id = AtomicServiceId(runner_id, atomic_service_run_id)
        self.atomic_service_id = atomic_service_id
        self.cycle_start = cycle_start
        self.slot_start = slot_start
        self.slot_end = slot_end
        self.started_at = started_at

    @property
    def runner_id(self) -> str:
        return self.atomic_service_id.runner_id

    @property
    def atomic_service_run_id(self) -> str:
        return self.atomic_service_id.atomic_service_run_id

    def __str__(self) -> str:
        parts = [str(self.atomic_service_id)]
        if self.cycle_start is not None:
            parts.append(f"cycle_start={self.cycle_start.isoformat()}")
        if self.slot_start is not None and self.slot_end is not None:
            parts.append(f"slot=({self.slot_start.isoformat()} - {self.slot_end.isoformat()})")
        if self.started_at is not None:
            parts.append(f"started_at={self.started_at.isoformat()}")
        return " ".join(parts)


class AtomicServiceDecisionReason(StrEnum):
    """Why a runner was cleared, or was not."""

    ASSIGNED = "assigned"
    NOT_ASSIGNED_SLOT = "not_assigned_slot"
    NO_STABLE_RUNNERS = "no_stable_runners"
    SCHEDULED_RUNNER_IN_GRACE = "scheduled_runner_in_grace"
    SLOT_WINDOW_INVALID = "slot_window_invalid"
    LATE_START = "late_start"

    def is_persisted(self) -> bool:
        """True for the reasons that are written down as a BLOCKED execution."""
        return self in _PERSISTED


# The others say that it is not the asker's turn, or that nobody is there: most checks get one of
# these, and they are not written down.
_PERSISTED = frozenset(
    {
        AtomicServiceDecisionReason.SCHEDULED_RUNNER_IN_GRACE,
        AtomicServiceDecisionReason.SLOT_WINDOW_INVALID,
        AtomicServiceDecisionReason.LATE_START,
    }
)


class ActiveRunnerInfo(NamedTuple):
    """One live runner: known since when, last heard when, and whether it may run services."""

    runner_id: str
    creation_time: datetime
    last_heartbeat: datetime
    allow_to_run_atomic_service: bool = False
    # pynenc 0.4.0 hands it over; nothing here reads it.
    consumed_queues: tuple[str, ...] = ()


class AtomicServiceExecutionStatus(StrEnum):
    """The life of a recorded attempt: running, then completed or abandoned; blocked from birth."""

    RUNNING = "running"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"


class Origin(StrEnum):
    """How we know of an attempt: we decided it (``claimed``) or were told (``reported``)."""

    CLAIMED = "claimed"
    REPORTED = "reported"


class AtomicServiceExecution(NamedTuple):
    """One recorded attempt of one runner."""

    atomic_service_id: AtomicServiceId
    start_time: datetime
    end_time: datetime | None
    status: AtomicServiceExecutionStatus = AtomicServiceExecutionStatus.RUNNING
    reason: str = ""

    @classmethod
    def from_raw(
        cls,
        runner_id: str,
        atomic_service_run_id: str,
        start_time: datetime,
        end_time: datetime | None,
        status: AtomicServiceExecutionStatus = AtomicServiceExecutionStatus.RUNNING,
        reason: str = "",
    ) -> Self:
        """The same, from the flat pair of ids."""
        composed = AtomicServiceId(runner_id, atomic_service_run_id)
        return cls(composed, start_time, end_time, status, reason)

    @property
    def runner_id(self) -> str:
        return self.atomic_service_id.runner_id

    @property
    def atomic_service_run_id(self) -> str:
        return self.atomic_service_id.atomic_service_run_id

    @property
    def atomic_service_run(self) -> AtomicServiceRun:
        return AtomicServiceRun(self.atomic_service_id, started_at=self.start_time)

    @property
    def is_active(self) -> bool:
        return self.status == AtomicServiceExecutionStatus.RUNNING

    @property
    def duration_seconds(self) -> float:
        """Seconds from start to end; 0.0 while there is no end."""
        if self.end_time is None:
            return 0.0
        return (self.end_time - self.start_time).total_seconds()


@dataclass(frozen=True, slots=True)
class AtomicServiceClaim:
    """What one runner is told at one instant.

    `atomic_service_run` is there when the runner is cleared to start, `skip_message` when the
    attempt is to be written down as BLOCKED, `late_start_fraction` (of the window, 0..1) when it
    came too late.
    """

    runner_id: str
    reason: AtomicServiceDecisionReason
    cycle_start: datetime
    assigned_runner_id: str | None = None
    runner_position: int | None = None
    stable_runner_count: int = 0
    slot_start: datetime | None = None
    slot_end: datetime | None = None
    is_slot_owner_now: bool = False
    atomic_service_run: AtomicServiceRun | None = None
    skip_message: str = ""
    late_start_fraction: float | None = None

    @property
    def should_try_start(self) -> bool:
        return self.atomic_service_run is not None

    @property
    def skip_reason(self) -> AtomicServiceDecisionReason | None:
        """The reason where it is one to write down, else None."""
        return self.reason if self.reason.is_persisted() else None

    @property
    def decision(self) -> AtomicServiceClaim:
        """The claim itself: callers of older packages read `claim.decision.reason`."""
        return self

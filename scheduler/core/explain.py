"""Why a runner was told what it was told: one decision as its ordered checks, with their numbers.

The gate of the store (another run still going) comes after these checks, not among them.
`scheduler.words.decisions` has the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from scheduler.core.claim import Seat
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


class CheckName(StrEnum):
    """The checks of a decision, in the order in which they are made."""

    FLEET = "fleet"
    MEMBERSHIP = "membership"
    WINDOW = "window"
    GRACE = "grace"
    TURN = "turn"
    LATE_START = "late_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision with the arguments it was made from: lengths are in seconds, `current_time` is a
    timestamp, `allowed` the share of a window in which a start is not late."""

    claim: AtomicServiceClaim
    seat: Seat | None
    current_time: float
    interval: float
    margin: float
    grace: float
    allowed: float

    @property
    def checks(self) -> dict[CheckName, CheckState]:
        """All six checks, in order. Those after the failed one are not reached; an assigned claim
        has passed them all."""
        failed = _failed_check(self.claim)
        states: dict[CheckName, CheckState] = {}
        # Until one fails: an assigned claim fails none.
        state = CheckState.PASSED
        for name in CheckName:
            if state is CheckState.FAILED:
                state = CheckState.NOT_REACHED
            elif name is failed:
                state = CheckState.FAILED
            states[name] = state
        return states

    @property
    def runner_count(self) -> int:
        return self.claim.stable_runner_count

    @property
    def window(self) -> tuple[datetime, datetime]:
        # A decision that failed before the window has none: an empty one at the cycle's start.
        start = self.claim.slot_start or self.claim.cycle_start
        return start, self.claim.slot_end or start

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.current_time, UTC)


def explain_claim(
    *,
    claim: AtomicServiceClaim,
    seat: Seat | None,
    current_time: float,
    service_interval_minutes: float,
    spread_margin_minutes: float,
    membership_stabilization_seconds: float,
    max_start_slot_fraction: float,
) -> Explanation:
    """The explanation of a claim, from the arguments that `decide_seat_claim` got for it."""
    return Explanation(
        claim=claim,
        seat=seat,
        current_time=current_time,
        interval=service_interval_minutes * 60,
        margin=spread_margin_minutes * 60,
        grace=membership_stabilization_seconds,
        allowed=max_start_slot_fraction,
    )


def _failed_check(claim: AtomicServiceClaim) -> CheckName | None:
    # One reason, two checks: without a position the asker is no member, with one it has to wait.
    if claim.reason is Reason.NOT_ASSIGNED_SLOT and claim.runner_position is None:
        return CheckName.MEMBERSHIP
    return _FAILED_BY.get(claim.reason)


_FAILED_BY = {
    Reason.NO_STABLE_RUNNERS: CheckName.FLEET,
    Reason.SLOT_WINDOW_INVALID: CheckName.WINDOW,
    Reason.SCHEDULED_RUNNER_IN_GRACE: CheckName.GRACE,
    Reason.NOT_ASSIGNED_SLOT: CheckName.TURN,
    Reason.LATE_START: CheckName.LATE_START,
}

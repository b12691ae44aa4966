"""Why a runner was told what it was told: one decision as its ordered checks, with their numbers.

Spans of time are given in seconds into the cycle, so that no sentence holds a clock time of some
zone. The gate of the store (another run still going) comes after these checks, not among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from scheduler.core.claim import Seat, consumed_fraction
from scheduler.core.findings import reckoned
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
class Check:
    """One check of a decision: what it found, in a sentence with the numbers it used."""

    name: CheckName
    state: CheckState
    sentence: str


def explain_claim(
    *,
    claim: AtomicServiceClaim,
    seat: Seat | None,
    current_time: float,
    service_interval_minutes: float,
    spread_margin_minutes: float,
    membership_stabilization_seconds: float,
    max_start_slot_fraction: float,
) -> tuple[Check, ...]:
    """All six checks, in order, for a claim and the arguments that `decide_seat_claim` got for it.

    Those after the failed one are `not_reached`; an assigned claim has passed them all.
    """
    facts = _Facts(
        claim=claim,
        seat=seat,
        current_time=current_time,
        interval=service_interval_minutes * 60,
        margin=spread_margin_minutes * 60,
        grace=membership_stabilization_seconds,
        allowed=max_start_slot_fraction,
    )
    failed = _failed_check(claim)
    checks: list[Check] = []
    state = CheckState.PASSED
    for name, sentence in _SENTENCES.items():
        if state is CheckState.FAILED:
            state = CheckState.NOT_REACHED
        elif name is failed:
            state = CheckState.FAILED
        reached = state is not CheckState.NOT_REACHED
        text = sentence(facts) if reached else "Not asked: an earlier check has answered."
        checks.append(Check(name=name, state=state, sentence=text))
    return tuple(checks)


def _failed_check(claim: AtomicServiceClaim) -> CheckName | None:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """The claim and its arguments, in seconds."""

    claim: AtomicServiceClaim
    seat: Seat | None
    current_time: float
    interval: float
    margin: float
    grace: float
    allowed: float

    @property
    def count(self) -> int:
        return self.claim.stable_runner_count

    @property
    def window(self) -> tuple[datetime, datetime]:
        start = self.claim.slot_start or self.claim.cycle_start
        return start, self.claim.slot_end or start

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.current_time, UTC)

    def into_cycle(self, at: datetime) -> str:
        return reckoned((at - self.claim.cycle_start).total_seconds())


def _fleet(facts: _Facts) -> str:
    if facts.count == 0:
        return "No runner is active."
    return "1 runner is active." if facts.count == 1 else f"{facts.count:,} runners are active."


def _membership(facts: _Facts) -> str:
    runner_id, position = facts.claim.runner_id, facts.claim.runner_position
    if position is None:
        return f"{runner_id} is not among them, so it has no slot."
    return f"{runner_id} is among them, in slot {position + 1:,} of {facts.count:,}."


def _window(facts: _Facts) -> str:
    interval = reckoned(facts.interval)
    if facts.count == 1:
        return f"A single runner has the whole cycle of {interval}, without a margin."
    slot, margin = facts.interval / facts.count, reckoned(facts.margin)
    share = f"{interval} / {facts.count:,} runners = {reckoned(slot)} a slot"
    if facts.claim.reason is Reason.SLOT_WINDOW_INVALID:
        return f"{share}, all of it taken by the margin of {margin}: no slot has a window."
    return f"{share}, less a margin of {margin}: a window of {reckoned(slot - facts.margin)}."


def _grace(facts: _Facts) -> str:
    if facts.grace <= 0 or facts.seat is None:
        return "New runners have no grace to wait for."
    age = reckoned(facts.current_time - facts.seat.assigned_creation_time.timestamp())
    who = f"The assigned runner {facts.claim.assigned_runner_id} has been known for {age}"
    if facts.claim.reason is Reason.SCHEDULED_RUNNER_IN_GRACE:
        return f"{who}, less than its grace of {reckoned(facts.grace)}: its slot is kept free."
    return f"{who}, so its grace of {reckoned(facts.grace)} is over."


def _turn(facts: _Facts) -> str:
    if facts.count == 1:
        return "A single runner has its turn all the time."
    start, end = facts.window
    where = "outside" if facts.claim.reason is Reason.NOT_ASSIGNED_SLOT else "inside"
    return (
        f"The window goes from {facts.into_cycle(start)} to {facts.into_cycle(end)} of the"
        f" cycle, and it is at {facts.into_cycle(facts.now)}: {where} it."
    )


def _late_start(facts: _Facts) -> str:
    if not 0 < facts.allowed < 1:
        return "Late starts are not limited."
    start, end = facts.window
    passed = reckoned((facts.now - start).total_seconds())
    length = reckoned((end - start).total_seconds())
    late = facts.claim.reason is Reason.LATE_START
    consumed = consumed_fraction(facts.now, start, end)
    return (
        f"{passed} of the window's {length} have passed, {consumed * 100:.2f} %:"
        f" {'more' if late else 'not more'} than the {facts.allowed * 100:.2f} % allowed."
    )


_SENTENCES: dict[CheckName, Callable[[_Facts], str]] = {
    CheckName.FLEET: _fleet,
    CheckName.MEMBERSHIP: _membership,
    CheckName.WINDOW: _window,
    CheckName.GRACE: _grace,
    CheckName.TURN: _turn,
    CheckName.LATE_START: _late_start,
}

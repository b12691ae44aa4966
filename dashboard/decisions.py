"""The decision table: each runner's window, and what it would be told at one instant and why."""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.signals import ANSWERS, BLOCKED, PRIOR_RUNNING, Signal
from dashboard.words import TimeWords
from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.plan import CyclePlan, PlannedSlot
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason

# A table of a thousand rows is read by nobody, and costs more than the rest of the page.
ROWS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """``signal``, ``why``: what it would be told. ``next_turn_at`` is None without windows."""

    runner_id: str
    name: str
    position: int
    is_owner: bool
    window: str
    startable_until: str
    signal: Signal
    why: str
    next_turn_at: datetime | None
    is_turn_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """The rows around the present owner; ``total`` counts all that were asked for."""

    rows: tuple[DecisionRow, ...]
    total: int

    @property
    def is_capped(self) -> bool:
        return len(self.rows) < self.total


def decision_table(
    plan: CyclePlan,
    *,
    at: datetime,
    holder_name: str,
    names: Mapping[str, str],
    words: TimeWords,
    runner_ids: Collection[str],
) -> DecisionTable:
    """What each of ``runner_ids`` (or the 100 around the owner) would be told at ``at``.

    ``holder_name`` is who holds the service then, or empty: a cleared start would meet its run.
    """
    owner = plan.position_at(at)
    if owner is None:
        return DecisionTable(rows=(), total=0)
    asked = [position for position, each in enumerate(plan.runners) if each.runner_id in runner_ids]
    total = len(asked)
    first = max(0, min(bisect_left(asked, owner) - ROWS_SHOWN // 2, total - ROWS_SHOWN))
    positions = asked[first : first + ROWS_SHOWN]
    return DecisionTable(
        rows=tuple(
            _row(plan, position, owner, at, holder_name, names, words) for position in positions
        ),
        total=total,
    )


def _row(
    plan: CyclePlan,
    position: int,
    owner: int,
    at: datetime,
    holder_name: str,
    names: Mapping[str, str],
    words: TimeWords,
) -> DecisionRow:
    runner_id = plan.runners[position].runner_id
    claim = _decision(plan, position, owner, at)
    slot = plan.slot(position)
    following = plan.next_turn(position, at)
    signal, why = _answer(claim, slot, holder_name, names, words, at)
    limited = slot is not None and slot.startable_until < slot.slot_end
    return DecisionRow(
        runner_id=runner_id,
        name=names.get(runner_id, runner_id),
        position=position,
        is_owner=position == owner,
        window=f"{words.bare(slot.slot_start)} – {words.bare(slot.slot_end)}" if slot else "none",
        startable_until=words.bare(slot.startable_until if limited else slot.slot_end)
        if slot
        else "never",
        signal=signal,
        why=why,
        next_turn_at=following,
        is_turn_now=following is not None and following <= at,
    )


def _decision(plan: CyclePlan, position: int, owner: int, at: datetime) -> AtomicServiceClaim:
    assigned = plan.runners[owner]
    return decide_seat_claim(
        runner_id=plan.runners[position].runner_id,
        seat=Seat(
            position=position,
            runner_count=len(plan.runners),
            assigned_runner_id=assigned.runner_id,
            assigned_creation_time=assigned.creation_time,
        ),
        current_time=at.timestamp(),
        # Only shown: nobody needs a fresh run id for it.
        run_id="",
        **plan.policy.decision_arguments(),
    )


def _answer(
    claim: AtomicServiceClaim,
    slot: PlannedSlot | None,
    holder_name: str,
    names: Mapping[str, str],
    words: TimeWords,
    at: datetime,
) -> tuple[Signal, str]:
    signal = ANSWERS[claim.reason]
    if claim.reason == Reason.ASSIGNED:
        if holder_name:
            own = holder_name == names.get(claim.runner_id, claim.runner_id)
            who = "its own run" if own else holder_name
            return BLOCKED[PRIOR_RUNNING], f"{who} still holds the service"
        return signal, "its window is open"
    if claim.reason == Reason.NOT_ASSIGNED_SLOT and slot is not None:
        if claim.assigned_runner_id == claim.runner_id:
            over = at >= slot.slot_end
            return signal, "its window is over; the margin follows" if over else "its turn begins"
        assigned = names.get(claim.assigned_runner_id or "", claim.assigned_runner_id)
        return signal, f"{assigned} is scheduled"
    if claim.reason == Reason.SCHEDULED_RUNNER_IN_GRACE:
        assigned = names.get(claim.assigned_runner_id or "", claim.assigned_runner_id)
        return signal, f"{assigned} is scheduled and too new"
    if claim.reason == Reason.LATE_START and claim.late_start_fraction is not None:
        limit = claim.late_start_fraction * 100
        return signal, f"{limit:.0f} % of its window is over"
    return signal, _slot_problem(claim)


def _slot_problem(claim: AtomicServiceClaim) -> str:
    if claim.reason == Reason.SLOT_WINDOW_INVALID:
        return "the margin takes the whole slot"
    return claim.skip_message

"""The decision table: each runner's window, and what it would be told at one instant and why."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.text.signals import ANSWERS, BLOCKED, HOLDS, Signal
from dashboard.text.words import TimeWords, ordinal
from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.plan import CyclePlan
from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.words.numbers import exact_percent

# A table of a thousand rows is read by nobody, and costs more than the rest of the page.
ROWS_SHOWN = 100


class Answer(StrEnum):
    """What a runner can be told, as finely as the table tells it."""

    NOBODY = "nobody"
    NO_WINDOW = "no_window"
    GRACE = "grace"
    WAITS = "waits"
    BEGINS = "begins"
    MAY_START = "may_start"
    HELD = "held"
    HOLDS = "holds"
    LATE = "late"
    OVER = "over"


# Each answer's signal, and why. ``assigned`` and ``holder`` are names, ``late`` a percentage.
TOLD: dict[Answer, tuple[Signal, str]] = {
    Answer.NOBODY: (ANSWERS[Reason.NO_STABLE_RUNNERS], ""),
    Answer.NO_WINDOW: (ANSWERS[Reason.SLOT_WINDOW_INVALID], "the margin takes the whole slot"),
    Answer.GRACE: (
        ANSWERS[Reason.SCHEDULED_RUNNER_IN_GRACE],
        "{assigned} is scheduled and too new",
    ),
    Answer.WAITS: (ANSWERS[Reason.NOT_ASSIGNED_SLOT], "{assigned} is scheduled"),
    Answer.BEGINS: (ANSWERS[Reason.NOT_ASSIGNED_SLOT], "its turn begins"),
    Answer.MAY_START: (ANSWERS[Reason.ASSIGNED], "its window is open"),
    Answer.HELD: (BLOCKED[BlockReason.PRIOR_RUNNING], "{holder} still holds the service"),
    Answer.HOLDS: (HOLDS, "its run goes on"),
    Answer.LATE: (ANSWERS[Reason.LATE_START], "{late} of its window is over"),
    Answer.OVER: (
        ANSWERS[Reason.NOT_ASSIGNED_SLOT],
        "its window is over; the margin follows",
    ),
}
# The others are told for one reason, NOT_ASSIGNED_SLOT: see _answer.
_ANSWERED = {
    Reason.NO_STABLE_RUNNERS: Answer.NOBODY,
    Reason.SLOT_WINDOW_INVALID: Answer.NO_WINDOW,
    Reason.SCHEDULED_RUNNER_IN_GRACE: Answer.GRACE,
    Reason.ASSIGNED: Answer.MAY_START,
    Reason.LATE_START: Answer.LATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """``signal``, ``why``: what it would be told. ``slot`` counts from one. ``next_turn_at`` is
    None without windows."""

    runner_id: str
    name: str
    position: int
    slot: int
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
    holder_ids: Sequence[str],
    names: Mapping[str, str],
    words: TimeWords,
    runner_ids: Collection[str],
) -> DecisionTable:
    """What each of ``runner_ids`` (or the 100 around the owner) would be told at ``at``.

    ``holder_ids`` hold the service then: they are told so, and a cleared start of another would
    meet the run of the first.
    """
    owner = plan.position_at(at)
    # A plan has an owner at every instant, unless nobody is a member.
    if owner is None:
        return DecisionTable(rows=(), total=0)
    asked = [position for position, each in enumerate(plan.runners) if each.runner_id in runner_ids]
    total = len(asked)
    # The owner in the middle, or the nearest of those asked for, where it is not among them.
    first = max(0, min(bisect_left(asked, owner) - ROWS_SHOWN // 2, total - ROWS_SHOWN))
    positions = asked[first : first + ROWS_SHOWN]
    return DecisionTable(
        rows=tuple(
            _row(plan, position, owner, at, holder_ids, names, words) for position in positions
        ),
        total=total,
    )


def _row(
    plan: CyclePlan,
    position: int,
    owner: int,
    at: datetime,
    holder_ids: Sequence[str],
    names: Mapping[str, str],
    words: TimeWords,
) -> DecisionRow:
    runner_id = plan.runners[position].runner_id
    claim = _decision(plan, position, owner, at)
    slot = plan.slot(position)
    following = plan.next_turn(position, at)
    # The decision is the core's own, so that the table never says what a runner would not be told.
    signal, why = _told(claim, _answer(claim, at), holder_ids, names)
    # Without a limit, a window may be started in up to its end.
    limited = slot is not None and slot.startable_until < slot.slot_end
    return DecisionRow(
        runner_id=runner_id,
        name=names.get(runner_id, runner_id),
        position=position,
        slot=ordinal(position),
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
    # By the seat and not by the list of runners: a hundred decisions read no list.
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


def _answer(claim: AtomicServiceClaim, at: datetime) -> Answer:
    answer = _ANSWERED.get(claim.reason)
    if answer is not None:
        return answer
    # "Not assigned" has three forms: another's turn, a window that is over (the margin follows),
    # and one that begins a rounding of microseconds after its turn.
    if claim.assigned_runner_id != claim.runner_id:
        return Answer.WAITS
    return Answer.OVER if claim.slot_end is not None and at >= claim.slot_end else Answer.BEGINS


def _told(
    claim: AtomicServiceClaim, answer: Answer, holder_ids: Sequence[str], names: Mapping[str, str]
) -> tuple[Signal, str]:
    # Of several holders, the first is whose run a start would meet.
    holder = holder_ids[0] if holder_ids else ""
    if claim.runner_id in holder_ids:
        answer = Answer.HOLDS
    # Only a start that is cleared gets as far as the run that holds the service; whoever is refused
    # before is told why, and nothing of the holder.
    elif answer is Answer.MAY_START and holder:
        answer = Answer.HELD
    signal, why = TOLD[answer]
    assigned = claim.assigned_runner_id or ""
    return signal, why.format(
        assigned=names.get(assigned, assigned),
        holder=names.get(holder, holder),
        late=exact_percent(claim.late_start_fraction or 0.0),
    )

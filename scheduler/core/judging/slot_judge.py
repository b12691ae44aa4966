"""What became of every window of a cycle: one verdict each, recorded or derived.

The rules, in order; the first that applies to a window is its verdict. The *startable part* of a
window begins where it does and ends with the last instant that is not a late start, both within the
part of the window for which its plan was in force. A start or a refusal *in* a window is one of its
own runner, within that part.

 1  served     There was a start in it that was not abandoned. Recorded; `overran` where that went
               on past the window and the margin after it.
 2  abandoned  There were starts in it, all of them abandoned. Recorded.
 3  upcoming   It has not begun.
 4  unknown    It is startable, and nobody is watching now.
 5  open       It is startable.
 6  blocked    A refusal in it was written down. Recorded; the reason is that of the last one, and a
               late start only where there is no other.
 7  unknown    Nobody was watching during some of its startable part, or of the window itself where
               that has none.
 8  unserved   `already_served`: its runner had started in the same cycle before it began, within
               the cycle that is judged, and that start was not abandoned.
 9  unserved   `replanned`: it has no startable part, for it was laid too late.
10  blocked    At every instant of its startable part any start would have been refused: whose turn
               it was, was in grace, or a run still held the service. Derived; the reason is that of
               the last such instant.
11  unserved   `replanned`: a change of membership or policy took some of its startable part away,
               or the edge of the judged cycle, where a change of the interval laid that over
               another.
12  unserved   Nothing explains it.

A runner whose slots have no window gets one verdict for each unbroken interval of that within one
cycle: upcoming before it begins, unknown where nobody watched any of it, and else blocked,
`slot_window_invalid`, recorded where such a refusal of its was written down in it.

A stored refusal keeps the instants of the first and the last of its repeats in a cycle: these two
are looked for. A window of no length is never laid; a start in one counts for the window that its
runner has at that instant, if any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypedDict, Unpack

from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import overlapping
from scheduler.core.judging.run_limits import RunLimit, planned_limits
from scheduler.core.judging.verdicts import SlotVerdict, Verdict, startable_end
from scheduler.core.judging.windowless import Windowless, windowless_intervals
from scheduler.core.reasons import BlockReason, WindowReason
from scheduler.core.refusals import Refusals, unwatched_in
from scheduler.core.timeline import CycleTimeline, Lane, LaneSlot, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status

_start = attrgetter("start")


def judge_slots(timeline: CycleTimeline) -> tuple[SlotVerdict, ...]:
    """One verdict a window, lane by lane, in order of time."""
    judge = SlotJudge(timeline)
    windowless = windowless_intervals(timeline.epochs)
    verdicts: list[SlotVerdict] = []
    for lane in timeline.lanes:
        mine = list(judge.windows(lane))
        if lane.runner_id in windowless:
            mine += judge.windowless(lane, windowless[lane.runner_id])
            mine.sort(key=_start)
        verdicts += mine
    return tuple(verdicts)


class SlotJudge:
    """The rules of the module, for one timeline."""

    def __init__(self, timeline: CycleTimeline) -> None:
        self._timeline = timeline
        self._now = timeline.now
        self._refusals = Refusals(timeline)
        self._gaps = unwatched_in(timeline)
        self._is_watched_now = not overlapping(self._gaps, self._now, self._now + MICROSECOND)
        # Where a plan ended before its cycle did.
        self._cuts = {each.end for each in timeline.epochs if each.end < each.plan.cycle_end}

    def windows(self, lane: Lane) -> Iterator[SlotVerdict]:
        runs = [each for each in lane.executions if each.status != Status.BLOCKED]
        refused = [each for each in lane.executions if each.status == Status.BLOCKED]
        for slot in lane.slots:
            starts = [each for each in runs if slot.start <= each.started_at < slot.end]
            if starts:
                yield self._started(slot, starts)
            else:
                yield self._not_started(slot, runs, refused)

    def windowless(self, lane: Lane, intervals: Sequence[Windowless]) -> Iterator[SlotVerdict]:
        for each in intervals:
            row = next((row for row in lane.executions if _is_windowless_in(row, each)), None)
            verdict = Verdict.BLOCKED if row else self._windowless(each)
            yield SlotVerdict(
                runner_id=lane.runner_id,
                position=each.position,
                slot=None,
                start=each.start,
                end=each.end,
                verdict=verdict,
                reason=BlockReason.SLOT_WINDOW_INVALID if verdict is Verdict.BLOCKED else "",
                recorded=row is not None,
                run_id=row.run_id if row else None,
                execution_id=row.execution_id if row else None,
                attempts=row.attempts if row else 0,
                no_window=each.plan.policy.no_window(len(each.plan.runners)),
            )

    def _windowless(self, interval: Windowless) -> Verdict:
        """Of an interval in which no refusal was written down."""
        if self._now < interval.start:
            return Verdict.UPCOMING
        until = min(interval.end, self._now)
        if any(gap.start <= interval.start and until <= gap.end for gap in self._gaps):
            return Verdict.UNKNOWN
        return Verdict.BLOCKED

    def _not_started(
        self,
        slot: LaneSlot,
        runs: Sequence[RecordedExecution],
        refused: Sequence[RecordedExecution],
    ) -> SlotVerdict:
        end = startable_end(slot)
        if self._now < slot.start:
            return _verdict(slot, Verdict.UPCOMING, is_over=False)
        # Before the refusals: while it can be started in, none of them is the last word.
        if self._now < end:
            now = Verdict.OPEN if self._is_watched_now else Verdict.UNKNOWN
            return _verdict(slot, now, is_over=False)
        if row := _refusal_in(slot, refused):
            # A row dates its first and last attempt alone: the later one inside is told.
            last = row.last_attempt_at if row.last_attempt_at < slot.end else row.first_attempt_at
            return _verdict(
                slot,
                Verdict.BLOCKED,
                row.reason,
                row,
                recorded=True,
                attempts=row.attempts,
                at=last,
            )
        # A gap hides who was there and what was refused; a start in it is read afterwards.
        if overlapping(self._gaps, slot.start, end if end > slot.start else slot.end):
            return _verdict(slot, Verdict.UNKNOWN)
        return self._unserved(slot, end, runs)

    def _unserved(
        self, slot: LaneSlot, end: datetime, runs: Sequence[RecordedExecution]
    ) -> SlotVerdict:
        earlier = self._start_before(slot, runs) if runs else None
        if earlier is not None:
            at = earlier.started_at
            return _verdict(slot, Verdict.UNSERVED, WindowReason.ALREADY_SERVED, earlier, at=at)
        if end <= slot.start:
            return _verdict(slot, Verdict.UNSERVED, WindowReason.REPLANNED)
        if self._refusals.cover(slot.start, end):
            return _verdict(slot, Verdict.BLOCKED, *self._refusals.reason_at(end - MICROSECOND))
        # A change counts only where it took something startable away.
        whole = min(slot.slot_end, slot.startable_until + MICROSECOND)
        if slot.start > slot.slot_start or (slot.end < whole and slot.end in self._cuts):
            return _verdict(slot, Verdict.UNSERVED, WindowReason.REPLANNED)
        return _verdict(slot, Verdict.UNSERVED)

    def _started(self, slot: LaneSlot, starts: Sequence[RecordedExecution]) -> SlotVerdict:
        good = [each for each in starts if each.status != Status.ABANDONED]
        overran = next((each for each in good if self.overran_at(slot, each)), None)
        run = overran or (good or starts)[0]
        verdict = Verdict.SERVED if good else Verdict.ABANDONED
        reason = (WindowReason.OVERRAN if overran else "") if good else run.reason
        return _verdict(
            slot,
            verdict,
            reason,
            run,
            recorded=True,
            attempts=len(starts),
            at=run.started_at,
            ended_at=run.ended_at,
            abandoned_before=sum(
                each.status == Status.ABANDONED and each.started_at < run.started_at
                for each in starts
            ),
        )

    def overran_at(self, slot: LaneSlot, run: RecordedExecution) -> datetime | None:
        """When a start in the window went on past it and the margin after it; None if it did not,
        as far as is known."""
        plan = self._timeline.plan_at(run.started_at)
        limit = planned_limits(
            run.started_at,
            # What its claim knew beats what is reconstructed, and belongs together.
            slot_end=run.slot_end or slot.slot_end,
            policy=plan.policy,
            runner_count=run.stable_runner_count or len(plan.runners),
        )[RunLimit.PAST_SLOT]
        ended = run.ended_at or self._known_to_go_on_until(run)
        return limit if limit is not None and limit < ended else None

    def _known_to_go_on_until(self, run: RecordedExecution) -> datetime:
        """As far as it was watched, and as this cycle knows: what comes of it later is said in
        later cycles."""
        seen_until = self._timeline.watched_until or run.started_at
        return max(run.started_at, min(seen_until, self._timeline.cycle_end))

    def _start_before(
        self, slot: LaneSlot, runs: Sequence[RecordedExecution]
    ) -> RecordedExecution | None:
        """The latest start, not abandoned, of the slot's cycle before it, as far as is known."""
        cycle_start = self._timeline.plan_at(slot.start).cycle_start
        # Where a change of interval laid this cycle over another, earlier starts are that one's.
        since = max(cycle_start, self._timeline.cycle_start)
        good = [
            each
            for each in runs
            if since <= each.started_at < slot.start and each.status != Status.ABANDONED
        ]
        return good[-1] if good else None


def _refusal_in(slot: LaneSlot, refused: Sequence[RecordedExecution]) -> RecordedExecution | None:
    """The refusal that counts: the last one, and a late start only where there is no other."""

    def rank(row: RecordedExecution) -> tuple[bool, datetime]:
        instants = (row.first_attempt_at, row.last_attempt_at)
        # The other instant of a row may lie in another window of the same runner.
        return row.reason != BlockReason.LATE_START, max(
            at for at in instants if slot.start <= at < slot.end
        )

    inside = (row for row in refused if _was_in(row, slot.start, slot.end))
    return max(inside, key=rank, default=None)


def _was_in(row: RecordedExecution, start: datetime, end: datetime) -> bool:
    return start <= row.first_attempt_at < end or start <= row.last_attempt_at < end


def _is_windowless_in(row: RecordedExecution, interval: Windowless) -> bool:
    return (
        row.status == Status.BLOCKED
        and row.reason == BlockReason.SLOT_WINDOW_INVALID
        and _was_in(row, interval.start, interval.end)
    )


class _Facts(TypedDict, total=False):
    """What a verdict may say beside that."""

    recorded: bool
    attempts: int
    at: datetime
    ended_at: datetime | None
    abandoned_before: int
    is_over: bool


def _verdict(
    slot: LaneSlot,
    verdict: Verdict,
    reason: str = "",
    row: RecordedExecution | None = None,
    **facts: Unpack[_Facts],
) -> SlotVerdict:
    return SlotVerdict(
        runner_id=slot.runner_id,
        position=slot.position,
        slot=slot,
        start=slot.start,
        end=slot.end,
        verdict=verdict,
        reason=reason,
        run_id=row.run_id if row else None,
        execution_id=row.execution_id if row else None,
        **facts,
    )

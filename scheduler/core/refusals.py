"""Who would have been refused, and why, at every instant of a cycle, had anybody asked.

Two things refuse everybody at once, whoever's turn it is: the assigned runner's grace, and a run
that still holds the service. What a recorded refusal says beats both (slot_judge.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from scheduler.core.cycle.watching import WatchSpan, gaps_between, speaks_for
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import Interval, last_begun, merged
from scheduler.core.reasons import BlockReason, EndReason
from scheduler.core.timeline import CycleTimeline, PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.types import Origin

_started_at = attrgetter("started_at")
_start = attrgetter("start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Interval):
    """An interval in which a run kept every other one from starting."""

    execution: RecordedExecution


class Refusals:
    """The refusals of one cycle that need nobody to ask. Nothing after `now` is known."""

    def __init__(self, timeline: CycleTimeline) -> None:
        self._graces = [
            Interval(start=each.start, end=each.end) for each in timeline.ownership if each.in_grace
        ]
        # In an observed fleet, several may hold at once.
        self._holds = sorted(holds_in(timeline), key=_start)
        # The hold that lasts longest of those begun so far: if any holds at an instant, this does.
        self._longest: list[Hold] = []
        for hold in self._holds:
            longest = self._longest[-1] if self._longest else hold
            self._longest.append(hold if hold.end > longest.end else longest)
        self._all = merged([*self._graces, *self._holds])

    def cover(self, start: datetime, end: datetime) -> bool:
        """Whether a start was refused at every instant of [start, end)."""
        found = last_begun(self._all, start)
        return found is not None and found.end >= end

    def reason_at(self, at: datetime) -> tuple[str, RecordedExecution | None]:
        """Why a start was refused at `at`, and by which run if by one; ("", None) if it was not.

        Grace comes first, as in a claim: it is decided before the store is asked for a holder.
        """
        grace = last_begun(self._graces, at)
        if grace is not None and at < grace.end:
            return BlockReason.SCHEDULED_RUNNER_IN_GRACE, None
        begun = bisect_right(self._holds, at, key=_start)
        hold = self._longest[begun - 1] if begun else None
        if hold is not None and at < hold.end:
            return BlockReason.PRIOR_RUNNING, hold.execution
        return "", None


def holds_in(timeline: CycleTimeline) -> Iterator[Hold]:
    """When each run held the service.

    A claimed run holds only while its runner is heard of: the store gives up a dead holder for
    whoever asks next. A fleet that decides for itself may know no such way out, so a reported run
    holds until it ends.
    """
    # It is known to go on at `now` itself, so its end lies just after.
    unended = timeline.now + MICROSECOND
    for lane in timeline.lanes:
        for execution in lane.executions:
            if execution.status == Status.BLOCKED:
                continue
            start, end = execution.started_at, execution.ended_at or unended
            if execution.origin != Origin.CLAIMED:
                yield Hold(start=start, end=end, execution=execution)
                continue
            if execution.reason == EndReason.RUNNER_DEAD:
                # It ended with its runner's last living instant, and held in that one too.
                end += MICROSECOND
            for part in _heard_of(lane.presences, start, end):
                yield Hold(start=part.start, end=part.end, execution=execution)


def unwatched_in(timeline: CycleTimeline) -> list[Interval]:
    """The instants of a cycle, up to `now`, for which no watch speaks."""
    return _instants_of(timeline.unwatched, timeline.watches, timeline.now)


def unwatched_between(timeline: CycleTimeline, start: datetime, end: datetime) -> list[Interval]:
    """The same of [start, end), which may reach beyond the cycle."""
    gaps = gaps_between(timeline.watching, start, end)
    return _instants_of(gaps, timeline.watching or (), timeline.now)


def _instants_of(
    gaps: Iterable[WatchSpan], watches: Sequence[WatchSpan], now: datetime
) -> list[Interval]:
    """A watch speaks for its last instant too, so what goes unwatched begins just after it; and
    where it goes on until now, now is part of it, unless a watch begins just then."""
    return merged(
        Interval(
            start=gap.started_at + MICROSECOND * speaks_for(watches, gap.started_at),
            end=gap.ended_at
            + MICROSECOND * (gap.ended_at == now and not speaks_for(watches, gap.ended_at)),
        )
        for gap in gaps
    )


def silences(presences: Iterable[PresenceSpan], start: datetime, end: datetime) -> list[Interval]:
    """The intervals of [start, end) in which a runner was not heard of, eligible or not."""
    quiet, seen = [], start
    # Spans of one runner may overlap: unmerged, they would leave silences that are none.
    for part in merged(_heard_of(presences, start, end)):
        if seen < part.start:
            quiet.append(Interval(start=seen, end=part.start))
        seen = part.end
    if seen < end:
        quiet.append(Interval(start=seen, end=end))
    return quiet


def _heard_of(
    presences: Iterable[PresenceSpan], start: datetime, end: datetime
) -> Iterator[Interval]:
    for span in presences:
        came, went = max(span.started_at, start), min(span.expires_at + MICROSECOND, end)
        if came < went:
            yield Interval(start=came, end=went)

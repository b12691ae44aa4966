"""Runs that were held too long: past a limit, or by a runner that is not heard of any more.

What is said of a run that has ended is the same in every cycle that it touches: it is made from
all that is known of it. Of one that goes on, a cycle says what was so by the cycle's end: what
comes of it belongs to later cycles.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.core.cycle.watching import watched_until
from scheduler.core.incidents.kinds import HolderFacts, IncidentKind, LimitFacts, Overdue
from scheduler.core.incidents.limits import limits_in
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import first_outside
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.reasons import EndReason
from scheduler.core.refusals import silences, unwatched_between
from scheduler.core.timeline import CycleTimeline, Lane, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status


def all_limits(
    timeline: CycleTimeline, lane: Lane, run: RecordedExecution
) -> dict[RunLimit, datetime | None]:
    """When a run passes each limit, the worst last; None where it has none."""
    return _Run(timeline, lane, run).limits()


def overdue_runs(timeline: CycleTimeline) -> Iterator[Overdue]:
    """Lane by lane, in order of time."""
    for lane in timeline.lanes:
        for run in lane.executions:
            if run.status != Status.BLOCKED:
                found = _Run(timeline, lane, run).overdue()
                if found is not None:
                    yield found


class _Run:
    """One run with all that is known of its runner."""

    def __init__(self, timeline: CycleTimeline, lane: Lane, run: RecordedExecution) -> None:
        self._timeline = timeline
        self._lane = lane
        self._run = run
        self._life = timeline.lives.get(run.runner_id, ())
        self._end = timeline.known_end(run)
        # What is known of it, in all and within the cycle. That it ended is known wherever it was.
        self._known_until = min(self._end, timeline.now)
        self._cycle_until = min(
            timeline.now if run.ended_at else self._known_until, timeline.cycle_end
        )

    def overdue(self) -> Overdue | None:
        run, cycle = self._run, self._timeline
        # Cycles are half-open: what ended in the first instant has no part in this one.
        if self._end < cycle.cycle_start or run.ended_at == cycle.cycle_start:
            return None
        dead, passed = self._is_dead(), self._passed()
        within = {limit: at for limit, at in passed.items() if at <= self._cycle_until}
        if run.ended_at is None:
            passed = within
        start = self._silent_since() if dead else min(passed.values(), default=None)
        # It came to be overdue after what this cycle knows: a later one tells it.
        if start is None or start >= self._cycle_until:
            return None
        reason: str = run.reason
        facts: HolderFacts | LimitFacts = self._holder_facts(start)
        if not dead:
            # In the order of `limits`: the last that was passed is the worst.
            reason, passed_at = list(passed.items())[-1]
            facts = LimitFacts(passed_at=passed_at)
        return Overdue(
            run=run,
            kind=IncidentKind.DEAD_HOLDER if dead else IncidentKind.STUCK_RUN,
            start=start,
            reason=reason,
            outlived=dead or bool(within.keys() - {RunLimit.PAST_SLOT}),
            held_on=run.ended_at is None and self._end >= cycle.cycle_end,
            facts=facts,
        )

    def limits(self) -> dict[RunLimit, datetime | None]:
        limits = limits_in(self._timeline, self._run, self._lane.slots)
        return {
            RunLimit.PAST_SLOT: limits.slot,
            RunLimit.PAST_CYCLE: limits.cycle,
            RunLimit.PAST_HEARTBEAT: self._first_silence(),
        }

    def _passed(self) -> dict[RunLimit, datetime]:
        """When it passed each limit that it passed, the worst last.

        At the last instant that is known, a run that goes on has passed the limits that lie there.
        """
        return {
            limit: at
            for limit, at in self.limits().items()
            if at and at <= self._known_until and (at < self._end or self._run.ended_at is None)
        }

    def _first_silence(self) -> datetime | None:
        """The first instant of the run that was watched and at which its runner was not heard of;
        None without any heartbeat."""
        if not self._life:
            return None
        start, end = self._run.started_at, self._known_until
        gaps = unwatched_between(self._timeline, start, end)
        quiet = silences(self._life, start, end)
        seen = (first_outside(gaps, each) for each in quiet)
        return next((at for at in seen if at is not None), None)

    def _is_dead(self) -> bool:
        """Whether its runner died in it: was given up, or fell silent and was not heard again."""
        run = self._run
        if run.status == Status.ABANDONED and run.reason == EndReason.RUNNER_DEAD:
            return True
        if run.ended_at is None:
            # The last instant of the cycle, or now: the end is left out in what follows.
            until = min(self._timeline.now + MICROSECOND, self._timeline.cycle_end)
            return self._is_silent_at(self._last_watched_before(until))
        # Who ends a dead runner's run tells it as abandoned; who was only busy is heard again.
        return (
            run.status == Status.ABANDONED
            and self._is_silent_at(self._last_watched_before(run.ended_at))
            and not self._is_heard_again()
        )

    def _last_watched_before(self, end: datetime) -> datetime | None:
        return watched_until(self._timeline.watching, end - MICROSECOND)

    def _is_silent_at(self, at: datetime | None) -> bool:
        if at is None or at < self._run.started_at:
            return False
        return bool(silences(self._life, at, at + MICROSECOND))

    def _is_heard_again(self) -> bool:
        policy = self._timeline.plan_at(self._end).policy
        # Dead is who stays away for this long: who is back within it was only busy.
        soon = self._end + timedelta(seconds=policy.dead_after_seconds)
        return any(self._end - MICROSECOND <= span.started_at <= soon for span in self._life)

    def _last_heard(self) -> datetime:
        """The last heartbeat of the lifespans that the run met."""
        met = (
            span.last_heartbeat_at
            for span in self._life
            if span.started_at < (self._run.ended_at or self._cycle_until)
        )
        return max(met, default=self._run.started_at)

    def _silent_since(self) -> datetime:
        return max(self._run.started_at, min(self._last_heard(), self._end))

    def _holder_facts(self, start: datetime) -> HolderFacts:
        run = self._run
        given_up = run.reason == EndReason.RUNNER_DEAD and run.ended_at is not None
        return HolderFacts(was_heard=given_up and self._last_heard() > start)

"""Incidents of runs: several at once, too long, held by the dead, begun where no window was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.core.findings import plain
from scheduler.core.incidents.cost import BlockedAttempts
from scheduler.core.incidents.kinds import (
    Incident,
    IncidentKind,
    blocked_meanwhile,
    listed,
    names_of,
)
from scheduler.core.instants import MICROSECOND
from scheduler.core.plan import CyclePlan
from scheduler.core.refusals import (
    CLAIMED,
    PRIOR_RUNNING,
    RUNNER_DEAD,
    overlapping,
    silences,
    unwatched_in,
)
from scheduler.core.run_limits import LIMIT_WORDS, PAST_CYCLE, PAST_HEARTBEAT, planned_limits
from scheduler.core.timeline import CycleTimeline, Lane, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import plan_at


class RunIncidents:
    """The incidents of the runs of one timeline."""

    def __init__(self, timeline: CycleTimeline) -> None:
        self._timeline = timeline
        self._now = timeline.now
        # What is known of the cycle ends here.
        self._known_until = min(timeline.now, timeline.cycle_end)
        self._blocked = BlockedAttempts(timeline.executions, PRIOR_RUNNING)
        self._gaps = unwatched_in(timeline)
        self._members_of: dict[int, frozenset[str]] = {}

    def overlaps(self) -> Iterator[Incident]:
        """Each longest stretch with two runs or more at every instant of it."""
        together: dict[int, RecordedExecution] = {}
        start = end = self._timeline.cycle_start
        longest: RecordedExecution | None = None
        for run in self._timeline.executions:
            if run.status == Status.BLOCKED or self._end_of(run) <= run.started_at:
                continue
            if longest is not None and run.started_at < self._end_of(longest):
                if together and run.started_at > end:
                    yield from self._overlap(together, start, end)
                    together = {}
                if not together:
                    start = end = run.started_at
                together |= {longest.execution_id: longest, run.execution_id: run}
                end = max(end, min(self._end_of(run), self._end_of(longest)))
            if longest is None or self._end_of(run) > self._end_of(longest):
                longest = run
        if together:
            yield from self._overlap(together, start, end)

    def overdue(self) -> Iterator[Incident]:
        for lane in self._timeline.lanes:
            for run in lane.executions:
                if run.status == Status.BLOCKED:
                    continue
                incident = self._dead_holder(lane, run) or self._stuck(lane, run)
                if incident is not None:
                    yield incident

    def outside_slots(self) -> Iterator[Incident]:
        for lane in self._timeline.lanes:
            for run in lane.executions:
                at = run.started_at
                if run.status == Status.BLOCKED or run.origin == CLAIMED:
                    continue
                if not self._timeline.cycle_start <= at < self._timeline.cycle_end:
                    continue
                if any(slot.start <= at < slot.end for slot in lane.slots):
                    continue
                if not self._is_unwatched_at(at):
                    yield self._outside(run)

    def _end_of(self, run: RecordedExecution) -> datetime:
        return run.ended_at or self._now

    def _touches(self, start: datetime, end: datetime | None) -> bool:
        return start < self._known_until and (end is None or end > self._timeline.cycle_start)

    def _cost_words(self, cost: int, start: datetime, end: datetime | None) -> str:
        inside = self._timeline.cycle_start <= start and (
            (end or self._now) <= self._timeline.cycle_end
        )
        return blocked_meanwhile(cost, is_all=inside)

    def _is_unwatched_at(self, at: datetime) -> bool:
        return overlapping(self._gaps, at, at + MICROSECOND)

    def _incident(
        self,
        kind: IncidentKind,
        run: RecordedExecution,
        start: datetime,
        sentence: str,
        reason: str = "",
    ) -> Incident:
        """The incident of one run, from `start` to its end. `sentence` has a place for the cost."""
        cost = self._blocked.between(start, run.ended_at)
        return Incident(
            kind=kind,
            start=start,
            end=run.ended_at,
            seconds=(self._end_of(run) - start).total_seconds(),
            runner_ids=(run.runner_id,),
            run_ids=(run.run_id,),
            reason=reason,
            blocked_attempts=cost,
            sentence=sentence.format(cost=self._cost_words(cost, start, run.ended_at)),
        )

    def _overlap(
        self, runs: dict[int, RecordedExecution], start: datetime, end: datetime
    ) -> Iterator[Incident]:
        if not self._touches(start, end):
            return
        names = names_of(each.runner_id for each in runs.values())
        goes_on = sum(each.ended_at is None for each in runs.values()) > 1
        seconds = (end - start).total_seconds()
        cost = self._blocked.between(start, end)
        how = f"overlapped for {plain(seconds)} s"
        if goes_on and self._known_until < self._now:
            how = "overlap still"
        yield Incident(
            kind=IncidentKind.OVERLAP,
            start=start,
            end=None if goes_on else end,
            seconds=seconds,
            runner_ids=names,
            run_ids=tuple(each.run_id for each in runs.values()),
            count=len(runs),
            blocked_attempts=cost,
            sentence=f"{len(runs):,} runs {how}, on {listed(names)}"
            f"{self._cost_words(cost, start, end)}. Runs keep each other out only where a store"
            " refuses the second one.",
        )

    def _dead_holder(self, lane: Lane, run: RecordedExecution) -> Incident | None:
        given_up = run.status == Status.ABANDONED and run.reason == RUNNER_DEAD
        if not given_up and (run.ended_at is not None or not self._is_silent_now(lane)):
            return None
        last = self._last_heard(lane, run)
        start = max(run.started_at, min(last, self._end_of(run)))
        if not self._touches(start, run.ended_at):
            return None
        words = self._silent_words(start)
        if given_up and last > start:
            words = (
                "was given up as dead while it held the service, though its heartbeats came on"
                " time{cost}."
            )
        elif given_up:
            silent = plain((self._end_of(run) - start).total_seconds())
            words = (
                f"fell silent while it held the service, and was given up after {silent} s{{cost}}."
            )
        sentence = f"{_literal(run.runner_id)} {words}"
        return self._incident(IncidentKind.DEAD_HOLDER, run, start, sentence, run.reason)

    def _last_heard(self, lane: Lane, run: RecordedExecution) -> datetime:
        """The last heartbeat of the stretches of life that the run met."""
        heard = (
            span.last_heartbeat_at
            for span in lane.presences
            if span.started_at < (run.ended_at or self._known_until)
        )
        # No row of this cycle knows of a heartbeat before it.
        return max(heard, default=self._timeline.cycle_start)

    def _silent_words(self, start: datetime) -> str:
        """Of a holder that is silent since `start`: what comes after the cycle is not known."""
        silent = plain((self._known_until - start).total_seconds())
        if self._known_until < self._now:
            told = (
                f"holds the service still, and had been silent for {silent} s when the cycle ended"
            )
        else:
            told = f"holds the service and has been silent for {silent} s"
        return f"{told}{{cost}}. See whether it is alive."

    def _is_silent_now(self, lane: Lane) -> bool:
        """Whether nothing is heard of the runner at the last instant that is known."""
        last = self._known_until
        if last == self._timeline.cycle_end:
            last -= MICROSECOND
        if self._is_unwatched_at(last):
            return False
        return bool(silences(lane.presences, last, last + MICROSECOND))

    def _stuck(self, lane: Lane, run: RecordedExecution) -> Incident | None:
        ended = self._end_of(run)
        # What a cycle that is over says of a run must not depend on when it is asked. At its end a
        # run that goes on has passed the limits that lie there.
        passed = {
            limit: at
            for limit, at in self.limits(lane, run).items()
            if at and at <= self._known_until and (at < ended or run.ended_at is None)
        }
        if not passed:
            return None
        start, worst = min(passed.values()), list(passed)[-1]
        if not self._touches(start, run.ended_at):
            return None
        went = self._went_words(run, passed[worst])
        sentence = f"The run of {_literal(run.runner_id)} {went} {LIMIT_WORDS[worst]}"
        return self._incident(
            IncidentKind.STUCK_RUN, run, start, sentence + "{cost}.", reason=worst
        )

    def _went_words(self, run: RecordedExecution, limit: datetime) -> str:
        if run.ended_at is None and self._known_until < self._now:
            return "goes on still,"
        went = "has gone on" if run.ended_at is None else "went on"
        return f"{went} for {plain((self._end_of(run) - limit).total_seconds())} s"

    def limits(self, lane: Lane, run: RecordedExecution) -> dict[str, datetime | None]:
        """When a run that goes on passes each limit, the worst last; None where it has none."""
        plan = plan_at(self._timeline, run.started_at)
        slot_end = run.slot_end or next(
            (slot.slot_end for slot in lane.slots if slot.start <= run.started_at < slot.end), None
        )
        limits = planned_limits(
            run.started_at,
            slot_end=slot_end,
            policy=plan.policy,
            runner_count=run.stable_runner_count or len(plan.runners),
        )
        if run.started_at < self._timeline.cycle_start:
            # Another policy may have had another grid; its cycle was over before this one anyway.
            limits[PAST_CYCLE] = min(
                limits[PAST_CYCLE] or self._timeline.cycle_start, self._timeline.cycle_start
            )
        return limits | {PAST_HEARTBEAT: self._silent_since(lane, run)}

    def _silent_since(self, lane: Lane, run: RecordedExecution) -> datetime | None:
        """When its runner was first not heard of during the run; None without any heartbeat."""
        if not lane.presences:
            return None
        start = max(run.started_at, self._timeline.cycle_start)
        quiet = silences(lane.presences, start, min(self._end_of(run), self._known_until))
        return next(
            (each.start for each in quiet if not overlapping(self._gaps, each.start, each.end)),
            None,
        )

    def _members(self, plan: CyclePlan) -> frozenset[str]:
        """Who is in a plan; the few plans of a cycle are asked for many runs."""
        known = self._members_of.get(id(plan))
        if known is None:
            known = frozenset(runner.runner_id for runner in plan.runners)
            self._members_of[id(plan)] = known
        return known

    def _outside(self, run: RecordedExecution) -> Incident:
        plan = plan_at(self._timeline, run.started_at)
        if run.runner_id not in self._members(plan):
            why = "when it was no member of the fleet. See why its heartbeats were missing"
        elif plan.slot(0) is None:
            why = (
                "when the margin left no runner a window. See whether the fleet has the same policy"
            )
        else:
            why = "outside of its window. Compare its clock with ours"
        sentence = f"{_literal(run.runner_id)} started {why}{{cost}}."
        return self._incident(IncidentKind.RUN_OUTSIDE_SLOT, run, run.started_at, sentence)


def _literal(runner_id: str) -> str:
    """Any text, safe from `format`."""
    return runner_id.replace("{", "{{").replace("}", "}}")

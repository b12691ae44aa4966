"""Incidents of runs: several at once, too long, held by the dead, begun where no window was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.core.incidents.cost import BlockedAttempts
from scheduler.core.incidents.kinds import (
    Incident,
    IncidentFacts,
    IncidentKind,
    Outside,
    Overdue,
    names_of,
)
from scheduler.core.incidents.resolution import Resolution
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import overlapping
from scheduler.core.plan import CyclePlan
from scheduler.core.reasons import BlockReason
from scheduler.core.refusals import unwatched_in
from scheduler.core.timeline import CycleTimeline, Lane, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.types import Origin


class RunIncidents:
    """The incidents of the runs of one timeline."""

    def __init__(self, timeline: CycleTimeline, resolution: Resolution) -> None:
        self._timeline = timeline
        self._resolution = resolution
        self._blocked = BlockedAttempts(timeline.executions, BlockReason.PRIOR_RUNNING)
        self._gaps = unwatched_in(timeline)
        # By identity: a hash of a plan would go through all of its runners. The timeline keeps its
        # plans alive, so no id comes twice.
        self._members_of: dict[int, frozenset[str]] = {}

    def overlaps(self) -> Iterator[Incident]:
        """Each longest interval with two runs or more at every instant of it."""
        end_of = self._timeline.known_end
        together: dict[int, RecordedExecution] = {}
        start = end = self._timeline.cycle_start
        longest: RecordedExecution | None = None
        for run in self._timeline.executions:
            # A run of no length overlaps nothing.
            if run.status == Status.BLOCKED or end_of(run) <= run.started_at:
                continue
            # Runs come by start: whoever overlaps any earlier one overlaps the longest of them.
            if longest is not None and run.started_at < end_of(longest):
                # Apart from the last overlap: in between, one run went on alone.
                if together and run.started_at > end:
                    yield from self._overlap(together, start, end)
                    together = {}
                if not together:
                    start = end = run.started_at
                together |= {longest.execution_id: longest, run.execution_id: run}
                end = max(end, min(end_of(run), end_of(longest)))
            if longest is None or end_of(run) > end_of(longest):
                longest = run
        if together:
            yield from self._overlap(together, start, end)

    def overdue(self, found: Overdue) -> Incident:
        """The incident of a run that was held too long."""
        return self._incident(found.kind, found.run, found.start, found.reason, found.facts)

    def outside_slots(self) -> Iterator[Incident]:
        for lane in self._timeline.lanes:
            for run in lane.executions:
                at = run.started_at
                if run.status == Status.BLOCKED or run.origin == Origin.CLAIMED:
                    continue
                # Told once, by the cycle in which it began.
                if not self._timeline.cycle_start <= at < self._timeline.cycle_end:
                    continue
                if any(slot.start <= at < slot.end for slot in lane.slots):
                    continue
                if self._is_unwatched_at(at) or self._is_no_matter(lane, run):
                    continue
                yield self._outside(run)

    def _is_unwatched_at(self, at: datetime) -> bool:
        return overlapping(self._gaps, at, at + MICROSECOND)

    def _last_known(self, *, goes_on: bool) -> datetime | None:
        """Until when what goes on was watched, where nobody watches now."""
        seen_until = self._timeline.watched_until
        return seen_until if goes_on and seen_until != self._timeline.now else None

    def _incident(
        self,
        kind: IncidentKind,
        run: RecordedExecution,
        start: datetime,
        reason: str,
        facts: IncidentFacts | None = None,
    ) -> Incident:
        """The incident of one run, from `start` to its end."""
        return Incident(
            kind=kind,
            start=start,
            end=run.ended_at,
            known_until=self._last_known(goes_on=run.ended_at is None),
            seconds=(self._timeline.known_end(run) - start).total_seconds(),
            runner_ids=(run.runner_id,),
            run_ids=(run.run_id,),
            reason=reason,
            blocked_attempts=self._blocked.between(start, run.ended_at),
            facts=facts,
        )

    def _overlap(
        self, runs: dict[int, RecordedExecution], start: datetime, end: datetime
    ) -> Iterator[Incident]:
        until = min(self._timeline.now, self._timeline.cycle_end)
        # Runs of other times are here for their limits; their overlaps are other cycles'.
        if start >= until or end <= self._timeline.cycle_start:
            return
        cost = self._blocked.between(start, end)
        # What cost somebody a start is told, however short it was.
        if not cost and self._resolution.blurs_overlap(end - start):
            return
        names = names_of(each.runner_id for each in runs.values())
        # It goes on while two of its runs do, not while one is left.
        goes_on = sum(each.ended_at is None for each in runs.values()) > 1
        yield Incident(
            kind=IncidentKind.OVERLAP,
            start=start,
            end=None if goes_on else end,
            known_until=self._last_known(goes_on=goes_on),
            seconds=(end - start).total_seconds(),
            runner_ids=names,
            run_ids=tuple(each.run_id for each in runs.values()),
            count=len(runs),
            blocked_attempts=cost,
        )

    def _members(self, plan: CyclePlan) -> frozenset[str]:
        """Who is in a plan; the few plans of a cycle are asked for many runs."""
        known = self._members_of.get(id(plan))
        if known is None:
            known = frozenset(runner.runner_id for runner in plan.runners)
            self._members_of[id(plan)] = known
        return known

    def _is_no_matter(self, lane: Lane, run: RecordedExecution) -> bool:
        """Whether a start cost nothing and may have been within its window, for all one knows."""
        # Told exactly, it was outside.
        if not self._resolution.looks_apart:
            return False
        if self._blocked.between(run.started_at, run.ended_at) or self._met_another(run):
            return False
        return self._resolution.blurs_plan or self._is_near_window(lane, run.started_at)

    def _met_another(self, run: RecordedExecution) -> bool:
        return any(
            other.status != Status.BLOCKED
            and other.execution_id != run.execution_id
            and other.started_at < self._timeline.known_end(run)
            and run.started_at < self._timeline.known_end(other)
            for other in self._timeline.executions
        )

    def _is_near_window(self, lane: Lane, at: datetime) -> bool:
        apart = self._resolution.looks_apart
        plan = self._timeline.plan_at(at)
        position = next(
            (seat for seat, each in enumerate(plan.runners) if each.runner_id == lane.runner_id),
            None,
        )
        if position is None:
            # Who came or went about then may have been a member.
            return any(
                each.started_at - apart <= at <= each.expires_at + apart for each in lane.presences
            )
        slot = plan.slot(position)
        if slot is None:
            return False
        # At the cycle's edge, the window of a cycle before or after may be the nearer one.
        cycle = timedelta(seconds=plan.policy.interval_seconds)
        return any(
            slot.slot_start + turn * cycle - apart <= at < slot.slot_end + turn * cycle + apart
            for turn in (-1, 0, 1)
        )

    def _outside(self, run: RecordedExecution) -> Incident:
        plan = self._timeline.plan_at(run.started_at)
        if run.runner_id not in self._members(plan):
            why = Outside.NO_MEMBER
        elif plan.slot(0) is None:
            why = Outside.NO_WINDOW
        else:
            why = Outside.OTHER_TIME
        return self._incident(IncidentKind.RUN_OUTSIDE_SLOT, run, run.started_at, why)

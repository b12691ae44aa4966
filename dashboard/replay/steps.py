"""What changes by itself in a replay, as steps: each holds from its instant until the next one's.

Turns tell who is scheduled and what it is told; standings who holds the service and how that
stands. What a turn begins with is the decision's own answer; how that goes on is read off the plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.rows.decisions import Answer, answer_at
from dashboard.text.standing import Holder, Standing, standing_of
from scheduler.core.incidents import run_limits
from scheduler.core.instants import MICROSECOND
from scheduler.core.plan import CyclePlan, PlannedSlot
from scheduler.core.run_limits import overdue_at
from scheduler.core.timeline import CycleTimeline, PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStep:
    """From ``at`` on, that runner is scheduled (None: nobody is there) and told that."""

    at: datetime
    runner_id: str | None
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStep:
    """From ``at`` on, the service stands like that, and these runs hold it."""

    at: datetime
    standing: Standing
    holding: tuple[RecordedExecution, ...]


def turn_steps(timeline: CycleTimeline) -> list[TurnStep]:
    """The turns as they really came, each cut where its answer changes."""
    steps: list[TurnStep] = []
    epochs = iter(timeline.epochs)
    epoch = next(epochs)
    for owned in timeline.ownership:
        opened = owned.start
        while opened < owned.end:
            if opened >= epoch.end:
                epoch = next(epochs)
            closed = min(owned.end, epoch.end)
            for step in _turn(epoch.plan, owned.runner_id, opened, closed):
                last = steps[-1] if steps else None
                if last is None or (last.runner_id, last.answer) != (step.runner_id, step.answer):
                    steps.append(step)
            opened = closed
    return steps


def _turn(
    plan: CyclePlan, runner_id: str | None, opened: datetime, closed: datetime
) -> Iterator[TurnStep]:
    position = plan.position_at(opened)
    if position is None:
        yield TurnStep(at=opened, runner_id=None, answer=Answer.NOBODY)
        return
    answer = answer_at(plan, position, position, opened)
    yield TurnStep(at=opened, runner_id=runner_id, answer=answer)
    slot = plan.slot(position)
    # A turn has no part that is in grace: ownership is cut there.
    if slot is None or answer is Answer.GRACE:
        return
    for at, following in _phases(slot):
        if opened < at < closed:
            yield TurnStep(at=at, runner_id=runner_id, answer=following)


def _phases(slot: PlannedSlot) -> Iterator[tuple[datetime, Answer]]:
    """How the answer to the scheduled runner goes on, by its window."""
    yield slot.slot_start, Answer.MAY_START
    late = slot.startable_until + MICROSECOND
    if late < slot.slot_end:
        yield late, Answer.LATE
    yield slot.slot_end, Answer.OVER


def runs_of(timeline: CycleTimeline) -> list[RecordedExecution]:
    """Every attempt that ran, in order of its start."""
    return [each for each in timeline.executions if each.status != Status.BLOCKED]


def standing_steps(timeline: CycleTimeline) -> list[StandingStep]:
    """How the service stood, by what ran and who was heard of; equal neighbours are one step."""
    runs = iter(runs_of(timeline))
    coming = next(runs, None)
    holding: list[RecordedExecution] = []
    presences = {lane.runner_id: lane.presences for lane in timeline.lanes}
    limits = run_limits(timeline, runs_of(timeline))
    epochs = iter(timeline.epochs)
    epoch = next(epochs)
    steps: list[StandingStep] = []
    for at in _standing_cuts(timeline):
        while coming is not None and coming.started_at <= at:
            holding.append(coming)
            coming = next(runs, None)
        holding = [run for run in holding if run.ended_at is None or at < run.ended_at]
        while epoch.end <= at:
            epoch = next(epochs)
        holders = [
            _holder(run, presences[run.runner_id], limits[run.execution_id], at) for run in holding
        ]
        watched = not any(gap.started_at <= at <= gap.ended_at for gap in timeline.unwatched)
        standing = standing_of(epoch.plan, holders, now=at, is_watched=watched)
        last = steps[-1] if steps else None
        if last is None or (last.standing, last.holding) != (standing, tuple(holding)):
            steps.append(StandingStep(at=at, standing=standing, holding=tuple(holding)))
    return steps


def _holder(
    run: RecordedExecution,
    presences: Iterable[PresenceSpan],
    limits: Mapping[str, datetime | None],
    at: datetime,
) -> Holder:
    heard = any(each.started_at <= at <= each.expires_at for each in presences)
    return Holder(
        runner_id=run.runner_id,
        run_id=run.run_id,
        since=run.started_at,
        is_silent=not heard,
        overdue=overdue_at(limits, at),
    )


def _standing_cuts(timeline: CycleTimeline) -> list[datetime]:
    """The instants of the cycle at which its standing may change."""
    runs = runs_of(timeline)
    cuts = {epoch.start for epoch in timeline.epochs}
    cuts.update(run.started_at for run in runs)
    cuts.update(run.ended_at for run in runs if run.ended_at is not None)
    ran = {run.runner_id for run in runs}
    for lane in timeline.lanes:
        if lane.runner_id in ran:
            cuts.update(each.started_at for each in lane.presences)
            cuts.update(each.expires_at + MICROSECOND for each in lane.presences)
    for limits in run_limits(timeline, runs).values():
        cuts.update(at for at in limits.values() if at is not None)
    for owned in timeline.ownership:
        if owned.in_grace:
            cuts.update((owned.start, owned.end))
    for gap in timeline.unwatched:
        cuts.update((gap.started_at, gap.ended_at + MICROSECOND))
    return sorted(_inside(timeline, cuts))


def happenings(timeline: CycleTimeline) -> list[datetime]:
    """The instants to step through: starts, ends, blocks, changes of membership and policy."""
    found = {epoch.start for epoch in timeline.epochs[1:]}
    for execution in timeline.executions:
        if execution.status == Status.BLOCKED:
            found.add(execution.first_attempt_at)
            continue
        found.add(execution.started_at)
        if execution.ended_at is not None:
            found.add(execution.ended_at)
    return sorted(_inside(timeline, found))


def _inside(timeline: CycleTimeline, instants: Iterable[datetime]) -> Iterator[datetime]:
    return (each for each in instants if timeline.cycle_start <= each < timeline.cycle_end)

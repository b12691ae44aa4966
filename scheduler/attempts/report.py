"""One attempt in depth: its row, the decision behind it, its cycle, and what ran around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.attempts.neighbours import (
    BlockedBy,
    attempts_after,
    attempts_before,
    blocked_by,
    named_run,
    runs_still_going,
)
from scheduler.core.cycle.watching import speaks_for
from scheduler.core.instants import MICROSECOND
from scheduler.core.judging.prior_runs import PriorRun, prior_run
from scheduler.core.plan import CyclePlan
from scheduler.core.recorded_claims import RecordedClaim, derived_claim, recorded_claim
from scheduler.core.rows import RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_lanes
from scheduler.cycles.rows import recorded
from scheduler.cycles.spans import cycle_start_at
from scheduler.cycles.watching import watch_of
from scheduler.door import can_be_an_id
from scheduler.errors import NotFound
from scheduler.models import Acknowledgement, Execution, Origin, Presence, Runner, Service

LANES_SHOWN = 5


class UnknownExecution(NotFound):
    """The service has no attempt of this run id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReport:
    """One attempt, and what surrounds it.

    ``timeline`` is the cycle in which it began, with a few lanes: its runner's first, then those of
    who was scheduled, of who held the service and of its neighbours. ``claim`` is None where nobody
    knows who was there. ``prior`` names the run that blocked it and ``holder`` is that run, as far
    as it is kept; ``overlapped`` are runs that went on when this one started. ``before`` and
    ``after`` have the nearest first. While it goes on, ``heard_until`` is when its runner's latest
    heartbeat expires. ``watched_until`` is the last instant that is known of what goes on, be it
    this one or another that is told of: ``now``, unless nobody tells us of the fleet (None: nobody
    ever did). ``is_over``: nothing about it will change.
    """

    now: datetime
    execution: RecordedExecution
    timeline: CycleTimeline
    claim: RecordedClaim | None
    prior: PriorRun | None
    holder: RecordedExecution | None
    overlapped: tuple[RecordedExecution, ...]
    before: tuple[RecordedExecution, ...]
    after: tuple[RecordedExecution, ...]
    blocks: BlockedBy | None
    acknowledgement: Acknowledgement | None
    heard_until: datetime | None
    watched_until: datetime | None
    is_over: bool
    next_change_at: datetime | None

    @property
    def is_watched(self) -> bool:
        return self.watched_until == self.now

    @property
    def is_silent(self) -> bool:
        """Whether it goes on and its runner is not heard any more."""
        if self.execution.status != Status.RUNNING or not self.is_watched:
            return False
        return self.heard_until is None or self.heard_until < self.now

    @property
    def same_cycle(self) -> tuple[RecordedExecution, ...]:
        """The other attempts of its runner that touch its cycle, in order."""
        own = self.timeline.lanes[0].executions
        return tuple(each for each in own if each.execution_id != self.execution.execution_id)


def get_execution(service: Service, run_id: str) -> Execution:
    """The attempt of this run id.

    Raises:
        UnknownExecution: there is none, or none any more.
    """
    row = None
    # PostgreSQL refuses the very question for an id that no run can have.
    if can_be_an_id(run_id):
        rows = Execution.objects.select_related("runner", "acknowledgement")
        row = rows.filter(service=service, run_id=run_id).first()
    if row is None:
        raise UnknownExecution(f"Service {service.slug!r} has no run {run_id!r}.")
    return row


def attempt_report(service: Service, row: Execution, *, now: datetime) -> AttemptReport:
    """The report of one attempt of the service."""
    execution = recorded(row)
    is_blocked = execution.status == Status.BLOCKED
    prior = prior_run(execution)
    before, after = attempts_before(service, execution), attempts_after(service, execution)
    start = cycle_start_at(service, execution.started_at)
    timeline = _cycle(
        service, execution, start, prior, (*_runs(before)[:1], *_runs(after)[:1]), now
    )
    # A refusal may be repeated as long as its cycle goes on.
    is_over = execution.ended_at is not None and (not is_blocked or timeline.cycle_end <= now)
    claim = _claim(service, row, execution, timeline)
    slot_end = claim.claim.slot_end if claim else None
    is_running = execution.status == Status.RUNNING
    heard_until = _heard_until(row) if is_running else None
    holder = named_run(service, prior.run_id) if prior else None
    overlapped = (
        # The gate lets the runs of a coordinated service begin one by one.
        () if is_blocked or service.is_coordinated else runs_still_going(service, execution)
    )
    told = (execution, holder, *overlapped, *before, *after, *timeline.executions)
    goes_on = any(each is not None and each.status == Status.RUNNING for each in told)
    # Of what is over, it does not matter who watches: a query less.
    watch = watch_of(service, now) if goes_on else None
    return AttemptReport(
        now=now,
        execution=execution,
        timeline=timeline,
        claim=claim,
        prior=prior,
        holder=holder,
        overlapped=overlapped,
        before=before,
        after=after,
        blocks=None
        if is_blocked
        else blocked_by(
            service, execution, cycle_start=min(start, execution.cycle_start or start), now=now
        ),
        acknowledgement=row.acknowledgement,
        heard_until=heard_until,
        watched_until=watch.until if watch else now,
        is_over=is_over,
        next_change_at=None
        if is_over
        else _next_change(
            timeline, slot_end, _after(heard_until), watch.next_change_at if watch else None
        ),
    )


def _cycle(
    service: Service,
    execution: RecordedExecution,
    start: datetime,
    prior: PriorRun | None,
    neighbours: Sequence[RecordedExecution],
    now: datetime,
) -> CycleTimeline:
    def lanes(timeline: CycleTimeline) -> list[str]:
        assigned = timeline.plan_at(execution.started_at).owner_at(execution.started_at)
        wanted = [
            execution.runner_id,
            execution.assigned_runner_id,
            assigned.runner_id if assigned else None,
            prior.runner_id if prior else None,
            *(
                each.runner_id
                for each in neighbours
                if timeline.cycle_start <= each.started_at < timeline.cycle_end
            ),
        ]
        return list(dict.fromkeys(filter(None, wanted)))[:LANES_SHOWN]

    timeline = load_lanes(service, start, lanes, now=now)
    return _with(execution, timeline)


def _with(execution: RecordedExecution, timeline: CycleTimeline) -> CycleTimeline:
    """The cycle, in which the attempt is drawn even where too many newer ones are."""
    if any(each.execution_id == execution.execution_id for each in timeline.executions):
        return timeline
    # The first lane is that of its runner.
    own, *others = timeline.lanes
    lanes = (replace(own, executions=(execution, *own.executions)), *others)
    return replace(timeline, lanes=lanes, executions=(execution, *timeline.executions))


def _claim(
    service: Service, row: Execution, execution: RecordedExecution, timeline: CycleTimeline
) -> RecordedClaim | None:
    at = execution.first_attempt_at
    plan = timeline.plan_at(at)
    if row.origin == Origin.CLAIMED and execution.stable_runner_count is not None:
        return recorded_claim(execution, plan.policy, _assigned_since(service, row, plan))
    # Who was there is not known: there is nothing to derive a decision from.
    if not speaks_for(timeline.watching, at):
        return None
    return derived_claim(execution, plan)


def _assigned_since(service: Service, row: Execution, plan: CyclePlan) -> datetime:
    wanted = row.assigned_runner_id
    if not wanted or wanted == row.runner.runner_id:
        return row.runner.first_seen_at
    known = (each.creation_time for each in plan.runners if each.runner_id == wanted)
    # Runners are kept for ever, so there is one.
    return next(known, None) or (
        Runner.objects.values_list("first_seen_at", flat=True).get(
            service=service, runner_id=wanted
        )
    )


def _heard_until(row: Execution) -> datetime | None:
    presences = Presence.objects.filter(service=row.service_id, runner=row.runner)
    return presences.order_by("-started_at").values_list("expires_at", flat=True).first()


def _after(at: datetime | None) -> datetime | None:
    return at + MICROSECOND if at else None


def _next_change(timeline: CycleTimeline, *others: datetime | None) -> datetime | None:
    instants = (timeline.next_change_at, *others)
    return min((at for at in instants if at is not None and at > timeline.now), default=None)


def _runs(rows: Iterable[RecordedExecution]) -> list[RecordedExecution]:
    return [each for each in rows if each.status != Status.BLOCKED]

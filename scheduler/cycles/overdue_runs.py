"""Which runs that go on have passed a limit, of many services at once.

The same as the incidents of the cycle page tell of them, except that a runner which fell silent and
came back during its run is not looked for.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from scheduler.core.judging.run_limits import Overdue, RunLimit, overdue_at, planned_limits
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Presence

# A coordinated service has one at most, so only fleets that never end their runs come near it.
RUNNING_READ = 1_000

PolicyAt = Callable[[int, datetime], SchedulingPolicy]


class GoingOn(NamedTuple):
    """A run that has not ended. A fleet that decides for itself tells of no slot."""

    key: int
    service_id: int
    run_id: str
    runner_key: int
    runner_id: str
    started_at: datetime
    slot_end: datetime | None
    runner_count: int | None


class _Life(NamedTuple):
    """An interval in which a runner that may run its service was heard."""

    service_id: int
    runner: ActiveRunnerInfo
    started_at: datetime
    expires_at: datetime


def going_on(executions: QuerySet[Execution]) -> list[GoingOn]:
    """Those of these executions that have not ended, the latest first."""
    rows = executions.filter(status=Status.RUNNING.value).order_by("-started_at")
    fields = rows.values_list(
        *("pk", "service_id", "run_id", "runner_id", "runner__runner_id"),
        *("started_at", "slot_end", "stable_runner_count"),
    )
    return [GoingOn._make(row) for row in fields[:RUNNING_READ]]


def overdue_runs(
    runs: Collection[GoingOn], policy_at: PolicyAt, now: datetime
) -> Mapping[int, Overdue]:
    """The limit that each of these runs has passed, by its key, of those that have passed one.

    Args:
        policy_at: the policy of a service, by its primary key, at an instant.
    """
    # Past the cycle is worse than past the slot: where that is known, no window is looked for.
    untold = [
        run for run in runs if run.slot_end is None and not _is_past_cycle(run, policy_at, now)
    ]
    lives = list(_lives_at_starts(untold)) if untold else []
    found = {run.key: overdue_at(_limits(run, policy_at, lives), now) for run in runs}
    return {key: overdue for key, overdue in found.items() if overdue}


def _is_past_cycle(run: GoingOn, policy_at: PolicyAt, now: datetime) -> bool:
    return policy_at(run.service_id, run.started_at).cycle_end(run.started_at) <= now


def _lives_at_starts(runs: Collection[GoingOn]) -> Iterator[_Life]:
    """Who was heard when these runs began: all of them in the present cycles of their services."""
    # One range for all runs: which lives count for which run is told apart below.
    starts = [run.started_at for run in runs]
    rows = Presence.objects.filter(
        service__in={run.service_id for run in runs},
        eligible=True,
        started_at__lte=max(starts),
        expires_at__gte=min(starts),
    )
    for service_id, runner_id, creation_time, started_at, expires_at in rows.values_list(
        "service_id", "runner__runner_id", "runner__first_seen_at", "started_at", "expires_at"
    ):
        runner = ActiveRunnerInfo(runner_id, creation_time, started_at, True)
        yield _Life(service_id, runner, started_at, expires_at)


def _limits(
    run: GoingOn, policy_at: PolicyAt, lives: Iterable[_Life]
) -> Mapping[RunLimit, datetime | None]:
    policy = policy_at(run.service_id, run.started_at)
    slot_end, count = run.slot_end, run.runner_count or 0
    if slot_end is None:
        plan = _plan_at_start(run, policy, lives)
        slot_end, count = _window_end(plan, run), len(plan.runners)
    limits = planned_limits(run.started_at, slot_end=slot_end, policy=policy, runner_count=count)
    # Without a window there is no slot to be past.
    return limits if slot_end is not None else {RunLimit.PAST_CYCLE: limits[RunLimit.PAST_CYCLE]}


def _plan_at_start(run: GoingOn, policy: SchedulingPolicy, lives: Iterable[_Life]) -> CyclePlan:
    at = run.started_at
    members = {
        life.runner.runner_id: life.runner
        for life in lives
        if life.service_id == run.service_id and life.started_at <= at <= life.expires_at
    }
    runners = sorted(members.values(), key=lambda each: (each.creation_time, each.runner_id))
    return plan_cycle(runners=runners, at=at, policy=policy)


def _window_end(plan: CyclePlan, run: GoingOn) -> datetime | None:
    """The end of the runner's window in which the run began; None where it began in none."""
    for position, runner in enumerate(plan.runners):
        slot = plan.slot(position) if runner.runner_id == run.runner_id else None
        if slot is not None and slot.slot_start <= run.started_at < slot.slot_end:
            return slot.slot_end
    return None

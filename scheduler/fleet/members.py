"""Rows about the runners of one service, each kind read by one grouped query.

What they come to together is in snapshot.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.judging.run_limits import Overdue
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.overdue_runs import GoingOn, going_on, overdue_runs
from scheduler.models import Execution, Presence, Runner, Service
from scheduler.models.runner import CLOCK_FIELDS
from scheduler.policies import policy_book

RECENT = timedelta(hours=24)
# If there are more, the page says that it has the latest only (`Fleet.is_gone_cut`).
GONE_READ = 10_000

_RUNNER = ("runner_id", "host", "pid", "first_seen_at", *CLOCK_FIELDS)
_RUNNER_OF_ROW = tuple(f"runner__{name}" for name in _RUNNER)


class Member(NamedTuple):
    """A runner and what its latest lifespan says of it; ``key`` is its primary key."""

    key: int
    runner_id: str
    host: str
    pid: int | None
    first_seen_at: datetime
    clock_offset_seconds: float | None
    clock_uncertainty_seconds: float | None
    clock_measured_at: datetime | None
    last_heartbeat_at: datetime | None
    expires_at: datetime | None
    eligible: bool

    @property
    def clock(self) -> ClockOffset | None:
        """The offset of its clock; None where it never told its time."""
        return ClockOffset.stored(
            self.clock_offset_seconds, self.clock_uncertainty_seconds, self.clock_measured_at
        )


class Holding(NamedTuple):
    """The runs of one runner that have not ended; ``overdue`` where one of them has gone on for
    longer than it may."""

    since: datetime
    runs: int
    overdue: Overdue | None


class Activity(NamedTuple):
    """Starts and blocked attempts of one runner in the last 24 hours."""

    runs: int
    blocks: int


def live_members(service: Service, now: datetime) -> list[Member]:
    """Who is alive at ``now``, eligible or not, in the order of seats."""
    rows = Presence.objects.filter(
        service=service, expires_at__gte=now, started_at__lte=now
    ).values_list("runner_id", *_RUNNER_OF_ROW, "last_heartbeat_at", "expires_at", "eligible")
    live = (Member._make(row) for row in rows)
    # By code point, as the core orders them: the database's collation may have another order.
    return sorted(live, key=lambda member: (member.first_seen_at, member.runner_id))


def gone_members(service: Service, now: datetime) -> list[Member]:
    """Whose latest presence ended in the last 24 hours, the latest first; at most 10,000."""
    rows = (
        Presence.objects.filter(service=service, expires_at__gte=now - RECENT, expires_at__lt=now)
        .values_list("runner_id", *_RUNNER_OF_ROW)
        .annotate(heard_at=Max("last_heartbeat_at"), expired_at=Max("expires_at"))
        .order_by(F("expired_at").desc(), "runner_id")
    )
    return [Member._make((*row, False)) for row in rows[:GONE_READ]]


def members_of(service: Service, keys: Iterable[int]) -> list[Member]:
    """These runners as they were heard last, however long ago, if ever."""
    runners = Runner.objects.filter(service=service, pk__in=list(keys))
    rows = runners.annotate(
        heard_at=Max("presences__last_heartbeat_at"), expired_at=Max("presences__expires_at")
    ).values_list("pk", *_RUNNER, "heard_at", "expired_at")
    return [Member._make((*row, False)) for row in rows]


def holdings_of(
    service: Service, executions: QuerySet[Execution], now: datetime
) -> dict[int, Holding]:
    """Whose of these runs of the service go on, by the runner's primary key."""
    runs: dict[int, list[GoingOn]] = defaultdict(list)
    for run in going_on(executions):
        runs[run.runner_key].append(run)
    if not runs:
        return {}
    policies = policy_book(service)
    everyone = [run for each in runs.values() for run in each]
    overdue = overdue_runs(everyone, lambda _, at: policies(at), now)
    return {
        key: Holding(
            since=min(run.started_at for run in each),
            runs=len(each),
            overdue=next(filter(None, (overdue.get(run.key) for run in each)), None),
        )
        for key, each in runs.items()
    }


def activities_of(
    executions: QuerySet[Execution], keys: Sequence[int], now: datetime
) -> dict[int, Activity]:
    """What the executions of these runners in the last 24 hours come to, by the runner's key."""
    blocked = Q(status=Status.BLOCKED.value)
    # Of a page of runners: each is one range of execution_by_runner, however much the others did.
    rows = (
        executions.filter(runner__in=keys, started_at__gte=now - RECENT, started_at__lte=now)
        .order_by()
        .values_list("runner_id")
        .annotate(runs=Count("pk", filter=~blocked), blocks=Sum("attempts", filter=blocked))
    )
    # A Sum of nothing is NULL.
    return {key: Activity(runs=runs, blocks=blocks or 0) for key, runs, blocks in rows}


def heard_at(service: Service, *, now: datetime) -> datetime | None:
    """The latest heartbeat of who is alive: what a beat changes without a new revision."""
    heard: datetime | None = Presence.objects.filter(
        service=service, expires_at__gte=now
    ).aggregate(at=Max("last_heartbeat_at"))["at"]
    return heard


def runner_heard_at(runner: Runner) -> datetime | None:
    """The latest heartbeat of one runner; None where none is known."""
    presences = Presence.objects.filter(service=runner.service_id, runner=runner)
    return presences.order_by("-started_at").values_list("last_heartbeat_at", flat=True).first()

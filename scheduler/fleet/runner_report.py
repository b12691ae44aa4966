"""One runner of a service in depth: how it stands, when it was heard, what it did last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import TimeRange
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PresenceSpan, RecordedExecution
from scheduler.cycles.rows import presence_span, recorded
from scheduler.cycles.watching import watch_span
from scheduler.door import can_be_an_id
from scheduler.errors import NotFound
from scheduler.fleet.busy_periods import Busy, busy_periods
from scheduler.fleet.members import RECENT, Member, activities_of, live_members, members_of
from scheduler.fleet.slot_records import RunnerCycle, record_of, runner_cycles
from scheduler.fleet.snapshot import FleetSnapshot
from scheduler.fleet.states import FleetRunner
from scheduler.models import Execution, Presence, Runner, Service, Watch

EXECUTIONS_READ = 1_000
# More of a day can't be told apart: they are counted by periods of it.
DRAWN_ONE_BY_ONE = 200
SPANS_READ = 1_000


class UnknownRunner(NotFound):
    """The service never had a runner of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerReport:
    """``[since, now]`` are the last 24 hours.

    ``presences`` are those that reach into them, and ``unheard`` what they leave of the time since
    the runner's first heartbeat; both in order of time. ``unwatched`` is when nobody told us
    anything of the fleet, so that silence means nothing; ``watches`` is when somebody did, and how
    often (None: it needs nobody). ``executions`` are the latest 1,000, newest first, however old;
    ``busy`` counts those of the last 24 hours by periods, where they are too many to be told
    apart, and is empty elsewhere. ``every_seconds`` is how often somebody looks at the fleet, if
    so. ``seats`` is the number of runners in the present plan. ``cycles`` are those of the last 24
    hours that are over, with what became of its slots. ``watched_until`` is the last instant that
    is known of its fleet: ``now``, unless nobody tells us of it (None: nobody ever did).
    """

    now: datetime
    since: datetime
    policy: SchedulingPolicy
    seats: int
    runner: FleetRunner
    presences: tuple[PresenceSpan, ...]
    unheard: tuple[TimeRange, ...]
    unwatched: tuple[TimeRange, ...]
    watches: tuple[WatchSpan, ...] | None
    cycles: tuple[RunnerCycle, ...]
    executions: tuple[RecordedExecution, ...]
    busy: tuple[Busy, ...]
    watched_until: datetime | None
    every_seconds: float | None
    next_change_at: datetime

    @property
    def is_watched(self) -> bool:
        return self.watched_until == self.now


def get_runner(service: Service, runner_id: str) -> Runner:
    """The runner of this id, alive or long gone.

    Raises:
        UnknownRunner: there never was one.
    """
    runner = None
    # PostgreSQL refuses the very question for an id that no runner can have.
    if can_be_an_id(runner_id):
        runner = Runner.objects.filter(service=service, runner_id=runner_id).first()
    if runner is None:
        raise UnknownRunner(f"Service {service.slug!r} never had a runner {runner_id!r}.")
    return runner


def runner_report(service: Service, runner: Runner, *, now: datetime) -> RunnerReport:
    """The report of one runner of the service."""
    own = Execution.objects.filter(service=service, runner=runner)
    live = live_members(service, now)
    snapshot = FleetSnapshot(service, own, live, now=now)
    member = _member(service, runner, live)
    since = now - RECENT
    presences = _presences(service, runner, since, now)
    executions = tuple(_executions(own))
    cycles = runner_cycles(service, runner.pk, now)
    watches = _watches(service, since, now)
    unwatched = () if watches is None else tuple(_unwatched(watches, since, now))
    heard = ((span.started_at, span.expires_at) for span in presences)
    return RunnerReport(
        now=now,
        since=since,
        policy=snapshot.policy,
        seats=len(snapshot.plan.runners),
        runner=snapshot.runner(
            member, activities_of(own, [runner.pk], now).get(runner.pk), record_of(cycles)
        ),
        presences=tuple(presences),
        # Who is not heard of while nobody watches is not silent.
        unheard=tuple(
            uncovered(sorted([*heard, *unwatched]), max(since, runner.first_seen_at), now)
        ),
        unwatched=unwatched,
        watches=watches,
        cycles=tuple(cycles),
        executions=executions,
        busy=busy_periods(own.filter(started_at__gte=since, started_at__lte=now))
        # Counted among those that are read anyway: a query less for most runners.
        if sum(each.started_at >= since for each in executions) > DRAWN_ONE_BY_ONE
        else (),
        watched_until=snapshot.watch.until,
        every_seconds=snapshot.every_seconds,
        next_change_at=snapshot.next_change_at([member]),
    )


def uncovered(
    intervals: Iterable[TimeRange], start: datetime, end: datetime
) -> Iterator[TimeRange]:
    """What these intervals, in order of their starts, leave of ``[start, end]``.

    Instants are stored to the microsecond: intervals that are one apart touch.
    """
    reached = start
    for first, last in intervals:
        if reached + MICROSECOND < min(first, end):
            yield reached, min(first, end)
        reached = max(reached, last)
    if reached + MICROSECOND < end:
        yield reached, end


def _member(service: Service, runner: Runner, live: Iterable[Member]) -> Member:
    alive = next((member for member in live if member.key == runner.pk), None)
    return alive or members_of(service, [runner.pk])[0]


def _presences(
    service: Service, runner: Runner, since: datetime, now: datetime
) -> list[PresenceSpan]:
    rows = Presence.objects.filter(
        service=service, runner=runner, expires_at__gte=since, started_at__lte=now
    ).order_by("-started_at")
    latest = rows.values_list("started_at", "last_heartbeat_at", "expires_at", "eligible")
    return [
        presence_span(runner.runner_id, runner.first_seen_at, *columns)
        # The latest, where there are more; handed on in order of time.
        for columns in reversed(latest[:SPANS_READ])
    ]


def _watches(service: Service, since: datetime, now: datetime) -> tuple[WatchSpan, ...] | None:
    if service.is_coordinated:
        return None
    rows = Watch.objects.filter(service=service, expires_at__gte=since, started_at__lte=now)
    latest = rows.order_by("-started_at")[:SPANS_READ]
    return tuple(watch_span(watch, now) for watch in reversed(latest))


def _unwatched(watches: Iterable[WatchSpan], since: datetime, now: datetime) -> Iterator[TimeRange]:
    yield from uncovered(((each.started_at, each.ended_at) for each in watches), since, now)


def _executions(own: QuerySet[Execution]) -> Iterator[RecordedExecution]:
    latest = own.select_related("runner").order_by("-started_at", "-id")
    yield from map(recorded, latest[:EXECUTIONS_READ])

"""Every service at a glance: a few grouped queries, however many services there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery, Sum

from scheduler.core.judging.run_limits import Overdue
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import Capacity, PolicyFinding, SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.overdue_runs import going_on, overdue_runs
from scheduler.cycles.watching import watched_until, watchings_now
from scheduler.fleet.clocks import WarnedClock, seated_clocks, warned_clocks
from scheduler.incidents.merging import ServiceIncident
from scheduler.incidents.whole import incidents_by_service
from scheduler.models import Execution, Policy, Presence, Service
from scheduler.policies import policy_in

# What counts as lately: for what was blocked, and for what went wrong.
LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNow:
    """A run that has not ended. ``silent``: its runner's heartbeat has expired; ``overdue``: it
    has gone on for longer than it may."""

    run_id: str
    runner_id: str
    started_at: datetime
    silent: bool
    overdue: Overdue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOverview:
    """One service, now. ``blocked`` counts the blocked attempts of the last hour by reason,
    ``incidents`` are those of the cycles that ended in it, ``clocks`` those that are too far off.
    ``watched_until`` is the last instant that is known of it: ``at``, unless nobody tells us of an
    observed fleet (None: nobody ever did); ``watch_warnings`` is what whoever does so has to say.
    """

    at: datetime
    slug: str
    name: str
    mode: str
    policy: SchedulingPolicy
    plan: CyclePlan
    capacity: Capacity
    findings: tuple[PolicyFinding, ...]
    running: tuple[RunningNow, ...]
    last_completed_at: datetime | None
    blocked: dict[str, int]
    incidents: tuple[ServiceIncident, ...]
    clocks: tuple[WarnedClock, ...]
    watched_until: datetime | None
    watch_warnings: tuple[str, ...]

    @property
    def is_watched(self) -> bool:
        return self.watched_until == self.at

    @property
    def runner_count(self) -> int:
        return len(self.plan.runners)

    @property
    def blocked_count(self) -> int:
        return sum(self.blocked.values())

    @property
    def owner(self) -> ActiveRunnerInfo | None:
        return self.plan.owner_at(self.at)


def known_services() -> list[Service]:
    """All services in the order of their slugs, archived ones too, as `service_overviews` wants
    them."""
    known = Service.objects.known().order_by("slug")
    return list(known.annotate(last_completed_at=_last_completed()))


def service_overviews(
    now: datetime, services: Sequence[Service] | None = None
) -> list[ServiceOverview]:
    """Those of the `known_services` that are not archived, in their order."""
    known = known_services() if services is None else services
    services = [service for service in known if service.archived_at is None]
    revisions = _revisions()
    live = _live_runners(now)
    # One that is being deleted may have lost its policies since it was read.
    services = [service for service in services if revisions[service.pk]]
    running = _running(services, live, revisions, now)
    blocked = _blocked(services, now)
    incidents = incidents_by_service(services, since=now - LATELY, until=now, now=now)
    clocks = seated_clocks(services, now)
    watchings = watchings_now(services, now)
    watched = watched_until(services, now)
    overviews = []
    for service in services:
        policy = policy_in(revisions[service.pk], now)
        watching = watchings.get(service.pk)
        runners = [runner for runner in live[service.pk] if runner.allow_to_run_atomic_service]
        overviews.append(
            ServiceOverview(
                at=now,
                slug=service.slug,
                name=service.name,
                mode=service.mode,
                policy=policy,
                plan=plan_cycle(runners=runners, at=now, policy=policy),
                capacity=policy.capacity(len(runners)),
                findings=policy.findings(len(runners)),
                running=tuple(running[service.pk]),
                last_completed_at=service.last_completed_at,  # type: ignore[attr-defined]  # annotated
                blocked=blocked[service.pk],
                incidents=incidents[service.pk],
                clocks=warned_clocks(clocks.get(service.pk, ()), policy, len(runners)),
                watched_until=_known_until(service, watched.get(service.pk), now),
                watch_warnings=watching.warnings(policy) if watching else (),
            )
        )
    return overviews


def _known_until(service: Service, watched: datetime | None, now: datetime) -> datetime | None:
    if service.is_coordinated:
        return now
    return None if watched is None else min(watched, now)


def _last_completed() -> Subquery:
    completed = Execution.objects.filter(service=OuterRef("pk"), status=Status.COMPLETED.value)
    # The first entry of execution_by_status for each service.
    return Subquery(completed.order_by("-started_at").values("ended_at")[:1])


def _revisions() -> dict[int, list[Policy]]:
    """The policies of each service, in the order in which they come into force."""
    revisions: dict[int, list[Policy]] = defaultdict(list)
    for row in Policy.objects.order_by("effective_from"):
        revisions[row.service_id].append(row)
    return revisions


def _live_runners(now: datetime) -> dict[int, list[ActiveRunnerInfo]]:
    """The runners that are alive, eligible or not, in seat order, by service."""
    rows = Presence.objects.filter(expires_at__gte=now, started_at__lte=now).values_list(
        "service_id",
        "runner__runner_id",
        "runner__first_seen_at",
        "last_heartbeat_at",
        "eligible",
    )
    live: dict[int, list[ActiveRunnerInfo]] = defaultdict(list)
    for service_id, runner_id, creation_time, last_heartbeat, eligible in rows:
        live[service_id].append(
            ActiveRunnerInfo(runner_id, creation_time, last_heartbeat, eligible)
        )
    for runners in live.values():
        runners.sort(key=lambda runner: (runner.creation_time, runner.runner_id))
    return live


def _running(
    services: Sequence[Service],
    live: dict[int, list[ActiveRunnerInfo]],
    revisions: Mapping[int, Sequence[Policy]],
    now: datetime,
) -> dict[int, list[RunningNow]]:
    # Eligible or not: who beats is alive.
    alive = {(pk, runner.runner_id) for pk, runners in live.items() for runner in runners}
    runs = going_on(Execution.objects.filter(service__in=services))
    overdue = overdue_runs(runs, lambda pk, at: policy_in(revisions[pk], at), now)
    running: dict[int, list[RunningNow]] = defaultdict(list)
    for run in runs:
        running[run.service_id].append(
            RunningNow(
                run_id=run.run_id,
                runner_id=run.runner_id,
                started_at=run.started_at,
                silent=(run.service_id, run.runner_id) not in alive,
                overdue=overdue.get(run.key),
            )
        )
    return running


def _blocked(services: Sequence[Service], now: datetime) -> dict[int, dict[str, int]]:
    # Named services, so that the index by (service, status, start) is walked for the hour alone.
    rows = (
        Execution.objects.filter(
            service__in=services,
            status=Status.BLOCKED.value,
            started_at__gte=now - LATELY,
        )
        .values_list("service_id", "reason")
        .annotate(attempts_made=Sum("attempts"))
        .order_by("reason")
    )
    blocked: dict[int, dict[str, int]] = defaultdict(dict)
    for service_id, reason, count in rows:
        blocked[service_id][reason] = count
    return blocked

"""Services and their policies: made, looked up, changed."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db.models import F

from scheduler import clock
from scheduler.core.policy import SchedulingPolicy
from scheduler.models import CycleSummary, LateChange, Policy, Service, ServiceMode
from scheduler.turns import turn


class UnknownService(LookupError):
    """No service has this slug."""


def get_service(slug: str) -> Service:
    """The service of this slug.

    Raises:
        UnknownService: there is none.
    """
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        raise UnknownService(f"No service is called {slug!r}.")
    return service


def create_service(
    slug: str,
    *,
    name: str = "",
    mode: ServiceMode = ServiceMode.COORDINATED,
    policy: SchedulingPolicy | None = None,
    changed_by: str = "",
    effective_from: datetime | None = None,
) -> Service:
    """A new service with its first policy (the package's defaults when none is given).

    Raises:
        django.core.exceptions.ValidationError: the slug is taken or is no slug.
    """
    instant = effective_from or clock.now()
    service = Service(slug=slug, name=name or slug, mode=mode.value, created_at=instant)
    service.full_clean()
    service.save()
    _store(service, policy or SchedulingPolicy(), instant, changed_by)
    return service


def change_policy(
    service: Service,
    policy: SchedulingPolicy,
    *,
    changed_by: str,
    effective_from: datetime | None = None,
) -> bool:
    """Put ``policy`` in force from ``effective_from`` (now when not given).

    Returns False, and stores nothing, where the policy in force at that instant is the same.
    """
    with turn(service, effective_from) as (held, instant):
        before = policy_at(held, instant)
        if before == policy:
            return False
        _store(held, policy, instant, changed_by)
        _note_change_of_policy(held, before, policy, instant)
        held.touch()
    return True


def policy_at(service: Service, at: datetime) -> SchedulingPolicy:
    """The policy in force at ``at``; before the first one, the first one."""
    revisions = Policy.objects.filter(service=service)
    row = (
        revisions.filter(effective_from__lte=at).order_by("-effective_from").first()
        or revisions.order_by("effective_from").first()
    )
    if row is None:
        raise LookupError(f"Service {service.slug!r} has no policy: use create_service().")
    return row.scheduling_policy


def policy_book(service: Service) -> Callable[[datetime], SchedulingPolicy]:
    """``policy_at`` for many instants: the revisions are read once."""
    rows = list(Policy.objects.filter(service=service).order_by("effective_from"))
    if not rows:
        raise LookupError(f"Service {service.slug!r} has no policy: use create_service().")
    starts = [row.effective_from for row in rows]
    policies = [row.scheduling_policy for row in rows]
    return lambda at: policies[max(bisect_right(starts, at) - 1, 0)]


def _note_change_of_policy(
    service: Service, before: SchedulingPolicy, after: SchedulingPolicy, effective_from: datetime
) -> None:
    """Have the summaries written anew that it changes, in the past and in what goes on."""
    first = (
        CycleSummary.objects.filter(service=service)
        .order_by("cycle_start")
        .values_list("cycle_start", flat=True)
        .first()
    )
    until = service.summarised_until
    if before.interval_seconds != after.interval_seconds:
        # From there on there are other cycles, even where the one that goes on began long ago.
        since = after.cycle_start(effective_from)
        until = min(until, since) if until and first and first < since else None
    elif first is not None and effective_from < (now := clock.now()):
        LateChange.objects.create(service=service, start=max(effective_from, first), end=now)
    # What a worker is reading just now, it reads under the policy of before.
    Service.objects.filter(pk=service.pk).update(
        summarised_until=until, summary_revision=F("summary_revision") + 1
    )


def _store(
    service: Service, policy: SchedulingPolicy, effective_from: datetime, changed_by: str
) -> None:
    Policy.objects.create(
        service=service, effective_from=effective_from, changed_by=changed_by, **asdict(policy)
    )


def service_names() -> list[tuple[str, str]]:
    """Slug and name of every service, by slug."""
    return list(Service.objects.order_by("slug").values_list("slug", "name"))


def services_by_slug() -> list[Service]:
    """Every service, by slug."""
    return list(Service.objects.order_by("slug"))

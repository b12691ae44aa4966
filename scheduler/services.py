"""Services and their policies: made, looked up, changed."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from scheduler import clock
from scheduler.core.instants import MICROSECOND
from scheduler.core.policy import SchedulingPolicy
from scheduler.models import LateChange, Policy, Service, ServiceMode
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
        if policy_at(held, instant) == policy:
            return False
        _store(held, policy, instant, changed_by)
        if effective_from is not None:
            _note_change_of_the_past(held, instant)
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


def _note_change_of_the_past(service: Service, effective_from: datetime) -> None:
    now = clock.now()
    if effective_from < now:
        # The cycle that was going on just before it is another one now, too.
        LateChange.objects.create(service=service, start=effective_from - MICROSECOND, end=now)


def _store(
    service: Service, policy: SchedulingPolicy, effective_from: datetime, changed_by: str
) -> None:
    Policy.objects.create(
        service=service, effective_from=effective_from, changed_by=changed_by, **asdict(policy)
    )


def service_names() -> list[tuple[str, str]]:
    """Slug and name of every service, by slug."""
    return list(Service.objects.order_by("slug").values_list("slug", "name"))

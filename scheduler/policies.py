"""Which policy of a service is in force at an instant: read here, stored in services.py."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision
from scheduler.models import Policy, Service


def revision_at(service: Service, at: datetime) -> Policy:
    """The revision in force at ``at``; before the first one, the first one."""
    revisions = Policy.objects.filter(service=service)
    row = (
        revisions.filter(effective_from__lte=at).order_by("-effective_from").first()
        # A fleet may report what was before its service was made.
        or revisions.order_by("effective_from").first()
    )
    if row is None:
        raise _no_policy(service)
    return row


def policy_at(service: Service, at: datetime) -> SchedulingPolicy:
    """The policy of `revision_at`."""
    return revision_at(service, at).scheduling_policy


def policy_revisions(service: Service) -> list[PolicyRevision]:
    """All revisions, oldest first: a later one may have changed the very grid of the cycle."""
    rows = Policy.objects.filter(service=service).order_by("effective_from")
    return [
        PolicyRevision(
            effective_from=row.effective_from,
            policy=row.scheduling_policy,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def policy_book(service: Service) -> Callable[[datetime], SchedulingPolicy]:
    """``policy_at`` for many instants: the revisions are read once."""
    rows = list(Policy.objects.filter(service=service).order_by("effective_from"))
    if not rows:
        raise _no_policy(service)
    starts = [row.effective_from for row in rows]
    policies = [row.scheduling_policy for row in rows]
    return lambda at: policies[max(bisect_right(starts, at) - 1, 0)]


class PolicyChange(NamedTuple):
    """Who put a policy in force, and why; either may not be known."""

    changed_by: str
    note: str


def policy_changes(service: Service, starts: Collection[datetime]) -> dict[datetime, PolicyChange]:
    """Of the policies that came into force at one of these instants, by the instant."""
    if not starts:
        return {}
    rows = Policy.objects.filter(service=service, effective_from__in=starts)
    told = rows.values_list("effective_from", "changed_by", "note")
    return {at: PolicyChange(by, note) for at, by, note in told}


def policy_in(revisions: Sequence[Policy], at: datetime) -> SchedulingPolicy:
    """The policy in force at ``at`` of these revisions of a service, in order; before the first
    one, the first one."""
    found = bisect_right(revisions, at, key=lambda row: row.effective_from)
    return revisions[max(found - 1, 0)].scheduling_policy


def _no_policy(service: Service) -> LookupError:
    return LookupError(f"Service {service.slug!r} has no policy: use create_service().")

"""Services and their policies: made and changed. How they are looked up is in known_services.py."""

from dataclasses import asdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Min

from scheduler import door
from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.db.service_lock import service_lock
from scheduler.door import Unacceptable
from scheduler.errors import Conflict
from scheduler.intake.beat_lengths import renew_lengths
from scheduler.known_services import UnknownService, get_service
from scheduler.models import CycleSummary, LateChange, Policy, Service, ServiceMode
from scheduler.models.policy import NOTE_MAX_LENGTH
from scheduler.policies import policy_at
from scheduler.words.durations import duration

__all__ = [
    "InvalidChange",
    "PolicyInForce",
    "UnknownService",
    "change_policy",
    "create_service",
    "get_service",
    "rename_service",
]

# A page of a cycle in which the interval changes takes a second with this many inside it.
CYCLES_IN_ONE = 1_000


class PolicyInForce(Conflict):
    """At that instant another policy has come into force already; it stays as it is."""


class InvalidChange(Unacceptable):
    """A policy can't be put in force like that; says what would be right."""


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
        django.core.exceptions.ValidationError: the slug is taken, or one of these can't be kept;
            says what would be right.
    """
    with door.refusing(ValidationError):
        slug = door.slug(slug)
        service = Service(
            slug=slug,
            name=door.name("name", name) if name else slug,
            mode=door.choice("mode", mode, ServiceMode).value,
            created_at=_instant(effective_from) or clock.now(),
        )
        policy = SchedulingPolicy() if policy is None else policy
        policy = door.instance("policy", policy, SchedulingPolicy)
        changed_by = _who(changed_by)
    # First: the field's check would say that it is taken, by a service that nobody can see.
    _check_free(slug)
    service.full_clean()
    # Nobody may meet a service that has no policy.
    with transaction.atomic():
        service.save()
        _store(service, policy, service.created_at, changed_by, recorded_at=service.created_at)
    return service


def change_policy(
    service: Service,
    policy: SchedulingPolicy,
    *,
    changed_by: str,
    note: str = "",
    effective_from: datetime | None = None,
    now: datetime | None = None,
) -> bool:
    """Put ``policy`` in force from ``effective_from`` (``now`` when not given), and keep that this
    was said at ``now`` (the database's clock when not given), and why.

    Returns False, and stores nothing, where the policy in force at that instant is the same.

    Raises:
        InvalidChange: one of these can't be kept; says what would be right.
        PolicyInForce: another one is in force from that very instant on. It stays: what was
            decided under it is drawn under it.
    """
    with door.refusing(InvalidChange, "Nothing was changed: "):
        policy = door.instance("policy", policy, SchedulingPolicy)
        changed_by, note = _who(changed_by), door.note("note", note, at_most=NOTE_MAX_LENGTH)
        since = _instant(effective_from)
    with service_lock(service, now) as (held, recorded_at):
        # Under the lock: no claim was decided since then by the policy before.
        instant = since or recorded_at
        before = policy_at(held, instant)
        if before == policy:
            return False
        if Policy.objects.filter(service=held, effective_from=instant).exists():
            raise PolicyInForce(
                f"Nothing was changed: another policy of service {held.slug!r} is in force from "
                f"{instant.isoformat()} on. Choose a later instant."
            )
        _check_lengths(held, policy)
        _store(held, policy, instant, changed_by, recorded_at=recorded_at, note=note)
        # Only observed services keep single beats, whose lengths go by the policy of their time.
        if not held.is_coordinated and policy.dead_after_seconds != before.dead_after_seconds:
            until = _following(held, instant)
            renew_lengths(held, instant, until, policy.dead_after_seconds)
        _note_change_of_policy(held, before, policy, instant)
        held.touch()
    return True


def _check_lengths(service: Service, policy: SchedulingPolicy) -> None:
    """A cycle in which the interval changes is drawn with every shorter one inside."""
    minutes = Policy.objects.filter(service=service).aggregate(
        shortest=Min("service_interval_minutes"), longest=Max("service_interval_minutes")
    )
    least, most = minutes["longest"] / CYCLES_IN_ONE, minutes["shortest"] * CYCLES_IN_ONE
    if not least <= policy.service_interval_minutes <= most:
        raise InvalidChange(
            f"Nothing was changed: beside the other policies of service {service.slug!r}, an "
            f"interval may be from {duration(least * 60)} to {duration(most * 60)}, so that a "
            f"cycle in which it changes has at most {CYCLES_IN_ONE:,} others in it."
        )


def _following(service: Service, at: datetime) -> datetime | None:
    """When the next revision after that instant begins, if there is one."""
    later = Policy.objects.filter(service=service, effective_from__gt=at)
    return later.order_by("effective_from").values_list("effective_from", flat=True).first()


def _note_change_of_policy(
    service: Service, before: SchedulingPolicy, after: SchedulingPolicy, effective_from: datetime
) -> None:
    """Have the summaries written anew that it changes, in the past and in what goes on."""
    first = CycleSummary.first_start(service)
    until = service.summarised_until
    if before.interval_seconds != after.interval_seconds:
        # From there on there are other cycles, even where the one that goes on began long ago.
        since = after.cycle_start(effective_from)
        # None: no summary lies before the change, so that they begin anew.
        until = min(until, since) if until and first and first < since else None
    elif first is not None and effective_from < (now := clock.now()):
        LateChange.objects.create(service=service, start=max(effective_from, first), end=now)
    # What a worker is reading just now, it reads under the policy of before.
    Service.objects.filter(pk=service.pk).update(
        summarised_until=until, summary_revision=F("summary_revision") + 1
    )


def _check_free(slug: str) -> None:
    """A slug that is taken by a service which people can see is told by the field's own check."""
    if Service.objects.exclude(deleted_at=None).filter(slug=slug).exists():
        raise ValidationError(
            "A service with this slug is being deleted: try again when its rows are gone."
        )


def _instant(effective_from: object) -> datetime | None:
    return None if effective_from is None else door.planned("effective_from", effective_from)


def _who(changed_by: object) -> str:
    return door.name("changed_by", changed_by) if changed_by != "" else ""


def _store(
    service: Service,
    policy: SchedulingPolicy,
    effective_from: datetime,
    changed_by: str,
    *,
    recorded_at: datetime,
    note: str = "",
) -> None:
    Policy.objects.create(
        service=service,
        effective_from=effective_from,
        recorded_at=recorded_at,
        changed_by=changed_by,
        note=note,
        **asdict(policy),
    )


def rename_service(service: Service, name: str) -> str:
    """Call the service ``name`` from now on; the name as it is kept. Its slug stays.

    Raises:
        Unacceptable: it can't be a name; says what would be right.
        Service.DoesNotExist: it was deleted meanwhile.
    """
    name = door.name("name", name)
    if not name:
        raise Unacceptable("name is empty: write 1 to 200 characters")
    with service_lock(service, None) as (held, _):
        held.name = name
        held.save(update_fields=("name",))
        held.touch()
    return name

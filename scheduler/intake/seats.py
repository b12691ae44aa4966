"""Seats of a coordinated service: each live, eligible runner's place in the order of creation.

Seats are kept in the presences, so that a claim reads its own row, the last seat and the assigned
one, whatever the size of the fleet. They are given anew only when the membership changes. All of
this happens under the service's lock.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from scheduler.core.claim import Seat
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.slots import assigned_position
from scheduler.models import Presence, Runner, Service

# Runner ids are ordered by code point, as the core orders them, whatever the database's language.
_COLLATION = {"postgresql": 'COLLATE "C"', "sqlite": "COLLATE BINARY"}

# Of the seats, only those that change are written: a joiner in the middle moves those after it.
_LAY = """
UPDATE {presence} SET position = seat.number
FROM (
    SELECT member.id, row_number() OVER (
        ORDER BY runner.first_seen_at, runner.runner_id {collation}
    ) - 1 AS number
    FROM {presence} member JOIN {runner} runner ON runner.id = member.runner_id
    WHERE member.service_id = %s AND member.expires_at >= %s AND member.eligible
) seat
WHERE {presence}.id = seat.id
    AND ({presence}.position IS NULL OR {presence}.position <> seat.number)
"""


def settle(service: Service, now: datetime, *, arrivals: Sequence[Presence], vacated: bool) -> bool:
    """Free the seats of the expired, seat the ``arrivals``; True where the membership changed.

    ``vacated`` says that a seat was given up by a runner that is still alive.

    A single arrival that was created last takes the seat after the last one. Any other change of
    the membership lays every seat anew.
    """
    # First, so that arrivals are compared with the living alone.
    freed = _seated(service).filter(expires_at__lt=now).update(position=None)
    holes = bool(freed) or vacated
    joined_last = not holes and len(arrivals) == 1 and _sits_last(service, arrivals[0])
    changed = holes or bool(arrivals)
    if changed and not joined_last:
        _lay(service, now)
    return changed


def seat_of(presence: Presence, policy: SchedulingPolicy, now: datetime) -> Seat | None:
    """The seat of the asking runner at ``now``; None where nobody has a seat."""
    # `settle` lays seats by SQL, past this instance.
    presence.refresh_from_db(fields=("position",))
    last = (
        _seated(presence.service).order_by("-position").values_list("position", flat=True).first()
    )
    if last is None:
        return None
    # Seats are dense from 0: the last one says how many there are.
    count = last + 1
    assigned = (
        _seated(presence.service)
        .select_related("runner")
        .get(
            position=assigned_position(
                current_time=now.timestamp(),
                service_interval_minutes=policy.service_interval_minutes,
                runner_count=count,
            )
        )
        .runner
    )
    return Seat(
        position=presence.position,
        runner_count=count,
        assigned_runner_id=assigned.runner_id,
        assigned_creation_time=assigned.first_seen_at,
    )


def _seated(service: Service) -> QuerySet[Presence]:
    return Presence.objects.filter(service=service, position__isnull=False)


def _sits_last(service: Service, arrival: Presence) -> bool:
    last = _seated(service).select_related("runner").order_by("-position").first()
    if last is not None and _order(arrival.runner) < _order(last.runner):
        return False
    arrival.position = 0 if last is None or last.position is None else last.position + 1
    arrival.save(update_fields=("position",))
    return True


def _order(runner: Runner) -> tuple[datetime, str]:
    return runner.first_seen_at, runner.runner_id


def _lay(service: Service, now: datetime) -> None:
    statement = _LAY.format(
        presence=Presence._meta.db_table,
        runner=Runner._meta.db_table,
        collation=_COLLATION[connection.vendor],
    )
    # Past the ORM, an instant has to be put into the column's form by hand.
    instant = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [service.pk, instant])

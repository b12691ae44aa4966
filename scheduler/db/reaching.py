"""What began before an instant and reached to it or beyond, whatever else it is.

Rows of one class of lengths began at most its bound before, and lasted a sixteenth of that or more:
of what runs one at a time, some sixteen are looked at, however long the longest ran. One run that
is told to have lasted for decades makes no other look-up slower.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from scheduler.core.instants import seconds_before
from scheduler.core.reasons import EndReason
from scheduler.core.rows import RecordedExecution
from scheduler.models import Execution
from scheduler.models.lengths import (
    FIRST_REACH_CLASS,
    LAST_REACH_CLASS,
    NO_CLASS_BOUND_US,
    class_bound_us,
)

_TABLE = Execution._meta.db_table
# What may do so, by the columns of the indexes; `reaching` has the last word.
_REACHES = "(ended_at >= %s OR last_attempt_at >= %s)"

type _Part = tuple[str, list[Any]]


def reaches(row: RecordedExecution | Execution, instant: datetime) -> bool:
    """Whether an attempt that began before an instant reaches into what begins then: a run that
    went on, or a block that came again."""
    if row.ended_at is None or row.ended_at > instant or row.last_attempt_at >= instant:
        return True
    # A dead holder held the service in its last living instant, too.
    return row.ended_at == instant and row.reason == EndReason.RUNNER_DEAD


def reaching(instant: datetime) -> Q:
    """`reaches`, for the database."""
    return (
        Q(ended_at=None)
        | Q(ended_at__gt=instant)
        | Q(last_attempt_at__gte=instant)
        | Q(ended_at=instant, reason=EndReason.RUNNER_DEAD.value)
    )


def ended_reaching(
    service: int, instant: datetime, *, runners: Collection[int] | None = None
) -> QuerySet[Execution]:
    """The rows that have ended, of one service and of these runners (their primary keys; None: of
    all). Narrow them by nothing that has an index of its own."""
    sql, given = _joined(_ended(service, instant, runners))
    return Execution.objects.filter(pk__in=RawSQL(sql, given))  # noqa: S611 - the constants above


def running_before(
    service: int, instant: datetime, *, runners: Collection[int] | None = None
) -> QuerySet[Execution]:
    """The rows that began before the instant and run, of the same."""
    sql, given = _running(service, instant, runners)
    return Execution.objects.filter(pk__in=RawSQL(sql, given))  # noqa: S611 - the constants above


def keys_reaching(service: int, instant: datetime, *, at_most: int) -> list[int]:
    """The primary keys of so many of them, and of those that run, of one service."""
    sql, given = _joined([_running(service, instant, None), *_ended(service, instant, None)])
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {at_most}", given)
        return [key for (key,) in cursor.fetchall()]


def _running(service: int, instant: datetime, runners: Collection[int] | None) -> _Part:
    return _part("execution_running", service, instant, "status = 'running'", [], runners)


def _ended(service: int, instant: datetime, runners: Collection[int] | None) -> list[_Part]:
    at = connection.ops.adapt_datetimefield_value
    now = at(instant)
    since = at(_before(instant, NO_CLASS_BOUND_US))
    # What is too short for a class of its own has NULL there, and is bounded by that shortness.
    short = f"reach_class IS NULL AND started_at >= %s AND {_REACHES}"
    parts = [_part("execution_by_start", service, instant, short, [since, now, now], runners)]
    for each in range(FIRST_REACH_CLASS, LAST_REACH_CLASS + 1):
        since = at(_before(instant, class_bound_us(each)))
        condition = f"reach_class = %s AND started_at >= %s AND {_REACHES}"
        given = [each, since, now, now]
        parts.append(_part("execution_by_reach", service, instant, condition, given, runners))
    return parts


def _part(
    index: str,
    service: int,
    instant: datetime,
    condition: str,
    given: list[Any],
    runners: Collection[int] | None,
) -> _Part:
    # SQLite could choose another index of the service; named, it must take this one or fail.
    hint = f" INDEXED BY {index}" if connection.vendor == "sqlite" else ""
    sql = (
        f"SELECT id FROM {_TABLE}{hint}"  # noqa: S608 - the constants above
        f" WHERE service_id = %s AND started_at < %s AND {condition}"
    )
    given = [service, connection.ops.adapt_datetimefield_value(instant), *given]
    if runners is not None:
        # `IN ()` is no SQL; nothing is `IN (NULL)`.
        marks = ", ".join(["%s"] * len(runners)) or "NULL"
        sql, given = f"{sql} AND runner_id IN ({marks})", [*given, *runners]
    return sql, given


def _joined(parts: list[_Part]) -> _Part:
    return " UNION ALL ".join(sql for sql, _ in parts), [one for _, given in parts for one in given]


def _before(instant: datetime, length_us: int) -> datetime:
    return seconds_before(instant, length_us / 1e6)

"""What began before an instant and reached beyond it, whatever else it is.

Rows of one class of lengths began at most its bound before, and lasted a sixteenth of that or more:
of what runs one at a time, some sixteen are looked at, however long the longest ran.
"""

from datetime import datetime

from django.db import connection

from scheduler.history.conditions import before
from scheduler.models import Execution
from scheduler.models.lengths import (
    FIRST_REACH_CLASS,
    LAST_REACH_CLASS,
    NO_CLASS_BOUND_US,
    class_bound_us,
)

_TABLE = Execution._meta.db_table
_OVER_LATER = "(ended_at > %s OR last_attempt_at >= %s)"


def keys_reaching(service: int, instant: datetime, *, at_most: int) -> list[int]:
    """The primary keys of so many of them, of one service (its primary key)."""
    at = connection.ops.adapt_datetimefield_value
    now = at(instant)
    parts = [
        _part("execution_running", "status = 'running'"),
        _part("execution_by_start", f"reach_class IS NULL AND started_at >= %s AND {_OVER_LATER}"),
    ]
    given = [service, now, service, now, at(before(instant, NO_CLASS_BOUND_US)), now, now]
    for each in range(FIRST_REACH_CLASS, LAST_REACH_CLASS + 1):
        condition = f"reach_class = %s AND started_at >= %s AND {_OVER_LATER}"
        parts.append(_part("execution_by_reach", condition))
        given += [service, now, each, at(before(instant, class_bound_us(each))), now, now]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} LIMIT {at_most}", given)
        return [key for (key,) in cursor.fetchall()]


def _part(index: str, condition: str) -> str:
    hint = f" INDEXED BY {index}" if connection.vendor == "sqlite" else ""
    return (
        f"SELECT id FROM {_TABLE}{hint}"  # noqa: S608 - the constants above
        f" WHERE service_id = %s AND started_at < %s AND {condition}"
    )

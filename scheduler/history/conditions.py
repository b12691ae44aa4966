"""Conditions on rows, of which filters and streams are made, and fields that hold some."""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from scheduler.models import Execution, Service

# The last code point there is: all that begins with a text lies before the two together.
_LAST_CHARACTER = "\U0010ffff"
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


def _written_out(condition: str) -> RawSQL:
    """A condition with its values in it: SQLite looks for those of partial indexes."""
    return RawSQL(condition, (), output_field=BooleanField())  # noqa: S611 - the constants below


IS_RUNNING = _written_out("\"status\" = 'running'")
IS_BLOCKED = _written_out("\"status\" = 'blocked'")
HAS_REASON = _written_out("NOT (\"reason\" = '')")


def asks(
    default: Any,
    of_execution: Callable[[Any, datetime], Q],
    of_derived: Callable[[Any], Q | None] = lambda _: None,
) -> Any:
    """A field of a filter. Where it is not its default it asks this of an execution, if what still
    runs has run until an instant, and of a derived block: None where none can be meant."""
    metadata = {"of_execution": of_execution, "of_derived": of_derived}
    return field(default=default, metadata=metadata)


def asks_alike(default: Any, of_row: Callable[[Any], Q]) -> Any:
    """One that asks the same of an execution and of a derived block."""
    return asks(default, lambda value, _: of_row(value), of_row)


def begins_with(run_id: str) -> Q:
    """Run ids that begin so: one range of the index of run ids."""
    # LIKE, for the operator class of the key: an order by collation would not find its range.
    if connection.vendor == "postgresql":
        return Q(run_id__startswith=run_id)
    return Q(run_id__gte=run_id, run_id__lt=run_id + _LAST_CHARACTER)


def is_any_called(services: Sequence[Service], run_id: str) -> bool:
    """Whether a run of these services has an id that begins so."""
    return Execution.objects.filter(begins_with(run_id), service__in=services).exists()


def lasting(compare: str, began: str) -> Callable[[float, datetime], Q]:
    """A condition on durations, and on the starts of what still runs."""

    def of_execution(seconds: float, as_of: datetime) -> Q:
        length_us = microseconds(seconds)
        # What still runs has lasted longer the earlier it began, so this comparison is turned.
        running = Q((f"started_at__{began}", before(as_of, length_us)), ended_at=None)
        return Q((f"duration_us__{compare}", length_us)) | running

    return of_execution


def between(column: str, first: Any, end: Any) -> Q:
    """From ``first`` on, and before ``end``; None has no bound."""
    condition = Q()
    if first is not None:
        condition &= Q((f"{column}__gte", first))
    if end is not None:
        condition &= Q((f"{column}__lt", end))
    return condition


def microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def before(instant: datetime, length_us: int) -> datetime:
    """So long before; the beginning of the calendar where that is before it."""
    try:
        return max(instant - timedelta(microseconds=length_us), _EARLIEST)
    except OverflowError:
        return _EARLIEST

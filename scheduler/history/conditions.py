"""Conditions on rows, of which filters and streams are made."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from scheduler.models import Execution, Service

_LAST_CHARACTER = "\U0010ffff"
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


def _written_out(condition: str) -> RawSQL:
    """A condition with its values in it: SQLite looks for those of partial indexes."""
    return RawSQL(condition, (), output_field=BooleanField())  # noqa: S611 - the constants below


IS_RUNNING = _written_out("\"status\" = 'running'")
IS_BLOCKED = _written_out("\"status\" = 'blocked'")
HAS_REASON = _written_out("NOT (\"reason\" = '')")


def begins_with(run_id: str) -> Q:
    """Run ids that begin so: one stretch of the index of run ids."""
    if connection.vendor == "postgresql":
        return Q(run_id__startswith=run_id)
    return Q(run_id__gte=run_id, run_id__lt=run_id + _LAST_CHARACTER)


def is_any_called(services: Sequence[Service], run_id: str) -> bool:
    """Whether a run of these services has an id that begins so."""
    return Execution.objects.filter(begins_with(run_id), service__in=services).exists()


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

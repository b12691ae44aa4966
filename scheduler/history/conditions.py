"""What a filter asks of a row, as conditions; which index finds the rows is in `streams`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import reaching
from scheduler.history.filters import HistoryFilter
from scheduler.models import Execution, Service

_LAST_CHARACTER = "\U0010ffff"
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


def _written_out(condition: str) -> RawSQL:
    """A condition with its values in it: SQLite looks for those of partial indexes."""
    return RawSQL(condition, (), output_field=BooleanField())  # noqa: S611 - the constants below


IS_RUNNING = _written_out("\"status\" = 'running'")
IS_BLOCKED = _written_out("\"status\" = 'blocked'")
HAS_REASON = _written_out("NOT (\"reason\" = '')")


def conditions(
    asked: HistoryFilter,
    runners: tuple[int, ...],
    as_of: datetime,
    *,
    without: frozenset[str] = frozenset(),
) -> Q:
    """All that is asked but the range of time, and but the fields named in ``without``.

    Args:
        runners: the primary keys of the runners that are meant; empty is all.
        as_of: until when the durations of what still runs are counted.
    """
    condition = _durations(asked, as_of)
    if runners and "runners" not in without:
        condition &= Q(runner__in=runners)
    if asked.is_some_statuses and "statuses" not in without:
        condition &= Q(status__in=[status.value for status in asked.statuses])
    if asked.reasons and "reasons" not in without:
        condition &= Q(reason__in=asked.reasons)
    if asked.origins:
        condition &= Q(origin__in=asked.origins)
    if asked.acknowledged is not None and "acknowledged" not in without:
        condition &= Q(status=Status.BLOCKED.value)
        condition &= Q(acknowledgement__isnull=not asked.acknowledged)
    if asked.run_id:
        condition &= begins_with(asked.run_id)
    return condition


def begins_with(run_id: str) -> Q:
    """Run ids that begin so: one stretch of the index of run ids."""
    if connection.vendor == "postgresql":
        return Q(run_id__startswith=run_id)
    return Q(run_id__gte=run_id, run_id__lt=run_id + _LAST_CHARACTER)


def is_any_called(services: Sequence[Service], run_id: str) -> bool:
    """Whether a run of these services has an id that begins so."""
    return Execution.objects.filter(begins_with(run_id), service__in=services).exists()


def durations(asked: HistoryFilter) -> Q:
    """The durations that are asked for, of what has ended."""
    condition = Q(duration_us__isnull=False)
    if asked.min_duration_seconds is not None:
        condition &= Q(duration_us__gte=microseconds(asked.min_duration_seconds))
    if asked.max_duration_seconds is not None:
        condition &= Q(duration_us__lte=microseconds(asked.max_duration_seconds))
    return condition


def _durations(asked: HistoryFilter, as_of: datetime) -> Q:
    if not asked.has_durations:
        return Q()
    running = Q(ended_at=None)
    if asked.min_duration_seconds is not None:
        running &= Q(started_at__lte=before(as_of, microseconds(asked.min_duration_seconds)))
    if asked.max_duration_seconds is not None:
        running &= Q(started_at__gte=before(as_of, microseconds(asked.max_duration_seconds)))
    return durations(asked) | running


def overlapping(asked: HistoryFilter) -> Q:
    """The range of time, as a condition on each row."""
    condition = between("started_at", asked.began_since, asked.began_until)
    if asked.until is not None:
        condition &= Q(started_at__lt=asked.until)
    if asked.since is not None:
        condition &= Q(started_at__gte=asked.since) | reaching(asked.since)
    return condition


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

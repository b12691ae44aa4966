"""How much one runner did in each period of a day, where its attempts are too many to be shown one
by one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMinute

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution

LENGTH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What began in the period of ten minutes from ``start`` on: so many rows of one status (and,
    where they are blocked, one reason), and so many attempts, repeats included."""

    start: datetime
    status: Status
    reason: str
    rows: int
    attempts: int


def period_of(at: datetime) -> datetime:
    """The start of the period in which an instant lies."""
    seconds = LENGTH.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def busy_periods(executions: QuerySet[Execution]) -> tuple[Busy, ...]:
    """These executions by period, status and reason, in order of time."""
    minutes = (
        # By minutes, which either database truncates to; ten of them are put together below.
        executions.order_by()
        .annotate(minute=TruncMinute("started_at", tzinfo=UTC))
        .values_list("minute", "status", "reason")
        .annotate(number=Count("pk"), tries=Sum("attempts"))
    )
    return _merged(minutes)


def _merged(minutes: Iterable[tuple[datetime, str, str, int, int]]) -> tuple[Busy, ...]:
    found: dict[tuple[datetime, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for minute, status, reason, rows, attempts in minutes:
        # Of a run, the reason says how it ended: it is counted by its status alone.
        told = reason if status == Status.BLOCKED.value else ""
        sums = found[period_of(minute), status, told]
        sums[0] += rows
        sums[1] += attempts
    return tuple(
        Busy(start=start, status=Status(status), reason=reason, rows=rows, attempts=attempts)
        for (start, status, reason), (rows, attempts) in sorted(found.items())
    )

"""What ran around one attempt, and whom it blocked: each a short range of one index, however long
the history is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from scheduler.core.instants import seconds_before
from scheduler.core.reasons import BlockReason
from scheduler.core.rows import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.rows import recorded
from scheduler.fleet.members import RECENT
from scheduler.models import Execution, Service

NEIGHBOURS_READ = 4
OVERLAPS_READ = 3
BLOCKS_READ = 200
# The clocks of a fleet that decides for itself differ by as much.
SKEW = timedelta(minutes=1)
_STARTED = (Status.RUNNING.value, Status.COMPLETED.value, Status.ABANDONED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedBy:
    """Whom a run blocked, newest first: the latest 200, and whether there are more. Of a run of
    more than a day it is the last day from ``since`` on; None where it is the whole run."""

    rows: tuple[RecordedExecution, ...]
    is_capped: bool
    since: datetime | None


def attempts_before(
    service: Service, execution: RecordedExecution
) -> tuple[RecordedExecution, ...]:
    """The attempts before this one, the nearest first; the nearest run is among them."""
    at, key = execution.started_at, execution.execution_id
    # Of one instant, rows stand in the order of their keys.
    rows = _of(service).filter(started_at__lte=at).exclude(started_at=at, pk__gte=key)
    return _with_a_run(rows, sign="-")


def attempts_after(service: Service, execution: RecordedExecution) -> tuple[RecordedExecution, ...]:
    """The attempts after this one, the nearest first; the nearest run is among them."""
    at, key = execution.started_at, execution.execution_id
    rows = _of(service).filter(started_at__gte=at).exclude(started_at=at, pk__lte=key)
    return _with_a_run(rows, sign="")


def runs_still_going(
    service: Service, execution: RecordedExecution
) -> tuple[RecordedExecution, ...]:
    """The runs that had not ended when this one started, the latest first. Of those that have ended
    since, it finds the ones that began within the last day before it."""
    at = execution.started_at
    before = (
        _of(service)
        .filter(started_at__lte=at)
        .exclude(started_at=at, pk__gte=execution.execution_id)
        .order_by("-started_at")
    )
    # No run of the service was longer: that makes it a short range of the index by start.
    longest = min(service.longest_run_seconds, RECENT.total_seconds())
    ended = before.filter(started_at__gte=seconds_before(at, longest), ended_at__gt=at)
    rows = [
        *before.filter(status=Status.RUNNING.value)[:OVERLAPS_READ],
        *ended.exclude(status=Status.BLOCKED.value)[:OVERLAPS_READ],
    ]
    return tuple(sorted(map(recorded, rows), key=_start, reverse=True)[:OVERLAPS_READ])


def named_run(service: Service, run_id: str) -> RecordedExecution | None:
    """The attempt of that id; None where there is none, or none any more."""
    row = _of(service).filter(run_id=run_id).first()
    return recorded(row) if row else None


def blocked_by(
    service: Service, execution: RecordedExecution, *, cycle_start: datetime, now: datetime
) -> BlockedBy:
    """The attempts that were refused because this run still held the service.

    A row of repeats is kept at its first attempt, which may lie before this run, but not before
    its cycle; it names the run that blocked its last one.
    """
    skew = timedelta() if service.is_coordinated else SKEW
    until = (execution.ended_at or now) + skew
    first = cycle_start - skew
    since = max(first, until - RECENT)
    # The two forms in which a refusal names its run (core/judging/prior_runs.py).
    named = Q(reason_detail=f"{execution.run_id} runner:{execution.runner_id}")
    rows = (
        _of(service)
        .filter(status=Status.BLOCKED.value, started_at__gte=since, started_at__lte=until)
        .filter(named | Q(reason_detail=execution.run_id), reason=BlockReason.PRIOR_RUNNING.value)
        .order_by("-started_at")
    )
    found = sorted(map(recorded, rows[: BLOCKS_READ + 1]), key=_start, reverse=True)
    return BlockedBy(
        rows=tuple(found[:BLOCKS_READ]),
        is_capped=len(found) > BLOCKS_READ,
        since=since if since > first else None,
    )


def _of(service: Service) -> QuerySet[Execution]:
    return Execution.objects.filter(service=service).select_related("runner")


def _with_a_run(rows: QuerySet[Execution], *, sign: str) -> tuple[RecordedExecution, ...]:
    """The first few, and the first run where they are all blocks: there may be a million of these
    between two runs, so it is looked for by status."""
    near = list(map(recorded, rows.order_by(f"{sign}started_at", f"{sign}id")[:NEIGHBOURS_READ]))
    if len(near) == NEIGHBOURS_READ and all(row.status == Status.BLOCKED for row in near):
        # By the start alone, as the index by status has them: with the key after it, a database may
        # rather walk the index that has both, through all of the blocks.
        by_start = rows.order_by(f"{sign}started_at")
        runs = [recorded(row) for status in _STARTED for row in by_start.filter(status=status)[:1]]
        near += sorted(runs, key=_start, reverse=sign == "-")[:1]
    return tuple(near)


def _start(execution: RecordedExecution) -> tuple[datetime, int]:
    return execution.started_at, execution.execution_id

"""What a pynenc app holds, read through its public orchestrator API, as items of a report.

Reading only: nothing here writes to the app's store or to ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from scheduler.collectors.pynenc.app import PynencApp
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.outages import one_line
from scheduler.door import TEXT_AT_MOST, shortened, split_reason
from scheduler.errors import Unavailable
from scheduler.intake.reported_types import ExecutionReport

# The package keeps 1,000 rows by default; a backend may have a limit of its own above that.
PAGE_SIZE = 500
NOT_TOLD = "not_told"


def active_runners(app: PynencApp) -> tuple[ActiveRunnerInfo, ...]:
    """Every runner that the app takes for alive, whether or not it may run the service."""
    with _asking():
        return tuple(
            ActiveRunnerInfo(
                runner_id=one.runner_id.strip(),
                creation_time=_utc(one.creation_time),
                last_heartbeat=_utc(one.last_heartbeat),
                allow_to_run_atomic_service=bool(one.allow_to_run_atomic_service),
            )
            for one in app.orchestrator.get_active_runners(can_run_atomic_service=None)
        )


def running_executions(app: PynencApp) -> list[ExecutionReport]:
    """Every run that the app holds as RUNNING, however long ago it began."""
    with _asking():
        return [_told(one) for one in app.orchestrator.get_active_atomic_service_executions()]


def executions(
    app: PynencApp, start: datetime, end: datetime, *, page_size: int = PAGE_SIZE
) -> Iterator[list[ExecutionReport]]:
    """The executions that touch ``[start, end]``, newest first, in pages, each of them once.

    A run that is RUNNING and began before ``start`` is not among them: the package leaves it out.
    """
    seen: set[str] = set()
    limit = page_size
    while True:
        with _asking():
            rows = app.orchestrator.get_atomic_service_executions_in_timerange(
                start, end, limit=limit
            )
            told = [_told(row) for row in rows]
        # Two pages share the instant in which the one ends and the other begins.
        fresh = [one for one in told if one.run_id not in seen]
        if fresh:
            seen.update(one.run_id for one in fresh)
            yield fresh
        if len(told) < limit:
            return
        # The next page ends where this one's oldest row began, that instant included: rows that
        # share it may not all have been on this page.
        oldest = min(one.started_at for one in told)
        if oldest < end:
            end, limit = oldest, page_size
        else:
            # A whole page began in one instant: only a longer one gets past it.
            limit *= 2


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # what a store raises is its plugin's business, and may be anything
        raise Unavailable("The app's store", one_line(error)) from error


def _told(execution: Any) -> ExecutionReport:
    """The report of one of the package's executions.

    The package can hold what can't have been, and a row that we refused would stay RUNNING for
    ever: an end before its start (a clock that was set back) or a missing one becomes the start,
    a blocked row without a reason gets one that says so, and a reason too long to be kept loses its
    end.
    """
    status = Status(str(execution.status))
    started_at = _utc(execution.start_time)
    ended_at = None
    if status != Status.RUNNING:
        ended_at = max(_utc(execution.end_time or execution.start_time), started_at)
    reason = shortened(execution.reason or "", at_most=TEXT_AT_MOST - len(NOT_TOLD) - 1)
    if status == Status.BLOCKED and not split_reason(reason)[0]:
        reason = f"{NOT_TOLD}:{reason.strip().lstrip(':')}"
    return ExecutionReport(
        # As they are kept: what is held is looked for by them.
        run_id=execution.atomic_service_run_id.strip(),
        runner_id=execution.runner_id.strip(),
        status=status,
        started_at=started_at,
        ended_at=ended_at,
        reason=reason,
    )


def _utc(instant: datetime) -> datetime:
    """The API promises UTC; an instant without a zone is taken at its word."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)

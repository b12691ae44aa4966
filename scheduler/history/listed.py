"""Executions as a list shows them: read as tuples, each with whose it is and who saw to it.

They are called as on the model, which takes ten times as long to make.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.rows_by_key import rows_by_key
from scheduler.history.statements import as_instant
from scheduler.models import Acknowledgement, Execution, Runner, Service


class ListedRunner(NamedTuple):
    """A runner as far as its name tells."""

    runner_id: str
    host: str
    pid: int | None


class ListedExecution(NamedTuple):
    """One attempt; ``duration_us`` is None while it runs."""

    pk: int
    service: Service
    runner: ListedRunner
    acknowledgement: Acknowledgement | None
    run_id: str
    status: Status
    started_at: datetime
    last_attempt_at: datetime
    cycle_start: datetime | None
    duration_us: int | None
    reason: str
    reason_detail: str
    attempts: int
    stable_runner_count: int | None
    assigned_runner_id: str
    late_start_fraction: float | None


_COLUMNS = (
    *("id", "service_id", "runner_id", "acknowledgement_id", "run_id", "status"),
    *("started_at", "last_attempt_at", "cycle_start", "duration_us", "reason", "reason_detail"),
    *("attempts", "stable_runner_count", "assigned_runner_id", "late_start_fraction"),
)


def listed_executions(services: Iterable[Service], keys: Sequence[int]) -> list[ListedExecution]:
    """Those of these primary keys, in their order, but what is gone; all are of these services."""
    rows = {row[0]: row for row in rows_by_key(Execution, _COLUMNS, keys)}
    service_of = {service.pk: service for service in services}
    runner_of = _runners({runner for _, _, runner, *_ in rows.values()})
    action_of = _acknowledgements({action for _, _, _, action, *_ in rows.values()} - {None})

    def listed(row: tuple[Any, ...]) -> ListedExecution:
        pk, service, runner, action, run_id, status, started_at, last_at, cycle_start, *told = row
        return ListedExecution(
            pk,
            service_of[service],
            runner_of[runner],
            action_of.get(action),
            run_id,
            Status(status),
            as_instant(started_at),
            as_instant(last_at),
            cycle_start and as_instant(cycle_start),
            *told,
        )

    return [listed(rows[key]) for key in keys if key in rows]


def _runners(keys: Collection[int]) -> dict[int, ListedRunner]:
    rows = rows_by_key(Runner, ("id", "runner_id", "host", "pid"), keys)
    return {pk: ListedRunner(*told) for pk, *told in rows}


def _acknowledgements(keys: Collection[int]) -> dict[int, Acknowledgement]:
    # Few rows were seen to.
    return Acknowledgement.objects.in_bulk(keys) if keys else {}

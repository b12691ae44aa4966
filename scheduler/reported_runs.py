"""Reported executions into rows: the same facts end in the same row, whatever came first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.claims import note_longest_run, split_reason
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Origin, Runner, Service
from scheduler.reported_types import OUTCOME_UNKNOWN, ConflictingRun, ExecutionReport

# Where two endings of one run are told for one instant, the better-informed one counts.
_RANK = {Status.COMPLETED: 0, Status.ABANDONED: 1, Status.BLOCKED: 2}

_MERGED = (
    "status",
    "started_at",
    "ended_at",
    "reason",
    "reason_detail",
    "first_attempt_at",
    "last_attempt_at",
    "cycle_start",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRuns:
    """How many rows were made or changed, and the stretch of time of which each tells something.

    One that was told before ends with None: until now it was drawn otherwise.
    """

    stored: int
    changed: tuple[tuple[datetime, datetime | None], ...]


def take_executions(
    service: Service,
    runners: dict[str, Runner],
    policies: Callable[[datetime], SchedulingPolicy],
    reports: Sequence[ExecutionReport],
) -> TakenRuns:
    """Merge the reports into the service's rows."""
    run_ids = {one.run_id for one in reports}
    stored = Execution.objects.select_related("runner").filter(service=service, run_id__in=run_ids)
    rows = {row.run_id: row for row in stored}
    new: dict[str, Execution] = {}
    changed: dict[str, Execution] = {}
    for one in reports:
        row = rows.get(one.run_id)
        if row is None:
            row = _row(service, runners[one.runner_id], one)
            rows[one.run_id] = new[one.run_id] = row
        elif row.runner.runner_id != one.runner_id:
            raise ConflictingRun(
                f"Nothing was stored. Run {one.run_id!r} is known as {row.runner.runner_id}'s and "
                f"was reported as {one.runner_id}'s: a run id names one run."
            )
        elif _merge(row, one):
            changed[one.run_id] = row
    for row in rows.values():
        row.cycle_start = policies(row.started_at).cycle_start(row.started_at)
    Execution.objects.bulk_create(
        sorted(new.values(), key=lambda row: (row.started_at, row.run_id))
    )
    updates = [row for run_id, row in changed.items() if run_id not in new]
    Execution.objects.bulk_update(updates, _MERGED)
    made = [*new.values(), *updates]
    told = [(row.started_at, row.ended_at) for row in new.values()]
    told += [(row.started_at, None) for row in updates]
    note_longest_run(
        service,
        max((row.ended_at - row.started_at for row in made if row.ended_at), default=timedelta(0)),
    )
    return TakenRuns(stored=len(made), changed=tuple(told))


def _row(service: Service, runner: Runner, one: ExecutionReport) -> Execution:
    code, detail = split_reason(one.reason)
    return Execution(
        service=service,
        runner=runner,
        run_id=one.run_id,
        status=one.status.value,
        origin=Origin.REPORTED.value,
        started_at=one.started_at,
        ended_at=one.ended_at,
        reason=code,
        reason_detail=detail,
        first_attempt_at=one.started_at,
        last_attempt_at=one.started_at,
    )


def _merge(row: Execution, one: ExecutionReport) -> bool:
    """Add what ``one`` knows to ``row``; True where that changed it.

    The earliest start counts, and of several endings the one with the earliest end.
    """
    code, detail = split_reason(one.reason)
    told = (one.status.value, one.ended_at, code, detail)
    before = (row.status, row.ended_at, row.reason, row.reason_detail, row.started_at)
    if _precedence(*told) < _precedence(row.status, row.ended_at, row.reason, row.reason_detail):
        row.status, row.ended_at, row.reason, row.reason_detail = told
    if one.started_at < row.started_at:
        row.started_at = row.first_attempt_at = row.last_attempt_at = one.started_at
    return before != (row.status, row.ended_at, row.reason, row.reason_detail, row.started_at)


def _precedence(
    status: str, ended_at: datetime | None, reason: str, detail: str
) -> tuple[bool, bool, float, int, bool, str, str]:
    """Endings before running, told ones before guessed ones, the earliest first; a reason before
    none."""
    rank = _RANK.get(Status(status), len(_RANK))
    end = ended_at.timestamp() if ended_at else 0.0
    return (ended_at is None, reason == OUTCOME_UNKNOWN, end, rank, not reason, reason, detail)

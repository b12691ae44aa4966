"""Reported executions into rows: the same facts end in the same row, whatever came first."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import bulk
from scheduler.door import split_reason
from scheduler.intake.claims import note_longest_run
from scheduler.intake.reported_types import ConflictingRun, ExecutionReport
from scheduler.models import Execution, Origin, Runner, Service

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
# What a new row gives, in order.
_COLUMNS = (
    "service_id",
    "runner_id",
    "run_id",
    "status",
    "origin",
    "started_at",
    "ended_at",
    "reason",
    "reason_detail",
    "attempts",
    "first_attempt_at",
    "last_attempt_at",
    "cycle_start",
    "assigned_runner_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRuns:
    """How many rows were made or changed, and the interval of which each tells something.

    One that was told before ends with None: until now it was drawn otherwise.
    """

    stored: int
    changed: tuple[tuple[datetime, datetime | None], ...]


@dataclass(slots=True, kw_only=True)
class _Run:
    """What is known of one run; ``key`` is its row's, where it has one."""

    key: int | None
    runner_id: str
    run_id: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    reason: str
    reason_detail: str


def take_executions(
    service: Service,
    runners: dict[str, Runner],
    policies: Callable[[datetime], SchedulingPolicy],
    reports: Sequence[ExecutionReport],
) -> TakenRuns:
    """Merge the reports into the service's rows."""
    runs = _stored_runs(service, {one.run_id for one in reports})
    made: dict[str, _Run] = {}
    for one in reports:
        run = runs.get(one.run_id)
        if run is None:
            runs[one.run_id] = made[one.run_id] = _new_run(one)
        elif run.runner_id != one.runner_id:
            raise ConflictingRun(
                f"Nothing was stored. Run {one.run_id!r} is known as {run.runner_id}'s and "
                f"was reported as {one.runner_id}'s: a run id names one run."
            )
        elif _merge(run, one):
            made[one.run_id] = run
    new = [run for run in made.values() if run.key is None]
    changed = [run for run in made.values() if run.key is not None]
    _insert(service, runners, policies, new)
    _update(policies, changed)
    told = [(run.started_at, run.ended_at) for run in new]
    told += [(run.started_at, None) for run in changed]
    note_longest_run(
        service,
        max(
            (run.ended_at - run.started_at for run in made.values() if run.ended_at),
            default=timedelta(0),
        ),
    )
    return TakenRuns(stored=len(made), changed=tuple(told))


def _stored_runs(service: Service, run_ids: Collection[str]) -> dict[str, _Run]:
    rows = Execution.objects.filter(service=service, run_id__in=run_ids).values(
        *("run_id", "status", "started_at", "ended_at", "reason", "reason_detail"),
        key=F("pk"),
        told_of=F("runner__runner_id"),
    )
    return {row["run_id"]: _Run(runner_id=row.pop("told_of"), **row) for row in rows}


def _new_run(one: ExecutionReport) -> _Run:
    code, detail = split_reason(one.reason)
    return _Run(
        key=None,
        runner_id=one.runner_id,
        run_id=one.run_id,
        status=one.status.value,
        started_at=one.started_at,
        ended_at=one.ended_at,
        reason=code,
        reason_detail=detail,
    )


def _insert(
    service: Service,
    runners: dict[str, Runner],
    policies: Callable[[datetime], SchedulingPolicy],
    runs: Sequence[_Run],
) -> None:
    """In bulk: a model for each row would take several times as long as the database itself."""
    if not runs:
        return
    written = bulk.writer()
    rows = []
    for run in sorted(runs, key=lambda run: (run.started_at, run.run_id)):
        started_at = written(run.started_at)
        rows.append(
            (
                service.pk,
                runners[run.runner_id].pk,
                run.run_id,
                run.status,
                Origin.REPORTED.value,
                started_at,
                written(run.ended_at) if run.ended_at else None,
                run.reason,
                run.reason_detail,
                1,
                started_at,
                started_at,
                written(policies(run.started_at).cycle_start(run.started_at)),
                "",
            )
        )
    bulk.insert(Execution, _COLUMNS, rows)


def _update(policies: Callable[[datetime], SchedulingPolicy], runs: Iterable[_Run]) -> None:
    Execution.objects.bulk_update(
        [
            Execution(
                pk=run.key,
                status=run.status,
                started_at=run.started_at,
                ended_at=run.ended_at,
                reason=run.reason,
                reason_detail=run.reason_detail,
                first_attempt_at=run.started_at,
                last_attempt_at=run.started_at,
                cycle_start=policies(run.started_at).cycle_start(run.started_at),
            )
            for run in runs
        ],
        _MERGED,
    )


def _merge(run: _Run, one: ExecutionReport) -> bool:
    """Add what ``one`` knows to ``run``; True where that changed it.

    The earliest start counts, and of several endings the one with the earliest end.
    """
    code, detail = split_reason(one.reason)
    told = (one.status.value, one.ended_at, code, detail)
    before = (run.status, run.ended_at, run.reason, run.reason_detail, run.started_at)
    if _precedence(*told) < _precedence(run.status, run.ended_at, run.reason, run.reason_detail):
        run.status, run.ended_at, run.reason, run.reason_detail = told
    run.started_at = min(run.started_at, one.started_at)
    return before != (run.status, run.ended_at, run.reason, run.reason_detail, run.started_at)


def _precedence(
    status: str, ended_at: datetime | None, reason: str, detail: str
) -> tuple[bool, bool, float, int, bool, str, str]:
    """Endings before running, told ones before guessed ones, the earliest first; a reason before
    none."""
    rank = _RANK.get(Status(status), len(_RANK))
    end = ended_at.timestamp() if ended_at else 0.0
    return (
        ended_at is None,
        reason == EndReason.OUTCOME_UNKNOWN,
        end,
        rank,
        not reason,
        reason,
        detail,
    )

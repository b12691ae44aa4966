"""Reported executions into rows: the same facts end in the same row, whatever came first."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import bulk
from scheduler.door import split_reason
from scheduler.intake.attempt_rows import COLUMNS
from scheduler.intake.claims import note_longest_run
from scheduler.intake.reported_types import ConflictingRun, ExecutionReport
from scheduler.models import Execution, Origin, Runner, Service

# Where two endings of one run are told for one instant, the better-informed one counts.
_RANK = {Status.COMPLETED: 0, Status.ABANDONED: 1, Status.BLOCKED: 2}

_MERGED = (
    *("status", "started_at", "ended_at", "reason", "reason_detail"),
    *("first_attempt_at", "last_attempt_at", "cycle_start"),
)
# Of what a claim decides, a report tells nothing: the last of the columns.
_UNTOLD = (None, None, None, None, "", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRuns:
    """How many rows were made or changed, and the interval of which each tells something.

    One that was told before ends with None: until now it was drawn otherwise.
    """

    stored: int
    changed: tuple[tuple[datetime, datetime | None], ...]


class _Ending(NamedTuple):
    """What became of a run, as far as is known."""

    status: str
    ended_at: datetime | None
    reason: str
    reason_detail: str


@dataclass(slots=True, kw_only=True)
class _Run:
    """What is known of one run; ``key`` is its row's, where it has one."""

    key: int | None
    runner_id: str
    run_id: str
    started_at: datetime
    ending: _Ending


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
            # Within the transaction: what was taken of the batch before goes back.
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
    told = [(run.started_at, run.ending.ended_at) for run in new]
    told += [(run.started_at, None) for run in changed]
    note_longest_run(
        service,
        max(
            (run.ending.ended_at - run.started_at for run in made.values() if run.ending.ended_at),
            default=timedelta(0),
        ),
    )
    return TakenRuns(stored=len(made), changed=tuple(told))


def _stored_runs(service: Service, run_ids: Collection[str]) -> dict[str, _Run]:
    rows = Execution.objects.filter(service=service, run_id__in=run_ids).values_list(
        "pk", "runner__runner_id", "run_id", "started_at", *_Ending._fields
    )
    return {
        run_id: _Run(
            key=key,
            runner_id=runner_id,
            run_id=run_id,
            started_at=started_at,
            ending=_Ending._make(ending),
        )
        for key, runner_id, run_id, started_at, *ending in rows
    }


def _new_run(one: ExecutionReport) -> _Run:
    return _Run(
        key=None,
        runner_id=one.runner_id,
        run_id=one.run_id,
        started_at=one.started_at,
        ending=_ending(one),
    )


def _ending(one: ExecutionReport) -> _Ending:
    return _Ending(one.status.value, one.ended_at, *split_reason(one.reason))


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
    # In order of time, whatever the batch's order: the rows get their ids by it.
    for run in sorted(runs, key=lambda run: (run.started_at, run.run_id)):
        status, ended_at, *reason = run.ending
        started_at = written(run.started_at)
        cycle_start = policies(run.started_at).cycle_start(run.started_at)
        rows.append(
            (
                service.pk,
                runners[run.runner_id].pk,
                run.run_id,
                status,
                Origin.REPORTED.value,
                started_at,
                written(ended_at) if ended_at else None,
                *reason,
                1,
                started_at,
                started_at,
                written(cycle_start),
                *_UNTOLD,
            )
        )
    bulk.insert(Execution, COLUMNS, rows)


def _update(policies: Callable[[datetime], SchedulingPolicy], runs: Iterable[_Run]) -> None:
    Execution.objects.bulk_update(
        [
            Execution(
                pk=run.key,
                started_at=run.started_at,
                first_attempt_at=run.started_at,
                last_attempt_at=run.started_at,
                cycle_start=policies(run.started_at).cycle_start(run.started_at),
                **run.ending._asdict(),
            )
            for run in runs
        ],
        _MERGED,
    )


def _merge(run: _Run, one: ExecutionReport) -> bool:
    """Add what ``one`` knows to ``run``; True where that changed it.

    The earliest start counts, and of several endings the one with the earliest end.
    """
    # A total order, so that the same reports end in the same row in any sequence.
    ending = min(run.ending, _ending(one), key=_precedence)
    started_at = min(run.started_at, one.started_at)
    is_changed = (ending, started_at) != (run.ending, run.started_at)
    run.ending, run.started_at = ending, started_at
    return is_changed


def _precedence(ending: _Ending) -> tuple[bool, bool, float, int, bool, str, str]:
    """Endings before running, told ones before guessed ones, the earliest first; a reason before
    none."""
    status, ended_at, reason, detail = ending
    return (
        ended_at is None,
        # What the collector made up gives way to whatever the fleet tells.
        reason == EndReason.OUTCOME_UNKNOWN,
        ended_at.timestamp() if ended_at else 0.0,
        _RANK.get(Status(status), len(_RANK)),
        not reason,
        reason,
        detail,
    )

"""What blocks name beside their own rows: the runs that held the service, and runners."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.judging.prior_runs import PriorRun, prior_run
from scheduler.history.pages import Row
from scheduler.models import DerivedBlock, Execution, Runner, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The run that a block met. ``runner_id`` is empty where nobody knows, ``started_at`` is None
    where the run is not kept (any more)."""

    run_id: str
    runner_id: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRunner:
    host: str
    pid: int | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFacts:
    """By run id, and by runner id."""

    holders: Mapping[str, Holder]
    runners: Mapping[str, KnownRunner]

    def holder_of(self, row: Row) -> Holder | None:
        told = _told_holder(row)
        return None if told is None else self.holders[told.run_id]


def block_facts(service: Service, rows: Sequence[Row]) -> BlockFacts:
    """Two queries, however many rows."""
    told = {each.run_id: each for each in map(_told_holder, rows) if each}
    kept = Execution.objects.filter(service=service, run_id__in=list(told)).values_list(
        "run_id", "runner__runner_id", "started_at"
    )
    # A run that is kept says who and when; another stays as the block told of it.
    told |= {
        run_id: Holder(run_id=run_id, runner_id=runner_id, started_at=started_at)
        for run_id, runner_id, started_at in kept
    }
    return BlockFacts(holders=told, runners=_runners(service, _named(rows, told.values())))


def _told_holder(row: Row) -> Holder | None:
    if isinstance(row, DerivedBlock):
        told = PriorRun(run_id=row.prior_run_id, runner_id="") if row.prior_run_id else None
    else:
        told = prior_run(row)
    if told is None:
        return None
    return Holder(run_id=told.run_id, runner_id=told.runner_id, started_at=None)


def _named(rows: Iterable[Row], holders: Iterable[Holder]) -> set[str]:
    assigned = {row.assigned_runner_id for row in rows if isinstance(row, Execution)}
    return {
        *(row.runner.runner_id for row in rows),
        *filter(None, assigned),
        *(each.runner_id for each in holders if each.runner_id),
    }


def _runners(service: Service, runner_ids: set[str]) -> dict[str, KnownRunner]:
    rows = Runner.objects.filter(service=service, runner_id__in=runner_ids)
    return {
        runner_id: KnownRunner(host=host, pid=pid, first_seen_at=first_seen_at)
        for runner_id, host, pid, first_seen_at in rows.values_list(
            "runner_id", "host", "pid", "first_seen_at"
        )
    }

"""What runners cost the others: starts that were blocked because one of them held the service."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import batched

from scheduler.core.judging.prior_runs import named_in
from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.answers import Answers
from scheduler.fleet.members import RECENT
from scheduler.history.conditions import HAS_REASON
from scheduler.models import DerivedBlock, Execution, Service

# The newest, of each kind: where there are more, who costs most is known long before.
BLOCKS_READ = 10_000
IDS_ASKED = 500
# A page that is looked at asks with every heartbeat; more answers than that nobody waits for.
_LOST: Answers[Counter[str]] = Answers(16)


def lost_starts(service: Service, now: datetime) -> Counter[str]:
    """Blocked attempts and derived blocks of other runners in the last 24 hours, by the runner that
    held the service then; what leaves the day is counted for a minute longer.

    A block names the run that it met, and some name its runner as well; of the others, the run
    tells. What met a run that is not known counts for nobody.
    """
    minute = now.replace(second=0, microsecond=0)
    state = (service.pk, service.revision, service.summary_revision, minute)
    return _LOST.get(state, lambda: _lost_starts(service, minute - RECENT, now))


def _lost_starts(service: Service, since: datetime, now: datetime) -> Counter[str]:
    lost: Counter[str] = Counter()
    # By the run that was met and the runner that met it.
    by_run: Counter[tuple[str, str]] = Counter()
    for detail, runner_id, attempts in _blocks(service, since, now):
        prior = named_in(detail)
        if prior is None:
            continue
        if not prior.runner_id:
            by_run[prior.run_id, runner_id] += attempts
        elif prior.runner_id != runner_id:
            lost[prior.runner_id] += attempts
    by_run.update(_derived_blocks(service, since, now))
    holders = _holders(service, {run_id for run_id, _ in by_run})
    for (run_id, runner_id), number in by_run.items():
        # A runner that asks again while its own run goes on costs nobody a start.
        if (holder := holders.get(run_id, runner_id)) != runner_id:
            lost[holder] += number
    return lost


def _blocks(service: Service, since: datetime, now: datetime) -> Iterable[tuple[str, str, int]]:
    # SQLite takes the index of reasons only where its own condition is written out.
    rows = Execution.objects.filter(
        HAS_REASON,
        service=service,
        reason=BlockReason.PRIOR_RUNNING,
        status=Status.BLOCKED,
        started_at__range=(since, now),
    ).order_by("-started_at", "-id")
    return rows.values_list("reason_detail", "runner__runner_id", "attempts")[:BLOCKS_READ]


def _derived_blocks(service: Service, since: datetime, now: datetime) -> list[tuple[str, str]]:
    rows = DerivedBlock.objects.filter(
        service=service, reason=BlockReason.PRIOR_RUNNING, started_at__range=(since, now)
    ).order_by("-started_at", "-id")
    return list(rows.values_list("prior_run_id", "runner__runner_id")[:BLOCKS_READ])


def _holders(service: Service, run_ids: Iterable[str]) -> dict[str, str]:
    """Whose these runs are, as far as they are known."""
    found: dict[str, str] = {}
    for some in batched(run_ids, IDS_ASKED):
        rows = Execution.objects.filter(service=service, run_id__in=some)
        found.update(rows.values_list("run_id", "runner__runner_id"))
    return found

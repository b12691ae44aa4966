"""What runners cost the others: starts that were blocked because one of them held the service."""

from collections import Counter
from datetime import datetime
from itertools import batched

from scheduler.core.judging.prior_runs import named_in
from scheduler.core.reasons import BlockReason
from scheduler.fleet.members import RECENT
from scheduler.models import DerivedBlock, Execution, Service

# The newest, of each kind: where there are more, who costs most is known long before.
BLOCKS_READ = 10_000
IDS_ASKED = 500


def lost_starts(service: Service, now: datetime) -> Counter[str]:
    """Blocked attempts and derived blocks of the last 24 hours, by the runner that held it then.

    A block names the run that it met, and some name its runner as well; of the others, the run
    tells. What met a run that is not known counts for nobody.
    """
    by_run: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    times = {"started_at__gte": now - RECENT, "started_at__lte": now}
    # Answered by execution_by_reason, and by the same index of the derived.
    blocks = Execution.objects.filter(
        service=service, reason=BlockReason.PRIOR_RUNNING, status="blocked", **times
    ).order_by("-started_at", "-id")
    for detail, attempts in blocks.values_list("reason_detail", "attempts")[:BLOCKS_READ]:
        prior = named_in(detail)
        if prior is not None and prior.runner_id:
            lost[prior.runner_id] += attempts
        elif prior is not None:
            by_run[prior.run_id] += attempts
    derived = DerivedBlock.objects.filter(
        service=service, reason=BlockReason.PRIOR_RUNNING, **times
    ).order_by("-started_at", "-id")
    by_run.update(derived.values_list("prior_run_id", flat=True)[:BLOCKS_READ])
    for run_ids in batched(by_run, IDS_ASKED):
        runs = Execution.objects.filter(service=service, run_id__in=run_ids)
        for run_id, runner_id in runs.values_list("run_id", "runner__runner_id"):
            lost[runner_id] += by_run[run_id]
    return lost

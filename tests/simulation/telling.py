"""A fleet that tells what it did as no fleet should: late, twice, in any order."""

from collections.abc import Sequence
from random import Random

from scheduler import services
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import Service
from scheduler.simulation.database import CHANGED_BY
from scheduler.simulation.observed import ObservedStore, Report


def tell(service: Service, fleet: ObservedStore, *, random: Random) -> None:
    """Report all that the fleet did: out of order, in batches, and some of it more than once."""
    for at, policy in fleet.policy_changes:
        services.change_policy(service, policy, changed_by=CHANGED_BY, now=at)
    repeated = random.sample(fleet.reports, len(fleet.reports) // 10)
    items = [*fleet.reports, *repeated]
    random.shuffle(items)
    while items:
        size = random.randint(1, len(items))
        _report(service, items[:size])
        items = items[size:]


def _report(service: Service, items: Sequence[Report]) -> None:
    report(
        service,
        heartbeats=[each for each in items if isinstance(each, HeartbeatReport)],
        executions=[each for each in items if isinstance(each, ExecutionReport)],
    )

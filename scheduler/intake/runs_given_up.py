"""Runs that were ended as abandoned: whether their runners had died is told by what comes after."""

from collections.abc import Collection
from datetime import datetime

from scheduler.core.instants import seconds_before
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Service


def runs_given_up(
    service: Service,
    runner_keys: Collection[int],
    within_seconds: float,
    first: datetime,
    last: datetime,
) -> list[tuple[datetime, datetime]]:
    """From when until when these runners' runs were that were ended as abandoned up to so long
    before ``first``, and up to ``last``: whether they are heard again tells if they had died."""
    runs = Execution.objects.filter(
        service=service,
        runner__in=runner_keys,
        status=Status.ABANDONED.value,
        ended_at__gte=seconds_before(first, within_seconds),
        ended_at__lte=last,
    )
    return [(start, end) for start, end in runs.values_list("started_at", "ended_at") if end]

"""Where a replay of a cycle steps to: the instants at which something begins, ends or changes."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min

from scheduler.core.instants import MICROSECOND
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Policy, Presence, Service


def event_before(timeline: CycleTimeline) -> datetime | None:
    """The latest event of a cycle before its ``now``; None where there was none."""
    before = (at for at in _known(timeline) if timeline.cycle_start <= at < timeline.now)
    return max(before, default=None)


def _known(timeline: CycleTimeline) -> Iterator[datetime]:
    for each in timeline.executions:
        # Between its first and last attempt, no row dates the repeats of a refusal.
        yield each.first_attempt_at if each.status == Status.BLOCKED else each.started_at
        if each.ended_at is not None and each.status != Status.BLOCKED:
            yield each.ended_at
    # The first one opens with the cycle.
    yield from (each.start for each in timeline.epochs[1:])


def event_after(service: Service, timeline: CycleTimeline) -> datetime | None:
    """The first event of a cycle after its ``now``, which was not known then; None where there is
    none to the end of the cycle."""
    at, end = timeline.now, timeline.cycle_end
    running = [each.execution_id for each in timeline.executions if each.ended_at is None]
    coming = {"started_at__gt": at, "started_at__lt": end}
    rows = Execution.objects.filter(service=service)
    begun = rows.filter(**coming).order_by("started_at").values_list("started_at", flat=True)
    spans = Presence.objects.filter(service=service, eligible=True, expires_at__gte=at)
    policies = Policy.objects.filter(service=service, effective_from__gt=at)
    left = spans.aggregate(at=Min("expires_at"))["at"]
    found = (
        begun.first(),
        rows.filter(pk__in=running, ended_at__gt=at).aggregate(at=Min("ended_at"))["at"]
        if running
        else None,
        spans.filter(**coming).aggregate(at=Min("started_at"))["at"],
        # Alive in its last instant, too: who leaves is gone just after.
        left and left + MICROSECOND,
        policies.aggregate(at=Min("effective_from"))["at"],
    )
    # The first of each kind may lie after the cycle.
    return min((each for each in found if each is not None and at < each < end), default=None)

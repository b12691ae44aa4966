"""Blocks that are too many to be read one by one: what the summaries of their cycles tell."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Sum

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.blocks import only_blocks
from scheduler.history.filters import HistoryFilter
from scheduler.history.summed import first_summed, summed
from scheduler.models import CycleSummary, Service
from scheduler.words.round_steps import RoundSteps


class Counted(NamedTuple):
    """How many blocks began in [start, end)."""

    start: datetime
    end: datetime
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderBlocks:
    """What began in the cycles of [since, until), of all reasons and runners together.

    ``bars`` are in order of time, and none is empty; in the last one newer blocks may go on.
    """

    since: datetime
    until: datetime
    blocks: int
    attempts: int
    bars: tuple[Counted, ...]


def first_told(service: Service, asked: HistoryFilter) -> datetime | None:
    """Since when summaries tell of these blocks; None where they don't: they tell times, and of an
    observed fleet no derived blocks."""
    return first_summed((service,), only_blocks(asked)) if service.is_coordinated else None


def older_blocks(
    service: Service, asked: HistoryFilter, *, before: datetime, steps: RoundSteps
) -> OlderBlocks | None:
    """What began in the cycles before ``before``; None where no summary tells it.

    Args:
        steps: the intervals of the bars.
    """
    told = summed((service,), only_blocks(asked), before=before, steps=steps)
    if told is None:
        return None
    until = told.until[service.pk]
    cycles = CycleSummary.objects.filter(
        service=service, cycle_start__gte=told.since, cycle_start__lt=until
    )
    intervals = list(pairwise(steps.edges))
    bars = tuple(
        Counted(start=start, end=end, blocks=number)
        for (start, end), number in (
            (intervals[each], told.counts[each][Status.BLOCKED]) for each in sorted(told.counts)
        )
        if number
    )
    return OlderBlocks(
        since=told.since,
        until=until,
        blocks=sum(each.blocks for each in bars),
        attempts=cycles.aggregate(total=Sum("blocked"))["total"],
        bars=bars,
    )

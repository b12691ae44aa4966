"""Blocks that are too many to be read one by one: what the summaries of their cycles tell."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Sum

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.blocks import newest_blocks, only_blocks
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
    """What is asked for and began in [since, until), of all reasons and runners together: as the
    summaries of its cycles tell it, with what few blocks there are before the first of them.

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
    if not service.is_coordinated:
        return None
    first = first_summed((service,), only_blocks(asked))
    # Of pruned cycles the summaries are kept, and no list has their blocks.
    return max(filter(None, (first, service.pruned_until))) if first else None


def older_blocks(
    service: Service, asked: HistoryFilter, *, before: datetime, now: datetime, steps: RoundSteps
) -> OlderBlocks | None:
    """What began in the cycles before ``before``; None where the summaries don't tell all of it.

    Args:
        steps: the intervals of the bars.
    """
    kept = max(filter(None, (asked.since, service.pruned_until)), default=None)
    told = summed((service,), only_blocks(replace(asked, since=kept)), before=before, steps=steps)
    if told is None:
        return None
    until = told.until[service.pk]
    # The present cycle has no summary, nor has what the worker has not come to yet.
    if service.summarised_until is None or service.summarised_until < until:
        return None
    # A range may begin within a cycle, and the summaries after the first blocks.
    first = newest_blocks(service, replace(asked, until=told.since), now=now)
    if first.since is not None:
        return None
    counts = Counter({number: each[Status.BLOCKED] for number, each in told.counts.items()})
    counts.update(steps.number(row.started_at) for row in first.rows)
    cycles = CycleSummary.objects.filter(
        service=service, cycle_start__gte=told.since, cycle_start__lt=until
    )
    intervals = list(pairwise(steps.edges))
    bars = tuple(
        Counted(start=start, end=end, blocks=number)
        for (start, end), number in ((intervals[each], counts[each]) for each in sorted(counts))
        if number
    )
    return OlderBlocks(
        since=min((told.since, *(row.started_at for row in first.rows))),
        until=until,
        blocks=sum(each.blocks for each in bars),
        attempts=cycles.aggregate(total=Sum("blocked"))["total"]
        + sum(row.attempts for row in first.rows),
        bars=bars,
    )

"""What began in cycles that are over, counted from their summaries: long ranges at little cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    ExpressionWrapper,
    F,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from scheduler.core.instants import MICROSECOND
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import HistoryFilter
from scheduler.models import CycleSummary, Service
from scheduler.models.lengths import Microseconds
from scheduler.policies import policy_at
from scheduler.words.round_steps import EvenSteps, RoundSteps

# SQLite takes no condition of more than a thousand parts.
SERVICES_AT_ONCE = 500
# The fields of a filter that summaries tell apart: times and statuses, and no more.
KNOWN = frozenset(("since", "until", "statuses"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """How many executions of each status began in each interval, by its number. They are
    told from `since` on; of each service (its primary key) `until` its own."""

    counts: Mapping[int, Counter[Status]]
    since: datetime
    until: Mapping[int, datetime]


def can_be_summed(asked: HistoryFilter) -> bool:
    """Whether summaries know what is asked."""
    return asked.set_fields <= KNOWN


def first_summed(services: Sequence[Service], asked: HistoryFilter) -> datetime | None:
    """When the first cycle of any of these began whose summary tells what is asked."""
    if not can_be_summed(asked):
        return None
    firsts = map(CycleSummary.first_start, services)
    return min((first for first in firsts if first is not None), default=None)


def summed(
    services: Sequence[Service],
    asked: HistoryFilter,
    *,
    before: datetime,
    steps: RoundSteps,
) -> Summed | None:
    """Counts of the cycles that began before ``before``; None where no summary tells them.

    Args:
        steps: the intervals that are counted in.
    """
    if not can_be_summed(asked):
        return None
    # A summary is of a whole cycle: each service is counted up to an edge of its own.
    until = {service.pk: _first_start(service, before) for service in services}
    counts: dict[int, Counter[Status]] = {}
    firsts: list[datetime] = []
    for some in batched(until.items(), SERVICES_AT_ONCE):
        for number, *totals, first in _summed_of(some, asked, steps):
            counts.setdefault(number, Counter()).update(_counts(asked, *totals))
            firsts.append(first)
    return Summed(counts=counts, since=min(firsts), until=until) if firsts else None


def _summed_of(
    ends: Sequence[tuple[int, datetime]], asked: HistoryFilter, steps: RoundSteps
) -> QuerySet[CycleSummary, tuple[Any, ...]]:
    """Of some services, each until its end: the number of an interval, totals, the first cycle."""
    of_any = Q()
    for key, end in ends:
        of_any |= Q(service=key, cycle_start__lt=end)
    rows = CycleSummary.objects.filter(of_any)
    if asked.since is not None:
        rows = rows.filter(cycle_start__gte=asked.since)
    return (
        rows.order_by()
        .annotate(number=_number(steps))
        .values_list("number")
        .annotate(*map(Sum, ("started", "completed", "abandoned", "block_count")))
        .annotate(Min("cycle_start"))
    )


def _number(steps: RoundSteps) -> Combinable:
    """The number of the step that a cycle begins in, worked out by the database."""
    # Steps are equal but where clocks are changed, so there are few of these.
    *others, last = steps.even()
    if not others:
        return _number_in(last)
    ends = (each.start for each in (*others[1:], last))
    return Case(
        *(
            When(cycle_start__lt=end, then=_number_in(each))
            for each, end in zip(others, ends, strict=True)
        ),
        default=_number_in(last),
        output_field=BigIntegerField(),
    )


def _number_in(even: EvenSteps) -> Combinable:
    number = Microseconds(Value(even.start), F("cycle_start")) / Value(even.length // MICROSECOND)
    return ExpressionWrapper(Value(even.number) + number, output_field=BigIntegerField())


def _first_start(service: Service, at: datetime) -> datetime:
    """When the first cycle begins that does so at an instant or after it."""
    policy = policy_at(service, at)
    start = policy.cycle_start(at)
    return start if start == at else policy.cycle_end(start)


def _counts(
    asked: HistoryFilter, started: int, completed: int, abandoned: int, blocks: int
) -> Counter[Status]:
    every = {
        # True as of now: when a run ends later, its cycle is summed up anew.
        Status.RUNNING: started - completed - abandoned,
        Status.COMPLETED: completed,
        Status.ABANDONED: abandoned,
        Status.BLOCKED: blocks,
    }
    wanted = asked.statuses or tuple(every)
    return Counter({status: number for status, number in every.items() if status in wanted})

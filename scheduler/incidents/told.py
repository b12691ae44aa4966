"""What each cycle tells of incidents, read from the summaries: a few cycles at first, then more."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from scheduler.core.judging.outcomes import judge_cycle
from scheduler.cycles.loading import load_cycles
from scheduler.cycles.spans import spans_over
from scheduler.cycles.summary_json import incident_from_json
from scheduler.incidents.merging import ABOUT_RUNS, Told, is_same
from scheduler.models import CycleSummary, Service
from scheduler.policies import policy_revisions

# Cycles with incidents that are looked at, the latest ones: a day of one-minute cycles, and more.
CYCLES_READ = 2_000
# How far an incident is followed, and how many cycles are read at first: most touch one or two.
CYCLES_FOLLOWED = 50_000
_FIRST_READ = 20
# Cycles that are over and that nobody has summed up yet: a worker is late by one or two.
_CYCLES_JUDGED = 12


class _Row(NamedTuple):
    """A cycle with incidents, as it is stored."""

    service_id: int
    cycle_start: datetime
    cycle_end: datetime
    incidents: list[dict[str, Any]]

    def told(self) -> list[Told]:
        found = map(incident_from_json, self.incidents)
        return [Told(self.cycle_start, self.cycle_end, each) for each in found]


def troubled(services: Sequence[Service], since: datetime, until: datetime) -> Iterable[_Row]:
    rows = (
        CycleSummary.objects.filter(
            service__in=services,
            incident_count__gt=0,
            cycle_start__gte=since,
            cycle_start__lt=until,
        )
        .order_by("-cycle_start")
        .values_list(*_Row._fields)[:CYCLES_READ]
    )
    return [_Row._make(row) for row in reversed(rows)]


def began_before(told: Sequence[Told], since: datetime) -> bool:
    """Whether one of these may have begun in an earlier cycle than the first that was read."""
    first = told[0]
    length = first.cycle_end - first.cycle_start
    # Nothing that was read is earlier: the cycle before it may tell the same.
    if first.cycle_start < since + length:
        return True
    return any(each.incident.start < first.cycle_start for each in told)


def told_before(
    service: Service, told: Sequence[Told], start: datetime, *, now: datetime | None = None
) -> tuple[list[Told], datetime | None]:
    """What the cycles before ``start`` tell of these, back to where nothing is told of any; and
    the cycle at which the looking ended, where they may have begun before it."""
    followed = [each for each in told if _reaches_back(each, start)]
    if not followed:
        return [], None
    found: list[list[Told]] = []
    for cycle in _cycles_before(service, start, now):
        same = [each for each in cycle if any(is_same(each, known) for known in followed)]
        # A calm cycle lies between: what is told before it is another thing.
        if not same or cycle[0].cycle_end < start:
            break
        found.append(same)
        followed, start = same, cycle[0].cycle_start
    cut = start if len(found) >= CYCLES_FOLLOWED else None
    return [each for cycle in reversed(found) for each in cycle], cut


def _reaches_back(told: Told, start: datetime) -> bool:
    if told.incident.kind in ABOUT_RUNS:
        return told.incident.start < start
    return told.cycle_start <= start


def told_after(service: Service, told: Sequence[Told], end: datetime) -> list[Told]:
    """The same of the cycles from ``end`` on."""
    followed, found = list(told), []
    rows = CycleSummary.objects.filter(service=service, incident_count__gt=0, cycle_start__gte=end)
    for row in _in_growing_parts(rows, "cycle_start", "gt"):
        same = [each for each in row.told() if any(is_same(known, each) for known in followed)]
        if not same or row.cycle_start > end:
            break
        found += same
        followed, end = same, row.cycle_end
    return found


def _cycles_before(service: Service, start: datetime, now: datetime | None) -> Iterator[list[Told]]:
    """What each cycle with incidents tells, the latest first."""
    # The worker may be a cycle or two behind the page: what it still owes is judged here.
    if now is not None and service.summarised_until is not None:
        yield from reversed(_not_summed_up(service, service.summarised_until, start, now))
    rows = CycleSummary.objects.filter(service=service, incident_count__gt=0, cycle_start__lt=start)
    for row in _in_growing_parts(rows, "-cycle_start", "lt"):
        yield row.told()


def _not_summed_up(
    service: Service, since: datetime, until: datetime, now: datetime
) -> list[list[Told]]:
    if since >= until:
        return []
    policies = policy_revisions(service)
    spans = spans_over(policies, since, until=until, at_most=_CYCLES_JUDGED)
    judged = (
        (timeline, judge_cycle(timeline).incidents)
        for timeline in load_cycles(service, policies, spans, now=now)
    )
    return [
        [Told(timeline.cycle_start, timeline.cycle_end, each) for each in incidents]
        for timeline, incidents in judged
        if incidents
    ]


def _in_growing_parts(rows: QuerySet[CycleSummary], order: str, beyond: str) -> Iterator[_Row]:
    """The rows in this order, of which a few are read first, and then more and more at once, each
    time those that lie ``beyond`` (``lt``, ``gt``) the last."""
    read, size = 0, _FIRST_READ
    while read < CYCLES_FOLLOWED:
        size = min(size, CYCLES_FOLLOWED - read)
        part = [_Row._make(row) for row in rows.order_by(order).values_list(*_Row._fields)[:size]]
        yield from part
        if len(part) < size:
            return
        rows = rows.filter(**{f"cycle_start__{beyond}": part[-1].cycle_start})
        # Fourfold: one short statement for most incidents, and few for an outage of days.
        read, size = read + size, size * 4

"""The incidents of a stretch of time: what several cycles tell of one thing is one line.

A summary knows its own cycle alone. So wherever an incident is shown, what the cycles before and
after tell of it is read as well, as far as it goes: it has one onset, one length and one cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from django.db.models import QuerySet

from scheduler.core.incidents import Incident, IncidentKind
from scheduler.core.incidents.kinds import overlapped, slots_of, unserved
from scheduler.core.outcomes import judge_cycle
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.loading import load_cycles, policy_revisions, spans_over
from scheduler.cycles.summary_json import incident_from_json
from scheduler.cycles.watching import watch_of
from scheduler.fleet.members import live_members
from scheduler.models import CycleSummary, Execution, Service
from scheduler.policies import policy_at

# Cycles with incidents that are looked at, the latest ones: a day of one-minute cycles, and more.
CYCLES_READ = 2_000
# How far an incident is followed, and how many cycles are read at first: most touch one or two.
CYCLES_FOLLOWED = 50_000
_FIRST_READ = 20
# So many answers are kept in memory, each as small as what a page shows of it.
WHOLE_KEPT = 64
# Cycles that are over and that nobody has summed up yet: a worker is late by one or two.
_CYCLES_JUDGED = 12

# A run that is held too long is a stuck one until its runner falls silent.
_OVERDUE = frozenset({IncidentKind.DEAD_HOLDER, IncidentKind.STUCK_RUN})
# These are about runs, and told with the same runs in every cycle that they touch.
_ABOUT_RUNS = _OVERDUE | {IncidentKind.OVERLAP, IncidentKind.RUN_OUTSIDE_SLOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIncident:
    """One thing that went wrong, over ``cycles`` cycles from ``first_cycle`` to ``last_cycle``
    (their starts). ``incident`` has it from its first instant to its last, with all that it cost
    and the sentence of its last cycle, which counts the slots of all."""

    incident: Incident
    first_cycle: datetime
    last_cycle: datetime
    cycles: int


class _Told(NamedTuple):
    """One incident as one cycle tells it."""

    cycle_start: datetime
    cycle_end: datetime
    incident: Incident


# What `_kept_whole` has found, the oldest first.
FOUND_WHOLE: dict[object, tuple["ServiceIncident", ...]] = {}
_WHOLE_LOCK = Lock()


class _Row(NamedTuple):
    """A cycle with incidents, as it is stored."""

    service_id: int
    cycle_start: datetime
    cycle_end: datetime
    incidents: list[dict[str, Any]]

    def told(self) -> list[_Told]:
        found = map(incident_from_json, self.incidents)
        return [_Told(self.cycle_start, self.cycle_end, each) for each in found]


def service_incidents(
    service: Service, *, since: datetime, until: datetime, now: datetime | None = None
) -> tuple[ServiceIncident, ...]:
    """What went wrong in the cycles that are over and began in ``[since, until)``: what goes on
    (at ``now``, or at ``until``) first, then the latest. What began before is told as a whole."""
    return incidents_by_service([service], since=since, until=until, now=now)[service.pk]


def incidents_by_service(
    services: Sequence[Service], *, since: datetime, until: datetime, now: datetime | None = None
) -> Mapping[int, tuple[ServiceIncident, ...]]:
    """`service_incidents` of many services, by primary key, in one query where none began before
    ``since`` and none is known to go on."""
    told: defaultdict[int, list[_Told]] = defaultdict(list)
    for row in _troubled(services, since, until):
        told[row.service_id] += row.told()
    found = {}
    for service in services:
        mine = told[service.pk]
        whole = _kept_whole(service, mine) if mine and _began_before(mine, since) else _merged(mine)
        found[service.pk] = _as_known(service, whole, now or until)
    return found


def _kept_whole(service: Service, told: Sequence[_Told]) -> tuple[ServiceIncident, ...]:
    """These with what the cycles before tell of them: found once for each state of the summaries,
    for a page asks every few seconds, and an outage of days is told by thousands of cycles."""
    # All but the times by which what goes on is counted, which come later.
    state = (service.pk, service.summary_revision, tuple(told))
    if (kept := FOUND_WHOLE.get(state)) is None:
        before, cut = _told_before(service, told, told[0].cycle_start)
        kept = _merged([*before, *told], cut)
        with _WHOLE_LOCK:
            while len(FOUND_WHOLE) >= WHOLE_KEPT:
                del FOUND_WHOLE[next(iter(FOUND_WHOLE))]
            FOUND_WHOLE[state] = kept
    return kept


def whole_incidents(
    service: Service, timeline: CycleTimeline, incidents: Sequence[Incident]
) -> tuple[ServiceIncident, ...]:
    """The incidents of one cycle, each with all that other cycles tell of it; in the same order."""
    own = [_Told(timeline.cycle_start, timeline.cycle_end, each) for each in incidents]
    if not own:
        return ()
    return _completed(service, own, timeline.cycle_start, timeline.cycle_end, timeline.now)


def whole_kept(
    service: Service,
    cycle_start: datetime,
    cycle_end: datetime,
    incidents: Sequence[Incident],
    now: datetime,
) -> tuple[ServiceIncident, ...]:
    """The same of a cycle of which only the summary is kept."""
    own = [_Told(cycle_start, cycle_end, each) for each in incidents]
    return _completed(service, own, cycle_start, cycle_end, now) if own else ()


def executions_of(service: Service, run_ids: Iterable[str]) -> dict[str, int]:
    """The primary keys of these runs, by run id."""
    runs = Execution.objects.filter(service=service, run_id__in=set(run_ids))
    return dict(runs.values_list("run_id", "pk"))


def _completed(
    service: Service, own: list[_Told], start: datetime, end: datetime, now: datetime
) -> tuple[ServiceIncident, ...]:
    before, cut = _told_before(service, own, start, now=now)
    # Of a cycle that goes on, none has followed yet.
    after = _told_after(service, own, end) if end <= now else []
    whole = _as_known(service, _merged([*before, *own, *after], cut), now)
    inside = [each for each in whole if each.first_cycle <= start <= each.last_cycle]
    order = {
        kind: rank for rank, kind in enumerate(dict.fromkeys(one.incident.kind for one in own))
    }
    return tuple(
        sorted(
            inside,
            key=lambda each: (
                order.get(each.incident.kind, len(order)),
                each.incident.start,
            ),
        )
    )


def _troubled(services: Sequence[Service], since: datetime, until: datetime) -> Iterable[_Row]:
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


def _began_before(told: Sequence[_Told], since: datetime) -> bool:
    """Whether one of these may have begun in an earlier cycle than the first that was read."""
    first = told[0]
    length = first.cycle_end - first.cycle_start
    if first.cycle_start < since + length:
        return True
    return any(each.incident.start < first.cycle_start for each in told)


def _told_before(
    service: Service, told: Sequence[_Told], start: datetime, *, now: datetime | None = None
) -> tuple[list[_Told], datetime | None]:
    """What the cycles before ``start`` tell of these, back to where nothing is told of any; and
    the cycle at which the looking ended, where they may have begun before it."""
    followed = [each for each in told if _reaches_back(each, start)]
    if not followed:
        return [], None
    found: list[list[_Told]] = []
    for cycle in _cycles_before(service, start, now):
        same = [each for each in cycle if any(_is_same(each, known) for known in followed)]
        if not same or cycle[0].cycle_end < start:
            break
        found.append(same)
        followed, start = same, cycle[0].cycle_start
    cut = start if len(found) >= CYCLES_FOLLOWED else None
    return [each for cycle in reversed(found) for each in cycle], cut


def _reaches_back(told: _Told, start: datetime) -> bool:
    if told.incident.kind in _ABOUT_RUNS:
        return told.incident.start < start
    return told.cycle_start <= start


def _told_after(service: Service, told: Sequence[_Told], end: datetime) -> list[_Told]:
    """The same of the cycles from ``end`` on."""
    followed, found = list(told), []
    rows = CycleSummary.objects.filter(service=service, incident_count__gt=0, cycle_start__gte=end)
    for row in _in_growing_parts(rows, "cycle_start", "gt"):
        same = [each for each in row.told() if any(_is_same(known, each) for known in followed)]
        if not same or row.cycle_start > end:
            break
        found += same
        followed, end = same, row.cycle_end
    return found


def _cycles_before(
    service: Service, start: datetime, now: datetime | None
) -> Iterator[list[_Told]]:
    """What each cycle with incidents tells, the latest first."""
    if now is not None and service.summarised_until is not None:
        yield from reversed(_not_summed_up(service, service.summarised_until, start, now))
    rows = CycleSummary.objects.filter(service=service, incident_count__gt=0, cycle_start__lt=start)
    for row in _in_growing_parts(rows, "-cycle_start", "lt"):
        yield row.told()


def _not_summed_up(
    service: Service, since: datetime, until: datetime, now: datetime
) -> list[list[_Told]]:
    if since >= until:
        return []
    policies = policy_revisions(service)
    spans = spans_over(policies, since, until=until, at_most=_CYCLES_JUDGED)
    judged = (
        (timeline, judge_cycle(timeline).incidents)
        for timeline in load_cycles(service, policies, spans, now=now)
    )
    return [
        [_Told(timeline.cycle_start, timeline.cycle_end, each) for each in incidents]
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
        read, size = read + size, size * 4


def _is_same(earlier: _Told, later: _Told) -> bool:
    """Whether two cycles tell of one thing; for a fleet's, the one follows the other."""
    one, other = earlier.incident, later.incident
    if one.kind is IncidentKind.OVERLAP and other.kind is one.kind:
        return bool(set(one.run_ids) & set(other.run_ids)) and _meet(one, other)
    if one.kind in _ABOUT_RUNS:
        both = {one.kind, other.kind}
        return one.run_ids == other.run_ids and (len(both) == 1 or both <= _OVERDUE)
    if one.kind is not other.kind or earlier.cycle_end < later.cycle_start:
        return False
    return one.kind is not IncidentKind.ALL_WINDOWS_INVALID or _meet(one, other)


def _meet(one: Incident, other: Incident) -> bool:
    """Whether two stretches have an instant in common, or one ends where the other begins."""
    return (one.end is None or one.end >= other.start) and (
        other.end is None or other.end >= one.start
    )


def _merged(told: Iterable[_Told], cut: datetime | None = None) -> tuple[ServiceIncident, ...]:
    """The same thing once; `told` in the order of the cycles. At `cut`, the looking ended."""
    found: list[list[_Told]] = []
    # The latest that was told of each kind, or of each run, and in what.
    latest: dict[object, list[_Told]] = {}
    for one in told:
        keys = _keys(one.incident)
        same = next(
            (group for key in keys if (group := latest.get(key)) and _is_same(group[-1], one)),
            None,
        )
        if same is None:
            same = []
            found.append(same)
        same.append(one)
        latest.update(dict.fromkeys(keys, same))
    whole = (_as_one(each, cut) for each in found)
    return tuple(sorted(whole, key=_going_on_then_latest))


def _keys(incident: Incident) -> list[object]:
    if incident.kind not in _ABOUT_RUNS:
        return [incident.kind]
    kind = "overdue" if incident.kind in _OVERDUE else incident.kind.value
    return [(kind, run_id) for run_id in incident.run_ids] or [kind]


def _as_one(told: Sequence[_Told], cut: datetime | None) -> ServiceIncident:
    """What several cycles tell of one thing, the last of them with the last word."""
    incidents = [one.incident for one in told]
    last = incidents[-1]
    # A stuck run that turned out to be a dead holder's is one since its last heartbeat.
    start = min(each.start for each in incidents if each.kind is last.kind)
    if last.kind is IncidentKind.OVERLAP and last.end is not None:
        # A stretch may go on, by other runs, in a cycle that is not the last to tell of it.
        last = replace(last, end=max(each.end or last.end for each in incidents))
    # It is told with its true start in every cycle: its length so far is that of the last one.
    end = last.end or last.start + timedelta(seconds=last.seconds)
    counts = [each.count for each in incidents]
    ids = (runner_id for each in incidents for runner_id in each.runner_ids)
    runs = tuple(dict.fromkeys(run_id for each in incidents for run_id in each.run_ids))
    is_of_slots = last.kind not in _ABOUT_RUNS | {IncidentKind.ALL_WINDOWS_INVALID}
    whole = replace(
        last,
        start=start,
        seconds=(end - start).total_seconds(),
        runner_ids=tuple(dict.fromkeys(ids)),
        run_ids=runs,
        count=sum(counts) if is_of_slots else max(*counts, len(runs)),
        blocked_attempts=sum(each.blocked_attempts for each in incidents),
        # A run's incidents are told with their true start everywhere.
        began_earlier=last.kind not in _ABOUT_RUNS and told[0].cycle_start == cut,
    )
    return ServiceIncident(
        incident=replace(whole, sentence=_sentence(last, whole)),
        first_cycle=told[0].cycle_start,
        last_cycle=told[-1].cycle_start,
        cycles=len(told),
    )


def _sentence(last: Incident, whole: Incident) -> str:
    """That of the last cycle, with the slots or the runs of all of them."""
    if last.kind is IncidentKind.UNSERVED_SLOTS:
        return unserved(whole.count, whole.runner_ids)
    if last.kind is IncidentKind.SLOT_LOST_TO_MARGIN:
        slots = slots_of(whole.count, whole.runner_ids)
        return last.sentence.replace(slots_of(last.count, last.runner_ids), slots, 1)
    if last.kind is IncidentKind.OVERLAP and whole != last:
        seconds = None if whole.end is None else whole.seconds
        return overlapped(whole.count, whole.runner_ids, seconds)
    return last.sentence


def _as_known(
    service: Service, found: tuple[ServiceIncident, ...], now: datetime
) -> tuple[ServiceIncident, ...]:
    """What goes on is known to do so only while somebody watches; and a fleet without windows goes
    on without them until a runner leaves, whichever cycle was the last to be summed up."""
    if any(_may_go_on(service, each.incident) for each in found) and _has_no_window(service, now):
        found = tuple(
            replace(each, incident=_going_on(each.incident, now))
            if _may_go_on(service, each.incident)
            else each
            for each in found
        )
    if service.is_coordinated or not any(each.incident.goes_on for each in found):
        return found
    watch = watch_of(service, now)
    if watch.is_on:
        return found
    known = (replace(each, incident=_known_until(each.incident, watch.until)) for each in found)
    return tuple(sorted(known, key=_going_on_then_latest))


def _may_go_on(service: Service, incident: Incident) -> bool:
    """Whether it ends only because no later cycle was summed up."""
    until = service.summarised_until
    return (
        incident.kind is IncidentKind.ALL_WINDOWS_INVALID
        and incident.end is not None
        and until is not None
        and incident.end >= until
    )


def _has_no_window(service: Service, now: datetime) -> bool:
    if not watch_of(service, now).is_on:
        return False
    runners = sum(member.eligible for member in live_members(service, now))
    return runners > 0 and policy_at(service, now).capacity(runners).window_seconds == 0


def _going_on(incident: Incident, now: datetime) -> Incident:
    return replace(incident, end=None, seconds=(now - incident.start).total_seconds())


def _known_until(incident: Incident, until: datetime | None) -> Incident:
    if not incident.goes_on:
        return incident
    known = incident.start if until is None else max(until, incident.start)
    seconds = (known - incident.start).total_seconds()
    return replace(incident, known_until=known, seconds=seconds)


def _going_on_then_latest(each: ServiceIncident) -> tuple[bool, float]:
    return each.incident.end is not None, -each.incident.start.timestamp()

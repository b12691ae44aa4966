"""The incidents of a stretch of time: what several cycles tell of one thing is one line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.core.incidents import Incident, IncidentKind
from scheduler.core.incidents.kinds import blocked_meanwhile, slots_of, unserved
from scheduler.models import CycleSummary, Execution, Service
from scheduler.summary_json import incident_from_json

# Cycles with incidents that are looked at, the latest ones: a day of one-minute cycles, and more.
CYCLES_READ = 2_000

# These are about runs, and told with the same runs in every cycle that they touch.
_ABOUT_RUNS = frozenset(
    {
        IncidentKind.OVERLAP,
        IncidentKind.DEAD_HOLDER,
        IncidentKind.STUCK_RUN,
        IncidentKind.RUN_OUTSIDE_SLOT,
    }
)
_ABOUT_THE_PLAN = frozenset({IncidentKind.ALL_WINDOWS_INVALID})


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


def service_incidents(
    service: Service, *, since: datetime, until: datetime
) -> tuple[ServiceIncident, ...]:
    """What went wrong in the cycles that are over and began in ``[since, until)``: what goes on
    first, then the latest."""
    return _merged(_told(_troubled([service], since, until))[service.pk])


def incidents_by_service(
    services: Sequence[Service], *, since: datetime, until: datetime
) -> Mapping[int, tuple[ServiceIncident, ...]]:
    """`service_incidents` of many services, by primary key, in one query."""
    told = _told(_troubled(services, since, until))
    return {service.pk: _merged(told[service.pk]) for service in services}


def executions_of(service: Service, run_ids: Iterable[str]) -> dict[str, int]:
    """The primary keys of these runs, by run id."""
    runs = Execution.objects.filter(service=service, run_id__in=set(run_ids))
    return dict(runs.values_list("run_id", "pk"))


def _troubled(
    services: Sequence[Service], since: datetime, until: datetime
) -> Iterable[tuple[int, datetime, datetime, list[dict[str, Any]]]]:
    rows = (
        CycleSummary.objects.filter(
            service__in=services,
            incident_count__gt=0,
            cycle_start__gte=since,
            cycle_start__lt=until,
        )
        .order_by("-cycle_start")
        .values_list("service_id", "cycle_start", "cycle_end", "incidents")[:CYCLES_READ]
    )
    return reversed(rows)


def _told(
    rows: Iterable[tuple[int, datetime, datetime, list[dict[str, Any]]]],
) -> defaultdict[int, list[_Told]]:
    told: defaultdict[int, list[_Told]] = defaultdict(list)
    for service_id, start, end, kept in rows:
        told[service_id] += [_Told(start, end, incident_from_json(each)) for each in kept]
    return told


def _sentence(last: Incident, whole: Incident) -> str:
    """That of the last cycle, with the slots of all of them."""
    if last.kind is IncidentKind.UNSERVED_SLOTS:
        return unserved(whole.count, whole.runner_ids)
    if last.kind is IncidentKind.SLOT_LOST_TO_MARGIN:
        slots = slots_of(whole.count, whole.runner_ids)
        return last.sentence.replace(slots_of(last.count, last.runner_ids), slots, 1)
    return _without_cost(last)


def _without_cost(incident: Incident) -> str:
    """Its sentence; what one cycle alone cost is no part of what several say together."""
    sentence = incident.sentence
    for is_all in (False, True):
        cost = blocked_meanwhile(incident.blocked_attempts, is_all=is_all)
        sentence = sentence.replace(cost, "") if cost else sentence
    return sentence


def _merged(told: Iterable[_Told]) -> tuple[ServiceIncident, ...]:
    """The same thing once; `told` in the order of the cycles."""
    found: list[list[_Told]] = []
    latest: dict[object, list[_Told]] = {}
    for one in told:
        kind = one.incident.kind
        key = (kind, one.incident.run_ids) if kind in _ABOUT_RUNS else kind
        same = latest.get(key)
        if same and (kind in _ABOUT_RUNS or same[-1].cycle_end >= one.cycle_start):
            same.append(one)
        else:
            latest[key] = [one]
            found.append(latest[key])
    return tuple(sorted(map(_as_one, found), key=_going_on_then_latest))


def _as_one(told: Sequence[_Told]) -> ServiceIncident:
    """What several cycles tell of one thing, the last of them with the last word."""
    incidents = [one.incident for one in told]
    last = incidents[-1]
    start = min(each.start for each in incidents)
    # It is told with its true start in every cycle: its length so far is that of the last one.
    end = last.end or last.start + timedelta(seconds=last.seconds)
    counts = [each.count for each in incidents]
    of_the_fleet = last.kind in _ABOUT_RUNS or last.kind in _ABOUT_THE_PLAN
    ids = (runner_id for each in incidents for runner_id in each.runner_ids)
    whole = replace(
        last,
        start=start,
        seconds=(end - start).total_seconds(),
        runner_ids=tuple(dict.fromkeys(ids)),
        count=max(counts) if of_the_fleet else sum(counts),
        blocked_attempts=sum(each.blocked_attempts for each in incidents),
    )
    return ServiceIncident(
        incident=replace(whole, sentence=_sentence(last, whole)),
        first_cycle=told[0].cycle_start,
        last_cycle=told[-1].cycle_start,
        cycles=len(told),
    )


def _going_on_then_latest(each: ServiceIncident) -> tuple[bool, float]:
    return each.incident.end is not None, -each.incident.start.timestamp()

"""The incidents of an interval: what several cycles tell of one thing is one line.

A summary knows its own cycle alone. So wherever an incident is shown, what the cycles before and
after tell of it is read as well, as far as it goes: it has one onset, one length and one cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.watching import watch_of
from scheduler.db.answers import Answers
from scheduler.fleet.members import live_members
from scheduler.incidents.merging import ServiceIncident, Told, going_on_then_latest, merged
from scheduler.incidents.told import began_before, told_after, told_before, troubled
from scheduler.models import Execution, Service
from scheduler.policies import policy_at

# So many answers are kept in memory, each as small as what a page shows of it.
WHOLE_KEPT = 64
_WHOLE: Answers[tuple[ServiceIncident, ...]] = Answers(WHOLE_KEPT)


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
    told: defaultdict[int, list[Told]] = defaultdict(list)
    for row in troubled(services, since, until):
        told[row.service_id] += row.told()
    found = {}
    for service in services:
        mine = told[service.pk]
        whole = _kept_whole(service, mine) if mine and began_before(mine, since) else merged(mine)
        found[service.pk] = _as_known(service, whole, now or until)
    return found


def _kept_whole(service: Service, told: Sequence[Told]) -> tuple[ServiceIncident, ...]:
    """These with what the cycles before tell of them: found once for each state of the summaries,
    for a page asks every few seconds, and an outage of days is told by thousands of cycles."""
    # All but the times by which what goes on is counted, which come later.
    state = (service.pk, service.summary_revision, tuple(told))
    return _WHOLE.get(state, lambda: _with_earlier(service, told))


def _with_earlier(service: Service, told: Sequence[Told]) -> tuple[ServiceIncident, ...]:
    before, cut = told_before(service, told, told[0].cycle_start)
    return merged([*before, *told], cut)


def whole_incidents(
    service: Service, timeline: CycleTimeline, incidents: Sequence[Incident]
) -> tuple[ServiceIncident, ...]:
    """The incidents of one cycle, each with all that other cycles tell of it; in the same order."""
    own = [Told(timeline.cycle_start, timeline.cycle_end, each) for each in incidents]
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
    own = [Told(cycle_start, cycle_end, each) for each in incidents]
    return _completed(service, own, cycle_start, cycle_end, now) if own else ()


def executions_of(service: Service, run_ids: Iterable[str]) -> dict[str, int]:
    """The primary keys of these runs, by run id."""
    runs = Execution.objects.filter(service=service, run_id__in=set(run_ids))
    return dict(runs.values_list("run_id", "pk"))


def _completed(
    service: Service, own: list[Told], start: datetime, end: datetime, now: datetime
) -> tuple[ServiceIncident, ...]:
    before, cut = told_before(service, own, start, now=now)
    # Of a cycle that goes on, none has followed yet.
    after = told_after(service, own, end) if end <= now else []
    whole = _as_known(service, merged([*before, *own, *after], cut), now)
    inside = [each for each in whole if each.first_cycle <= start <= each.last_cycle]
    # As the cycle lists them, whatever the merging has put first.
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


def _as_known(
    service: Service, found: tuple[ServiceIncident, ...], now: datetime
) -> tuple[ServiceIncident, ...]:
    """What goes on is known to do so only while somebody watches; and a fleet without windows goes
    on without them until a runner leaves, whichever cycle was the last to be summed up."""
    # The last question is put last: it reads the fleet.
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
    return tuple(sorted(known, key=going_on_then_latest))


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

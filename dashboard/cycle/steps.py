"""From cycle to cycle: what `_steps.html` shows."""

from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.cycle.lane_choice import LaneChoice
from dashboard.web.addresses import cycle_address, cycle_url, service_url
from scheduler.core.instants import MICROSECOND
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.first_heard import was_known_before, was_summed_up_before
from scheduler.cycles.spans import cycle_start_at
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSteps:
    """Addresses; empty where there is nothing to lead to. The live page has a ``replay_url``."""

    previous_url: str
    next_url: str
    live_url: str
    replay_url: str = ""


def cycle_steps(
    service: Service, timeline: CycleTimeline, choice: LaneChoice, *, now: datetime, is_live: bool
) -> CycleSteps:
    """The steps of a cycle's page; those to other cycles keep the choice of lanes."""
    # The instant of a replay is none of another cycle, which would refuse it.
    elsewhere = replace(choice, at="").query()
    return CycleSteps(
        previous_url=_previous_url(service, timeline, elsewhere),
        next_url=_next_url(service, timeline, now, elsewhere),
        live_url=service_url(service.slug) + elsewhere,
        replay_url=_replay_url(service, timeline, choice) if is_live else "",
    )


def pruned_steps(
    service: Service, start: datetime, end: datetime, choice: LaneChoice
) -> CycleSteps:
    """Those of a cycle [start, end) that can't be drawn any more: as far as summaries go."""
    # Its executions are gone, so only summaries can tell of the time before; one index answers.
    query, is_first = choice.query(), not was_summed_up_before(service, start)
    return CycleSteps(
        previous_url="" if is_first else _before_url(service, start, query),
        # Unasked: what is pruned was summed up, so it is over and another cycle has begun.
        next_url=cycle_url(service.slug, cycle_start_at(service, end)) + query,
        live_url=service_url(service.slug) + query,
    )


def _before_url(service: Service, start: datetime, query: str) -> str:
    # The instant before it, and not an interval less: another policy may have been in force.
    return cycle_url(service.slug, cycle_start_at(service, start - MICROSECOND)) + query


def _replay_url(service: Service, timeline: CycleTimeline, choice: LaneChoice) -> str:
    """The present cycle as it is known now, to go back in."""
    # The page is kept as well: the replay is to begin with the lanes that are in sight.
    here = choice.query(page=choice.page, at=cycle_address(timeline.now))
    return cycle_url(service.slug, timeline.cycle_start) + here


def _previous_url(service: Service, timeline: CycleTimeline, query: str) -> str:
    """The cycle before this one; empty where nothing is known of that time."""
    start = timeline.cycle_start
    # Whoever was there before this cycle is among its presences, which are read already: in all
    # but the first cycles of a service it saves the queries.
    reaches_back = any(
        each.started_at < start for lane in timeline.lanes for each in lane.presences
    )
    if not (reaches_back or was_known_before(service, start)):
        return ""
    return _before_url(service, start, query)


def _next_url(service: Service, timeline: CycleTimeline, now: datetime, query: str) -> str:
    """The cycle after this one; empty where that has not begun."""
    if timeline.cycle_end > now:
        return ""
    return cycle_url(service.slug, cycle_start_at(service, timeline.cycle_end)) + query

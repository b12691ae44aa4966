"""A cycle as a page sees it: what all of its sections are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dashboard.cycle.chosen_lanes import ChosenLanes, choose_lanes
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.cycle.status import holders_in, next_change_in
from dashboard.text.names import fleet_names
from dashboard.text.service_state import Holder
from dashboard.text.words import TimeWords
from dashboard.timeline.figure import cycle_words
from dashboard.timeline.lane_states import LaneState, lane_states
from scheduler.core.instants import MICROSECOND
from scheduler.core.judging.outcomes import JudgedCycle, judge_cycle
from scheduler.core.timeline import CycleTimeline
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCycle:
    """The cycle of a service, judged; the lanes that were asked for, how each lane stands, and what
    its runners are called. ``at`` is the instant that it is told for, its last one where it is
    over."""

    service: Service
    timeline: CycleTimeline
    judged: JudgedCycle
    at: datetime
    is_over: bool
    next_change_at: datetime | None
    holders: tuple[Holder, ...]
    states: Mapping[str, LaneState]
    chosen: ChosenLanes
    names: Mapping[str, str]
    words: TimeWords


def see_cycle(
    service: Service, timeline: CycleTimeline, choice: LaneChoice, zone: tzinfo
) -> SeenCycle:
    """The cycle as of the ``now`` of its timeline."""
    # The end of a cycle is in the next one: asked there, the plan would tell of a cycle to come.
    at = min(timeline.now, timeline.cycle_end - MICROSECOND)
    # All of them, also those not shown: status, ribbon and log name them, and a name is short only
    # as long as no other runner has the same.
    called = fleet_names(service, tuple(lane.runner_id for lane in timeline.lanes))
    judged = judge_cycle(timeline)
    states = lane_states(timeline, judged)
    owner = timeline.plan.owner_at(at)
    return SeenCycle(
        service=service,
        timeline=timeline,
        judged=judged,
        at=at,
        is_over=timeline.cycle_end <= timeline.now,
        next_change_at=next_change_in(timeline),
        holders=holders_in(timeline),
        states=states,
        chosen=choose_lanes(
            timeline,
            choice,
            states=states,
            owner=owner.runner_id if owner else "",
            addresses=called.addresses,
        ),
        names=called.names,
        words=cycle_words(timeline, zone),
    )

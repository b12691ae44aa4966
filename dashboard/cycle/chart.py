"""The chart on the page of a cycle: the chosen lanes, and all of them in one row beside it."""

from dataclasses import replace

from django.utils import timezone

from dashboard.cycle.lane_choice import LaneChoice
from dashboard.cycle.seen import SeenCycle
from dashboard.timeline.band import Band, band_of
from dashboard.timeline.figure import TimelineChart, timeline_chart


def cycle_chart(seen: SeenCycle, choice: LaneChoice) -> TimelineChart:
    """The chart of the lanes that were asked for."""
    timeline = seen.timeline
    return timeline_chart(
        # The lanes alone: the ribbon of owners always tells of the whole fleet.
        replace(timeline, lanes=seen.chosen.lanes),
        verdicts=seen.judged.verdicts,
        names=seen.names,
        zone=timezone.get_current_timezone(),
        # Zoom survives refreshes, other lanes and the frames of a replay, and not the next cycle.
        revision=f"{seen.service.slug} {timeline.cycle_start.isoformat()}",
        band=_band(seen, choice),
    )


def _band(seen: SeenCycle, choice: LaneChoice) -> Band | None:
    """All lanes, where some are left out; each leads to the page of all lanes that has it."""
    chosen, lanes = seen.chosen, seen.timeline.lanes
    if len(chosen.lanes) == len(lanes):
        return None
    whole = choice.all_lanes(len(lanes))

    def address_of(lane: int) -> str:
        # Of a small fleet nothing has to be said: an empty query still leaves the present one.
        return whole.query(page=lane // choice.page_size + 1) or "?"

    return band_of(lanes, seen.states, seen.names, address_of)

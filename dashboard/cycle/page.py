"""The page of one cycle, composed of its sections: each is made by a builder of its own."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from dashboard.cycle.chart import cycle_chart
from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_bar import LaneBar, lane_bar
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.cycle.replay import Replay
from dashboard.cycle.rules import CycleRules, cycle_rules
from dashboard.cycle.seen import see_cycle
from dashboard.cycle.status import CycleStatus, cycle_status
from dashboard.cycle.steps import CycleSteps, cycle_steps
from dashboard.cycle.tables import CycleTables, cycle_tables
from dashboard.past.section import Past, past_of
from dashboard.timeline.figure import TimelineChart
from dashboard.timeline.legend import LegendItem, legend_of
from dashboard.web.addresses import cycle_history_url, executions_url, runners_url
from dashboard.web.pages import ServicePage, ServiceVisit
from dashboard.web.polling import version_token
from scheduler.core.timeline import CycleTimeline


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclePage(ServicePage):
    """Everything that both forms of the page show. ``known`` goes back with the next poll.

    ``now`` is the present; what is shown is as of the instant of the ``replay``, if that has one.
    ``words`` leave out the date of the cycle's day, ``words_today`` that of today.
    """

    is_live: bool
    is_over: bool
    cycle_start: datetime
    cycle_end: datetime
    next_change_at: datetime | None
    known: str
    status: CycleStatus
    steps: CycleSteps
    history_url: str
    runners_url: str
    executions_url: str
    tables: CycleTables
    rules: CycleRules
    lanes: LaneBar
    jump: JumpForm
    chart: TimelineChart
    legend: tuple[LegendItem, ...]
    past: Past | None
    replay: Replay | None


def cycle_page(
    visit: ServiceVisit, timeline: CycleTimeline, choice: LaneChoice, replay: Replay | None
) -> CyclePage:
    """The page as of the ``now`` of the timeline: in a replay, an instant of the past."""
    service, now = visit.service, visit.now
    # Every cycle's own page has a scrubber, at first without an instant; the live page has none.
    is_live = replay is None
    is_frame = replay is not None and replay.at is not None
    seen = see_cycle(service, timeline, choice, timezone.get_current_timezone())
    chart = cycle_chart(seen, choice)
    return CyclePage(
        # The day of a past cycle is told once, at its head, and not in every row.
        visit=replace(visit, words=seen.words),
        is_live=is_live,
        is_over=seen.is_over,
        cycle_start=timeline.cycle_start,
        cycle_end=timeline.cycle_end,
        # A frame stays as it is: nothing is due in it, and no poll asks for it (data-over).
        next_change_at=None if is_frame else seen.next_change_at,
        known="" if is_frame else version_token(service.revision, seen.next_change_at),
        status=cycle_status(timeline, seen.holders, seen.names, seen.at, seen.words),
        steps=cycle_steps(service, timeline, choice, now=now, is_live=is_live),
        history_url=cycle_history_url(service.slug, timeline.cycle_start),
        runners_url=runners_url(service.slug),
        executions_url=executions_url(service.slug),
        tables=cycle_tables(seen),
        rules=cycle_rules(seen, is_now=not (seen.is_over or is_frame)),
        lanes=lane_bar(choice, seen.chosen, path=visit.request.path, is_over=seen.is_over),
        # The instant of a replay is none of the cycle that is jumped to.
        jump=jump_form(service.slug, replace(choice, at="")),
        chart=chart,
        legend=legend_of(chart.present),
        # It refreshes by itself: only a whole page has it.
        past=None
        if visit.request.htmx
        else past_of(visit, selected=None if is_live else timeline.cycle_start),
        replay=replay,
    )

"""One cycle: the live page of the present one, and the same page frozen for any other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.cycle.before_known import before_known
from dashboard.cycle.chosen_lanes import choose_lanes, troubled_runners
from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_bar import LaneBar, lane_bar
from dashboard.cycle.lane_choice import REPLAY_AT, LaneChoice, lane_choice
from dashboard.cycle.pruned import pruned_cycle
from dashboard.cycle.replay import Replay, replay_instant, replay_of
from dashboard.cycle.status import CycleStatus, cycle_status, holders_in
from dashboard.past.section import Past, past_of
from dashboard.past.views import strip_range
from dashboard.rows.decisions import DecisionTable, decision_table
from dashboard.rows.incidents import CycleIncidentList, cycle_incidents
from dashboard.rows.judgement import Judgement, judgement
from dashboard.rows.log import CycleLog, cycle_log
from dashboard.text.clock_words import warning_sentence
from dashboard.text.names import short_names
from dashboard.text.policy_words import PolicyWords, policy_words
from dashboard.text.watch_words import in_zone
from dashboard.text.words import TimeWords, span
from dashboard.timeline.figure import TimelineChart, cycle_words, timeline_chart
from dashboard.timeline.legend import LegendItem, legend_of
from dashboard.web.addresses import (
    cycle_address,
    cycle_history_url,
    cycle_url,
    executions_url,
    instant_of,
    runners_url,
    service_url,
)
from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import error_page, explained
from dashboard.web.polling import KNOWN, is_current, rendered, unchanged, version_token
from dashboard.web.requests import PageRequest, zone_of_address
from scheduler.core.instants import MICROSECOND
from scheduler.core.outcomes import judge_cycle
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.first_heard import first_heard_at, was_known_before
from scheduler.cycles.kept import kept_cycle
from scheduler.cycles.loading import (
    current_cycle,
    cycle_span_at,
    cycle_start_at,
    load_cycle,
    load_cycle_as_of,
)
from scheduler.cycles.watching import watching_now
from scheduler.db import clock
from scheduler.fleet.clocks import clock_warnings
from scheduler.incidents.whole import whole_incidents
from scheduler.intake.runner_rows import runner_addresses
from scheduler.models import Service
from scheduler.policies import policy_changes
from scheduler.retention.limits import is_pruned
from scheduler.services import get_service

CLOCKS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclePage:
    """Everything that both forms of the page show. ``known`` goes back with the next poll.

    ``now`` is the present; what is shown is as of the instant of the ``replay``, if that has one.
    The live page has none, and leads to one by its ``replay_url``.
    ``words`` leave out the date of the cycle's day, ``words_today`` that of today.
    """

    chrome: Chrome
    slug: str
    name: str
    mode: str
    is_live: bool
    is_over: bool
    now: datetime
    words: TimeWords
    words_today: TimeWords
    cycle_start: datetime
    cycle_end: datetime
    previous_url: str
    next_url: str
    live_url: str
    replay_url: str
    history_url: str
    next_change_at: datetime | None
    known: str
    status: CycleStatus
    decisions: DecisionTable
    log: CycleLog
    judgement: Judgement | None
    incidents: CycleIncidentList
    policy: PolicyWords
    watch_warnings: tuple[str, ...]
    clocks: tuple[str, ...]
    lanes: LaneBar
    jump: JumpForm
    runners_url: str
    executions_url: str
    chart: TimelineChart
    legend: tuple[LegendItem, ...]
    past: Past | None
    replay: Replay | None


@require_safe
@never_cache
@explained
def live(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/: the present cycle."""
    service = get_service(slug)
    choice = lane_choice(request.GET, zone_of_address(request))
    now = clock.now()
    if request.htmx and is_current(request.GET.get(KNOWN, ""), service.revision, now):
        return unchanged(now)
    timeline = current_cycle(service, now=now)
    return _answer(request, service, timeline, choice, now=now, replay=None)


@require_safe
@never_cache
@explained
def past(request: PageRequest, slug: str, cycle_start: str) -> HttpResponse:
    """/s/<slug>/cycles/<cycle_start>/: one cycle, frozen as soon as it is over."""
    service = get_service(slug)
    choice = lane_choice(request.GET, zone_of_address(request))
    at = instant_of(cycle_start)
    if at is None:
        raise WrongChoice(
            f"“{cycle_start}” is not a cycle's start",
            "Write it as 2026-11-24T03:00:00Z: date, T, time, and Z for UTC.",
        )
    now = clock.now()
    if request.htmx and is_current(request.GET.get(KNOWN, ""), service.revision, now):
        return unchanged(now)
    start = cycle_start_at(service, at)
    if start > now:
        return not_begun(request, start, now)
    if start != at and is_pruned(service, at) and kept_cycle(service, at):
        # A cycle that another grid has now.
        start = at
    if cycle_address(start) != cycle_start:
        here = replace(choice, at=request.GET.get(REPLAY_AT, ""))
        return redirect(cycle_url(slug, start) + here.query(page=choice.page))
    if is_pruned(service, start):
        return _pruned(request, service, start, choice, now)
    span = cycle_span_at(service, start)
    shown_at = replay_instant(request.GET, span, now)
    timeline = (
        load_cycle(service, start, now=now)
        if shown_at is None
        else load_cycle_as_of(service, start, at=shown_at)
    )
    if span.end <= now and not timeline.lanes:
        # Before anything is known of it, no instant of it is known either.
        first = first_heard_at(service)
        if first is None or first >= span.end:
            return before_known(request, service, span, choice, first_heard_at=first, now=now)
    # It may have been pruned while it was read.
    if is_pruned(get_service(slug), start):
        return _pruned(request, service, start, choice, now)
    if shown_at is not None:
        choice = replace(choice, at=cycle_address(shown_at))
    bar = replay_of(service, span, timeline, choice, at=shown_at, now=now)
    return _answer(request, service, timeline, choice, now=now, replay=bar)


def _pruned(
    request: PageRequest, service: Service, start: datetime, choice: LaneChoice, now: datetime
) -> HttpResponse:
    return unchanged(now) if request.htmx else pruned_cycle(request, service, start, choice, now)


def not_begun(request: PageRequest, start: datetime, now: datetime) -> HttpResponse:
    """The answer for a cycle that is to come."""
    words = time_words(now)
    return error_page(
        request,
        404,
        "This cycle has not begun",
        f"It begins at {words.full(start)}, in {span(start - now)}. "
        "The live page shows what is planned until then.",
    )


def _answer(
    request: PageRequest,
    service: Service,
    timeline: CycleTimeline,
    choice: LaneChoice,
    *,
    now: datetime,
    replay: Replay | None,
) -> HttpResponse:
    page = _page(request, service, timeline, choice, now=now, replay=replay)
    return rendered(request, "dashboard/cycle/cycle.html", page, now)


def _page(
    request: PageRequest,
    service: Service,
    timeline: CycleTimeline,
    choice: LaneChoice,
    *,
    now: datetime,
    replay: Replay | None,
) -> CyclePage:
    """The page as of the ``now`` of the timeline: in a replay, an instant of the past."""
    is_live = replay is None
    is_frame = replay is not None and replay.at is not None
    elsewhere = replace(choice, at="").query()
    zone = timezone.get_current_timezone()
    words = cycle_words(timeline, zone)
    is_over = timeline.cycle_end <= timeline.now
    at = min(timeline.now, timeline.cycle_end - MICROSECOND)
    holders = holders_in(timeline)
    runner_ids = [lane.runner_id for lane in timeline.lanes]
    addresses = runner_addresses(service, runner_ids)
    names = short_names(runner_ids, addresses)
    judged = judge_cycle(timeline)
    owner = timeline.plan.owner_at(at)
    chosen = choose_lanes(
        timeline,
        choice,
        troubled=troubled_runners(timeline, judged),
        owner=owner.runner_id if owner else "",
        addresses=addresses,
    )
    chart = timeline_chart(
        replace(timeline, lanes=chosen.lanes),
        verdicts=judged.verdicts,
        names=names,
        zone=zone,
        revision=f"{service.slug} {timeline.cycle_start.isoformat()}",
    )
    return CyclePage(
        chrome=chrome_of(request, current_slug=service.slug),
        slug=service.slug,
        name=service.name,
        mode=service.mode,
        is_live=is_live,
        is_over=is_over,
        now=now,
        words=words,
        words_today=time_words(now),
        cycle_start=timeline.cycle_start,
        cycle_end=timeline.cycle_end,
        previous_url=_previous_url(service, timeline, elsewhere),
        next_url=_next_url(service, timeline, now, elsewhere),
        live_url=service_url(service.slug) + elsewhere,
        replay_url=_replay_url(service, timeline, choice) if is_live else "",
        history_url=cycle_history_url(service.slug, timeline.cycle_start),
        next_change_at=None if is_frame else timeline.next_change_at,
        known="" if is_frame else version_token(service.revision, timeline.next_change_at),
        status=cycle_status(timeline, holders, names, at, words),
        decisions=decision_table(
            timeline.plan,
            at=at,
            holder_ids=tuple(each.runner_id for each in holders),
            names=names,
            words=words,
            runner_ids=chosen.runner_ids,
        ),
        log=cycle_log(
            timeline,
            slug=service.slug,
            names=names,
            words=words,
            changes=policy_changes(
                service, [epoch.start for epoch in timeline.epochs if epoch.is_new_policy]
            ),
        ),
        judgement=judgement(judged, names=names, words=words, runner_ids=chosen.runner_ids)
        if is_over
        else None,
        incidents=cycle_incidents(
            timeline,
            whole_incidents(service, timeline, judged.incidents),
            slug=service.slug,
            names=names,
            words=words,
        ),
        policy=policy_words(timeline.plan.policy, len(timeline.plan.runners)),
        # Of these, only what they are now is kept.
        watch_warnings=() if is_over or is_frame else _watch_warnings(service, timeline),
        clocks=() if is_over or is_frame else _clocks(service, timeline, names),
        lanes=lane_bar(choice, chosen, path=request.path, is_over=is_over),
        jump=jump_form(service.slug, replace(choice, at="")),
        runners_url=runners_url(service.slug),
        executions_url=executions_url(service.slug),
        chart=chart,
        legend=legend_of(chart.present),
        past=None if request.htmx else _past(request, service, timeline, now, is_live=is_live),
        replay=replay,
    )


def _clocks(service: Service, timeline: CycleTimeline, names: Mapping[str, str]) -> tuple[str, ...]:
    """Of the clocks that are too far off for the present plan, the worst."""
    plan = timeline.plan
    warned = clock_warnings(service, plan.policy, len(plan.runners), timeline.now)
    return tuple(
        warning_sentence(
            names.get(each.runner.runner_id, each.runner.runner_id),
            each.runner.clock,
            each.warning,
        )
        for each in warned[:CLOCKS_SHOWN]
    )


def _watch_warnings(service: Service, timeline: CycleTimeline) -> tuple[str, ...]:
    """What whoever watches the fleet has to say now."""
    watching = watching_now(service, timeline.now)
    warnings = watching.warnings(timeline.plan.policy) if watching else ()
    return in_zone(warnings, time_words(timeline.now))


def _past(
    request: PageRequest,
    service: Service,
    timeline: CycleTimeline,
    now: datetime,
    *,
    is_live: bool,
) -> Past:
    """The strip and what is below it refresh by themselves: only a whole page has them."""
    return past_of(
        service,
        now=now,
        shown=strip_range(request),
        selected=None if is_live else timeline.cycle_start,
    )


def _replay_url(service: Service, timeline: CycleTimeline, choice: LaneChoice) -> str:
    """The present cycle as it is known now, to go back in."""
    here = choice.query(page=choice.page, at=cycle_address(timeline.now))
    return cycle_url(service.slug, timeline.cycle_start) + here


def _previous_url(service: Service, timeline: CycleTimeline, query: str) -> str:
    """The cycle before this one; empty where nothing is known of that time."""
    start = timeline.cycle_start
    reaches_back = any(
        each.started_at < start for lane in timeline.lanes for each in lane.presences
    )
    if not (reaches_back or was_known_before(service, start)):
        return ""
    return cycle_url(service.slug, cycle_start_at(service, start - MICROSECOND)) + query


def _next_url(service: Service, timeline: CycleTimeline, now: datetime, query: str) -> str:
    """The cycle after this one; empty where that has not begun."""
    if timeline.cycle_end > now:
        return ""
    return cycle_url(service.slug, cycle_start_at(service, timeline.cycle_end)) + query

"""One cycle: the live page of the present one, and the same page frozen for any other."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.cycle.before_known import before_known
from dashboard.cycle.lane_choice import REPLAY_AT, LaneChoice, lane_choice
from dashboard.cycle.page import cycle_page
from dashboard.cycle.pruned import pruned_cycle
from dashboard.cycle.replay import Replay, replay_instant, replay_of
from dashboard.text.words import span
from dashboard.web.addresses import (
    cycle_address,
    cycle_url,
    instant_of,
)
from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import time_words
from dashboard.web.errors import error_page, explained
from dashboard.web.polling import KNOWN, is_current, rendered, unchanged
from dashboard.web.requests import PageRequest, zone_of_address
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.first_heard import first_heard_at
from scheduler.cycles.kept import kept_cycle
from scheduler.cycles.loading import (
    current_cycle,
    cycle_span_at,
    cycle_start_at,
    load_cycle,
    load_cycle_as_of,
)
from scheduler.db import clock
from scheduler.models import Service
from scheduler.retention.limits import is_pruned
from scheduler.services import get_service


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
    page = cycle_page(request, service, timeline, choice, now=now, replay=replay)
    return rendered(request, "dashboard/cycle/cycle.html", page, now)

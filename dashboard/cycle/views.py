"""One cycle: the live page of the present one, and the same page frozen for any other."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect

from dashboard.cycle.before_known import before_known, not_begun
from dashboard.cycle.fragments import TEMPLATE, shown
from dashboard.cycle.lane_choice import REPLAY_AT, LaneChoice, lane_choice
from dashboard.cycle.page import cycle_page
from dashboard.cycle.pruned import pruned_cycle
from dashboard.cycle.replay import replay_instant, replay_of
from dashboard.web.addresses import cycle_address, cycle_url, instant_of
from dashboard.web.choices import WrongChoice
from dashboard.web.pages import ServiceVisit, of_service, rendered
from dashboard.web.polling import unchanged
from dashboard.web.requests import zone_of_address
from scheduler.cycles.first_heard import first_heard_at
from scheduler.cycles.kept import kept_cycle
from scheduler.cycles.known import known_cycle
from scheduler.cycles.loading import load_cycle_as_of
from scheduler.cycles.spans import cycle_span_at, cycle_start_at
from scheduler.known_services import get_service
from scheduler.retention.limits import is_pruned


@of_service
def live(visit: ServiceVisit) -> HttpResponse:
    """/s/<slug>/: the present cycle."""
    request, service, now = visit.request, visit.service, visit.now
    choice = lane_choice(request.GET, zone_of_address(request))
    # Before anything is read: a poll with nothing new costs one query beside the session.
    if visit.knows(service.revision):
        return unchanged(now)
    start = cycle_start_at(service, now)
    return shown(
        visit,
        lambda: cycle_page(visit, known_cycle(service, start, now=now), choice, replay=None),
    )


@of_service
def past(visit: ServiceVisit, cycle_start: str) -> HttpResponse:
    """/s/<slug>/cycles/<cycle_start>/: one cycle, frozen as soon as it is over."""
    request, service, now = visit.request, visit.service, visit.now
    choice = lane_choice(request.GET, zone_of_address(request))
    at = instant_of(cycle_start)
    if at is None:
        raise WrongChoice(
            f"“{cycle_start}” is not a cycle's start",
            "Write it as 2026-11-24T03:00:00Z: date, T, time, and Z for UTC.",
        )
    if visit.knows(service.revision):
        return unchanged(now)
    start = cycle_start_at(service, at)
    # A cycle that has not begun has a plan, and the live page shows it; it has no page of its own.
    if start > now:
        return not_begun(visit, start)
    if start != at and is_pruned(service, at) and kept_cycle(service, at):
        # A cycle that another grid has now.
        start = at
    if cycle_address(start) != cycle_start:
        # One address a cycle. The instant comes along unread: it is checked at that address.
        here = replace(choice, at=request.GET.get(REPLAY_AT, ""))
        return redirect(cycle_url(visit.slug, start) + here.query(page=choice.page))
    if is_pruned(service, start):
        return _pruned(visit, start, choice)
    span = cycle_span_at(service, start)
    shown_at = replay_instant(request.GET, span, now)
    # A frame is read as of its instant: what came later must not show in it.
    timeline = (
        known_cycle(service, start, now=now)
        if shown_at is None
        else load_cycle_as_of(service, start, at=shown_at)
    )
    # A lane shows that somebody was heard; only without any is it worth a query a table to ask.
    if span.end <= now and not timeline.lanes:
        # Before anything is known of it, no instant of it is known either.
        first = first_heard_at(service)
        if first is None or first >= span.end:
            return before_known(visit, span, choice, first_heard_at=first)
    # It may have been pruned while it was read.
    if is_pruned(get_service(visit.slug), start):
        return _pruned(visit, start, choice)
    if shown_at is not None:
        choice = replace(choice, at=cycle_address(shown_at))
    bar = replay_of(service, span, timeline, choice, at=shown_at, now=now)
    return rendered(TEMPLATE, cycle_page(visit, timeline, choice, replay=bar), part="fragment")


def _pruned(visit: ServiceVisit, start: datetime, choice: LaneChoice) -> HttpResponse:
    # A tab that drew the cycle while its rows were kept knows more than the summary, and keeps it.
    return unchanged(visit.now) if visit.request.htmx else pruned_cycle(visit, start, choice)

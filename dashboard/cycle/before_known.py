"""A time before anything was known of the service: no cycle, no policy, no verdict is made up."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_url, service_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.requests import PageRequest
from scheduler.core.timeline import CycleSpan
from scheduler.cycles.loading import cycle_start_at
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeKnownPage:
    """The cycle is the one that was asked for, as the first policy would have it; nothing else is
    told of that policy. ``first_heard_at`` is None where nothing was ever heard of the service, and
    ``next_url`` leads to the first cycle that is known."""

    chrome: Chrome
    name: str
    mode: str
    now: datetime
    words: TimeWords
    cycle_start: datetime
    cycle_end: datetime
    first_heard_at: datetime | None
    next_url: str
    live_url: str
    jump: JumpForm


def before_known(
    request: PageRequest,
    service: Service,
    cycle: CycleSpan,
    choice: LaneChoice,
    *,
    first_heard_at: datetime | None,
    now: datetime,
) -> HttpResponse:
    """The page of a cycle that was over before the first was heard of its service."""
    first = cycle_start_at(service, first_heard_at) if first_heard_at else None
    page = BeforeKnownPage(
        chrome=chrome_of(request, current_slug=service.slug),
        name=service.name,
        mode=service.mode,
        now=now,
        words=time_words(now),
        cycle_start=cycle.start,
        cycle_end=cycle.end,
        first_heard_at=first_heard_at,
        next_url=cycle_url(service.slug, first) + choice.query() if first else "",
        live_url=service_url(service.slug) + choice.query(),
        jump=jump_form(service.slug, choice),
    )
    return render(request, "dashboard/cycle/before_known.html", {"page": page})

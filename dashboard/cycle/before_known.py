"""A time of which nothing is told: before anything was known of the service, where no cycle, no
policy, no verdict is made up; and a cycle that has not begun."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.text.words import span
from dashboard.web.addresses import cycle_url, service_url
from dashboard.web.errors import error_page
from dashboard.web.pages import ServicePage, ServiceVisit, rendered
from scheduler.core.timeline import CycleSpan
from scheduler.cycles.spans import cycle_start_at


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeKnownPage(ServicePage):
    """The cycle is the one that was asked for, as the first policy would have it; nothing else is
    told of that policy. ``first_heard_at`` is None where nothing was ever heard of the service, and
    ``next_url`` leads to the first cycle that is known."""

    cycle_start: datetime
    cycle_end: datetime
    first_heard_at: datetime | None
    next_url: str
    live_url: str
    jump: JumpForm


def before_known(
    visit: ServiceVisit, cycle: CycleSpan, choice: LaneChoice, *, first_heard_at: datetime | None
) -> HttpResponse:
    """The page of a cycle that was over before the first was heard of its service."""
    service = visit.service
    # None where nothing was ever heard of the service: there is no first cycle to lead to.
    first = cycle_start_at(service, first_heard_at) if first_heard_at else None
    # Ways lead to the present and to the first cycle that is known, none further back: there would
    # be only more of this page.
    page = BeforeKnownPage(
        visit=visit,
        cycle_start=cycle.start,
        cycle_end=cycle.end,
        first_heard_at=first_heard_at,
        next_url=cycle_url(service.slug, first) + choice.query() if first else "",
        live_url=service_url(service.slug) + choice.query(),
        jump=jump_form(service.slug, choice),
    )
    return rendered("dashboard/cycle/before_known.html", page)


def not_begun(visit: ServiceVisit, start: datetime) -> HttpResponse:
    """The answer for a cycle that is to come."""
    return error_page(
        visit.request,
        404,
        "This cycle has not begun",
        f"It begins at {visit.words.full(start)}, in {span(start - visit.now)}. "
        "The live page shows what is planned until then.",
    )

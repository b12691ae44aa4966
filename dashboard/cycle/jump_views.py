"""From a time that somebody types to the cycle that holds it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from dashboard.cycle.before_known import not_begun
from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_choice import lane_choice
from dashboard.text.typed_times import FORMS, WrongTime, typed_time
from dashboard.web.addresses import cycle_url
from dashboard.web.pages import ServicePage, ServiceVisit, of_service, rendered
from dashboard.web.requests import zone_of_address
from scheduler.cycles.spans import cycle_start_at

AT = "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpPage(ServicePage):
    """The form by itself, with what was wrong; ``forms`` are the right ones, and their meaning."""

    zone: str
    jump: JumpForm
    forms: tuple[tuple[str, str], ...]


@of_service
def jump(visit: ServiceVisit) -> HttpResponse:
    """/s/<slug>/cycles/?at=: to the cycle at that time."""
    request, service, slug = visit.request, visit.service, visit.slug
    choice = lane_choice(request.GET, zone_of_address(request))
    now, zone = visit.now, timezone.get_current_timezone()
    # Without the parameter it is the form by itself; sent empty, it is a time that is wrong.
    typed = request.GET.get(AT)
    problem = ""
    if typed is not None:
        try:
            start = cycle_start_at(service, typed_time(typed, now=now, zone=zone))
        except WrongTime as wrong:
            problem = str(wrong)
        else:
            # The cycle's page would say the same, a redirect later.
            if start > now:
                return not_begun(visit, start)
            return redirect(cycle_url(slug, start) + choice.query())
    page = JumpPage(
        visit=visit,
        zone=str(zone),
        jump=jump_form(slug, choice, typed=typed or "", problem=problem),
        forms=FORMS,
    )
    return rendered("dashboard/cycle/jump.html", page, status=400 if problem else 200)

"""From a time that somebody types to the cycle that holds it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_choice import lane_choice
from dashboard.cycle.views import not_begun
from dashboard.text.typed_times import FORMS, WrongTime, typed_time
from dashboard.web.addresses import cycle_url
from dashboard.web.chrome import Chrome, chrome_of
from dashboard.web.errors import explained
from dashboard.web.requests import PageRequest, zone_of_address
from scheduler.cycles.loading import cycle_start_at
from scheduler.db import clock
from scheduler.services import get_service

AT = "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpPage:
    """The form by itself, with what was wrong; ``forms`` are the right ones, and their meaning."""

    chrome: Chrome
    name: str
    zone: str
    jump: JumpForm
    forms: tuple[tuple[str, str], ...]


@require_safe
@never_cache
@explained
def jump(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/cycles/?at=: to the cycle at that time."""
    service = get_service(slug)
    choice = lane_choice(request.GET, zone_of_address(request))
    now, zone = clock.now(), timezone.get_current_timezone()
    typed = request.GET.get(AT)
    problem = ""
    if typed is not None:
        try:
            start = cycle_start_at(service, typed_time(typed, now=now, zone=zone))
        except WrongTime as wrong:
            problem = str(wrong)
        else:
            if start > now:
                return not_begun(request, start, now)
            return redirect(cycle_url(slug, start) + choice.query())
    page = JumpPage(
        chrome=chrome_of(request, current_slug=slug),
        name=service.name,
        zone=str(zone),
        jump=jump_form(slug, choice, typed=typed or "", problem=problem),
        forms=FORMS,
    )
    status = 400 if problem else 200
    return render(request, "dashboard/cycle/jump.html", {"page": page}, status=status)

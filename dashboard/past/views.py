"""The past of a service as a fragment: what the pages of its cycles refresh of it."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.past.section import KNOWN_PAST, SELECTED, STRIP, past_of, past_state
from dashboard.past.strip_layout import StripRange
from dashboard.text.typed_times import YEARS
from dashboard.web.choices import WrongChoice
from dashboard.web.errors import explained
from dashboard.web.polling import is_current, stamped, unchanged
from dashboard.web.requests import PageRequest
from scheduler.db import clock
from scheduler.policies import policy_at
from scheduler.services import get_service


@require_safe
@never_cache
@explained
def past(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/past/: the strip and the incidents of the last day or week."""
    service = get_service(slug)
    shown = strip_range(request)
    now = clock.now()
    state = past_state(service, policy_at(service, now), now)
    if is_current(request.GET.get(KNOWN_PAST, ""), state, now):
        return unchanged(now)
    section = past_of(service, now=now, shown=shown, selected=_selected(request))
    return stamped(render(request, "dashboard/past/_past.html", {"past": section}), now)


def strip_range(request: HttpRequest) -> StripRange:
    """What the address asks for: a day where it says nothing.

    Raises:
        WrongChoice: it is neither a day nor a week.
    """
    asked = request.GET.get(STRIP, StripRange.DAY)
    if asked not in set(StripRange):
        raise WrongChoice(
            f"“{asked}” is not a range of the strip",
            "Write strip=24h for a day, or strip=7d for a week.",
        )
    return StripRange(asked)


def _selected(request: HttpRequest) -> datetime | None:
    """The cycle that is marked; an address that was not written by us marks none."""
    try:
        at = datetime.fromisoformat(request.GET.get(SELECTED, ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and at.year in YEARS else None

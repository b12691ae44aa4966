"""The past of a service as a fragment: what the pages of its cycles refresh of it."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.errors import error_page, unknown_service
from dashboard.past import KNOWN_PAST, SELECTED, STRIP, past_of, past_state
from dashboard.polling import is_current, stamped, unchanged
from dashboard.strip import StripRange
from dashboard.typed_times import YEARS
from scheduler import clock
from scheduler.services import UnknownService, get_service, policy_at


@require_safe
@never_cache
def past(request: HttpRequest, slug: str) -> HttpResponse:
    """/s/<slug>/past/: the strip and the incidents of the last day or week."""
    try:
        service = get_service(slug)
    except UnknownService:
        return unknown_service(request, slug)
    shown = strip_range(request)
    if shown is None:
        return bad_range(request)
    now = clock.now()
    state = past_state(service, policy_at(service, now), now)
    if is_current(request.GET.get(KNOWN_PAST, ""), state, now):
        return unchanged(now)
    section = past_of(service, now=now, shown=shown, selected=_selected(request))
    return stamped(render(request, "dashboard/_past.html", {"past": section}), now)


def strip_range(request: HttpRequest) -> StripRange | None:
    """What the address asks for: a day where it says nothing, None where it is neither."""
    asked = request.GET.get(STRIP, StripRange.DAY)
    return StripRange(asked) if asked in set(StripRange) else None


def bad_range(request: HttpRequest) -> HttpResponse:
    """400: which value, and what would be right."""
    return error_page(
        request,
        400,
        f"“{request.GET[STRIP]}” is not a range of the strip",
        "Write strip=24h for a day, or strip=7d for a week.",
    )


def _selected(request: HttpRequest) -> datetime | None:
    """The cycle that is marked; an address that was not written by us marks none."""
    try:
        at = datetime.fromisoformat(request.GET.get(SELECTED, ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and at.year in YEARS else None

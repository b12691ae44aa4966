"""The past of a service as a fragment: what the pages of its cycles refresh of it."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.past.section import KNOWN_PAST, SELECTED, past_of, past_state
from dashboard.text.typed_times import YEARS
from dashboard.web.pages import ServiceVisit, of_service
from dashboard.web.polling import is_current, stamped, unchanged
from scheduler.policies import policy_at


@of_service
def past(visit: ServiceVisit) -> HttpResponse:
    """/s/<slug>/past/: the strip and the incidents of the last day or week."""
    request, service, now = visit.request, visit.service, visit.now
    state = past_state(service, policy_at(service, now), now)
    if is_current(request.GET.get(KNOWN_PAST, ""), state, now):
        return unchanged(now)
    section = past_of(visit, selected=_selected(request))
    return stamped(render(request, "dashboard/past/_past.html", {"past": section}), now)


def _selected(request: HttpRequest) -> datetime | None:
    """The cycle that is marked; an address that was not written by us marks none."""
    try:
        at = datetime.fromisoformat(request.GET.get(SELECTED, ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and at.year in YEARS else None

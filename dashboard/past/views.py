"""The past of a service as a fragment: what the pages of its cycles refresh of it."""

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.past.section import KNOWN_PAST, SELECTED, past_of, past_state
from dashboard.web.addresses import instant_of
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
    # An address that was not written by us marks no cycle.
    selected = instant_of(request.GET.get(SELECTED, ""))
    section = past_of(visit, selected=selected)
    return stamped(render(request, "dashboard/past/_past.html", {"past": section}), now)

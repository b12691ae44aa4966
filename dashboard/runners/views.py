"""The runners of a service: who is alive, how sure that is, and what each did in the last day; and
one of them: who it is, how it stands, when it was heard, what it did last."""

from datetime import datetime

from django.http import HttpResponse

from dashboard.runners.fleet_choice import fleet_choice
from dashboard.runners.fleet_page import runners_page
from dashboard.runners.runner_page import runner_page
from dashboard.web.errors import error_page
from dashboard.web.pages import ServiceVisit, of_service, rendered
from dashboard.web.polling import unchanged
from scheduler.fleet.members import heard_at, runner_heard_at
from scheduler.fleet.runner_report import UnknownRunner, get_runner, runner_report
from scheduler.fleet.runners import fleet
from scheduler.models import Service


@of_service
def runners(visit: ServiceVisit) -> HttpResponse:
    """/s/<slug>/runners/: the fleet."""
    service, now = visit.service, visit.now
    choice = fleet_choice(visit.request.GET)
    state = _heard_state(service, heard_at(service, now=now))
    # Most polls end here, before the fleet is read.
    if visit.knows(state):
        return unchanged(now)
    read = fleet(
        service,
        now=now,
        search=choice.search,
        order=choice.order,
        after=choice.after,
        before=choice.before,
    )
    page = runners_page(visit, read, choice, state)
    return rendered("dashboard/runners/runners.html", page, part="fragment")


@of_service
def runner(visit: ServiceVisit, runner_id: str) -> HttpResponse:
    """/s/<slug>/runners/<runner_id>/: one runner."""
    service, now = visit.service, visit.now
    try:
        row = get_runner(service, runner_id)
    except UnknownRunner:
        return error_page(
            visit.request,
            404,
            f"{service.name} never had a runner “{runner_id}”",
            "Check the address, or search for it among the runners of the service.",
        )
    state = _heard_state(service, runner_heard_at(row))
    if visit.knows(state):
        return unchanged(now)
    page = runner_page(visit, runner_report(service, row, now=now), state)
    return rendered("dashboard/runners/runner.html", page, part="fragment")


def _heard_state(service: Service, heard: datetime | None) -> str:
    """What is stored, in a word: a beat that only extends a presence raises no revision."""
    return f"{service.revision}-{heard.timestamp() if heard else 0:.6f}"

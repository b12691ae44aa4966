"""One attempt: what it was, every stored fact, why, its cycle drawn small, what ran around it."""

from django.http import HttpResponse

from dashboard.attempt.page import execution_page
from dashboard.web.errors import error_page
from dashboard.web.pages import ServiceVisit, of_service, rendered
from dashboard.web.polling import unchanged
from scheduler.attempts.report import UnknownExecution, attempt_report, get_execution


@of_service
def execution(visit: ServiceVisit, run_id: str) -> HttpResponse:
    """/s/<slug>/executions/<run_id>/: one attempt."""
    service, now = visit.service, visit.now
    if visit.knows(service.revision):
        return unchanged(now)
    try:
        row = get_execution(service, run_id)
    except UnknownExecution:
        return error_page(
            visit.request,
            404,
            f"{service.name} has no run “{run_id}”",
            "It may be so old that it is no longer kept, its fleet may not have told of it yet, or "
            "the address is not whole. Runs are listed with their cycle and with their runner.",
        )
    page = execution_page(visit, attempt_report(service, row, now=now))
    return rendered("dashboard/attempt/attempt.html", page, part="fragment")

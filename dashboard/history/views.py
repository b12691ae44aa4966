"""The execution history of one service, or of all: filtered, paged, counted, drawn."""

from dataclasses import replace

from django.http import HttpResponse

from dashboard.history.asking import asks, found_runners, shared_address
from dashboard.history.lists import HISTORY, Asked
from dashboard.history.page import THROUGH, list_page
from dashboard.history.query import MOST_ROWS
from dashboard.history.summary import history_summary
from dashboard.web.addresses import instant_of
from dashboard.web.pages import rendered
from scheduler.history.pages import execution_page

TEMPLATE = "dashboard/history/history.html"


@asks(HISTORY)
def history(asked: Asked) -> HttpResponse:
    """/history/ and /s/<slug>/history/: the table."""
    # A fragment goes into a page whose address was put right when it came.
    if not asked.visit.request.htmx and (moved := shared_address(asked)):
        return moved
    query = asked.query
    found = execution_page(
        asked.services,
        query.asked,
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
        now=asked.now,
    )
    return rendered(TEMPLATE, list_page(asked, found), part="executions")


@asks(HISTORY)
def summary(asked: Asked) -> HttpResponse:
    """/history/summary/ and /s/<slug>/history/summary/: totals and chart of the same filter."""
    return rendered("dashboard/history/summary.html", history_summary(asked), part="fragment")


@asks(HISTORY)
def tail(asked: Asked) -> HttpResponse:
    """/history/tail/ and /s/<slug>/history/tail/: the first page's rows, and what came since."""
    filtered, through = asked.query.asked, instant_of(asked.visit.request.GET.get(THROUGH, ""))
    # From the last row that the page shows on: what is newer comes in, and nothing that is read
    # falls out at the other end. The filter's own bound holds as well.
    if through is not None:
        bound = max(filter(None, (through, filtered.began_since)))
        filtered = replace(filtered, began_since=bound)
    found = execution_page(asked.services, filtered, limit=MOST_ROWS, now=asked.now)
    return rendered(f"{TEMPLATE}#rows", list_page(asked, found))


@asks(HISTORY)
def runners(asked: Asked) -> HttpResponse:
    """/history/runners/ and /s/<slug>/history/runners/: runners that are called like ``q``."""
    return found_runners(asked)

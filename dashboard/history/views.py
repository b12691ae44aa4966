"""The execution history of one service, or of all: filtered, paged, counted, drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.history.chart import HistoryChart, history_chart
from dashboard.history.default_range import with_default_range, without_default
from dashboard.history.export_links import HISTORY, ExportLinks, export_links
from dashboard.history.filter_bar import NOTHING_WRONG, FilterBar, Wrong, filter_bar
from dashboard.history.filters import RECORDED
from dashboard.history.known_time import outside_known_time
from dashboard.history.query import (
    MOST_ROWS,
    SORT,
    HistoryQuery,
    as_written,
    history_query,
    shown_until,
)
from dashboard.history.rows import UNREAD, HistoryRow, history_rows
from dashboard.history.runner_options import runner_options
from dashboard.history.totals import Totals, totals_of
from dashboard.history.wrong_filter import ReadFilter, WrongFilterPage, read_filter, wrong_filter
from dashboard.plot.buckets import Buckets, buckets_of
from dashboard.plot.instants import TimeScale
from dashboard.text.names import short_names
from dashboard.text.retention_words import RetentionWords, retention_words
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_address, executions_url, instant_of
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import explained
from dashboard.web.polling import stamped
from dashboard.web.requests import PageRequest
from scheduler.db import clock
from scheduler.history.filters import Sort
from scheduler.history.pages import HistoryPage as Page
from scheduler.history.pages import history_page
from scheduler.history.samples import Sample, sample
from scheduler.history.summed import Summed, first_summed, summed
from scheduler.intake.runner_rows import runner_addresses_in
from scheduler.models import Execution, Service
from scheduler.services import get_service, services_by_slug

# The start of the last row that a page shows, where its rows are asked for again.
THROUGH = "through"
# Without a range of its own, a chart begins with its oldest row, and a bit before.
CHART_ROOM = 0.02
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SORTS = {
    "started": (Sort.NEWEST, Sort.OLDEST),
    "duration": (Sort.LONGEST, Sort.SHORTEST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, understood: whose history, and which part of it."""

    services: Sequence[Service]
    slug: str
    query: HistoryQuery
    now: datetime
    words: TimeWords

    @property
    def name(self) -> str:
        return self.services[0].name if self.slug else "All services"

    @property
    def path(self) -> str:
        return _url("history", self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The head of a column: ``direction`` is ARIA's word for how it sorts now, or nothing."""

    href: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """The page; a fragment of it has no ``chrome``. ``tail_url`` is set where new rows can come in
    at the top, and ``outside`` says why no row can be there at all."""

    chrome: Chrome | None
    name: str
    slug: str
    now: datetime
    words: TimeWords
    filters: FilterBar
    rows: tuple[HistoryRow, ...]
    outside: str
    sorts: dict[str, SortLink]
    next_url: str
    previous_url: str
    first_url: str
    is_first: bool
    tail_url: str
    summary_url: str
    export: ExportLinks
    has_services: bool
    retention: RetentionWords | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySummary:
    """Totals and chart of a filter; ``range_words`` says which time the chart shows, and
    ``summed_since`` from when on its bars tell what the summaries of cycles do."""

    chrome: Chrome
    name: str
    words: TimeWords
    back_url: str
    totals: Totals
    summed_since: datetime | None
    chart: HistoryChart
    range_words: str


type View = Callable[Concatenate[PageRequest, Asked, ...], HttpResponse]


def _understood(view: View) -> Callable[..., HttpResponseBase]:
    """A view of the history that gets what the address asks for."""

    @require_safe
    @never_cache
    @explained
    @wraps(view)
    def understanding(request: PageRequest, slug: str = "") -> HttpResponse:
        services = [get_service(slug)] if slug else services_by_slug()
        now, zone = clock.now(), timezone.get_current_timezone()

        def read(given: QueryDict) -> HistoryQuery:
            ranged = with_default_range(given)
            query = history_query(ranged, services, now=now, zone=zone, origins=RECORDED)
            return without_default(query, given)

        # A fragment stands in no page of its own that could show the form.
        told = (
            ReadFilter.whole(read(request.GET)) if request.htmx else read_filter(request.GET, read)
        )
        words = time_words(now, beside=shown_until(told.query, now))
        asked = Asked(services=services, slug=slug, query=told.query, now=now, words=words)
        return _wrong(request, asked, told) if told.wrong else view(request, asked)

    return understanding


@_understood
def history(request: PageRequest, asked: Asked) -> HttpResponse:
    """/history/ and /s/<slug>/history/: the table."""
    query = asked.query
    if not request.htmx and as_written(request.GET) != query.address:
        # What is shared means the same to everybody: no empty values, and times in UTC.
        return redirect(asked.path + query.address)
    page = history_page(
        asked.services,
        query.asked,
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
        now=asked.now,
        unread=UNREAD,
    )
    template = "dashboard/history/history.html" + ("#executions" if request.htmx else "")
    return render(request, template, {"page": _page(request, asked, page)})


@_understood
def summary(request: PageRequest, asked: Asked) -> HttpResponse:
    """/history/summary/ and /s/<slug>/history/summary/: totals and chart of the same filter."""
    template = "dashboard/history/summary.html" + ("#fragment" if request.htmx else "")
    return render(request, template, {"page": _summary(request, asked)})


@_understood
def tail(request: PageRequest, asked: Asked) -> HttpResponse:
    """/history/tail/ and /s/<slug>/history/tail/: the first page's rows, and what came since."""
    filtered, through = asked.query.asked, instant_of(request.GET.get(THROUGH, ""))
    if through is not None:
        bound = max(filter(None, (through, filtered.began_since)))
        filtered = replace(filtered, began_since=bound)
    page = history_page(asked.services, filtered, limit=MOST_ROWS, now=asked.now, unread=UNREAD)
    context = {"page": _page(request, asked, page)}
    return stamped(render(request, "dashboard/history/history.html#rows", context), asked.now)


@_understood
def runners(request: PageRequest, asked: Asked) -> HttpResponse:
    """/history/runners/ and /s/<slug>/history/runners/: runners that are called like ``q``."""
    found = runner_options(asked.services, request.GET.get("q", ""), asked.query, asked.path)
    return render(request, "dashboard/history/_runner_options.html", {"found": found})


def _url(name: str, slug: str) -> str:
    return reverse(f"dashboard:{name}", args=(slug,)) if slug else reverse(f"dashboard:all_{name}")


def _names(asked: Asked, rows: Sequence[Execution]) -> dict[str, str]:
    """What runners are called: those of the filter, of the rows, and those that blocks name."""
    runners = (*asked.query.asked.runners, *(row.runner for row in rows))
    ids = {runner.runner_id for runner in runners}
    others = {row.assigned_runner_id for row in rows if row.assigned_runner_id} - ids
    addresses = {runner.runner_id: (runner.host, runner.pid) for runner in runners if runner.host}
    addresses |= runner_addresses_in(asked.services, sorted(others))
    return short_names(sorted(ids | others), addresses)


def _page(request: PageRequest, asked: Asked, page: Page) -> HistoryPage:
    query, path = asked.query, asked.path
    rows = [row for row in page.rows if isinstance(row, Execution)]
    names = _names(asked, rows)
    is_live = query.sort is Sort.NEWEST and query.cursor is None
    return HistoryPage(
        chrome=None if request.htmx else chrome_of(request, current_slug=asked.slug),
        name=asked.name,
        slug=asked.slug,
        now=asked.now,
        words=asked.words,
        filters=_filters(asked, names),
        rows=history_rows(rows, names, asked.words),
        outside="" if rows else outside_known_time(asked.services, asked.name, query, asked.words),
        sorts={name: _sort_link(query, path, both) for name, both in SORTS.items()},
        next_url=path + query.query(cursor=page.next) if page.next else "",
        previous_url=path + query.query(cursor=page.previous) if page.previous else "",
        first_url=path + query.query(),
        is_first=query.cursor is None,
        tail_url=_tail_url(asked, page) if is_live else "",
        summary_url=_url("history_summary", asked.slug) + query.query(),
        export=export_links(HISTORY, asked.slug, query.query()),
        has_services=not asked.slug,
        retention=retention_words(asked.services[0], asked.words) if asked.slug else None,
    )


def _filters(
    asked: Asked, names: Mapping[str, str], wrong: Mapping[str, Wrong] = NOTHING_WRONG
) -> FilterBar:
    return filter_bar(
        asked.query,
        path=asked.path,
        runners_url=_url("history_runners", asked.slug) + asked.query.address,
        names=names,
        words=asked.words,
        origins=RECORDED,
        has_cycles=bool(asked.slug),
        wrong=wrong,
    )


def _wrong(request: PageRequest, asked: Asked, told: ReadFilter) -> HttpResponse:
    """The form, with what is wrong beside its fields."""
    bar = _filters(asked, _names(asked, ()), told.beside(request.GET))
    page = WrongFilterPage(
        chrome=chrome_of(request, current_slug=asked.slug),
        what="History",
        name=asked.services[0].name if asked.slug else "All services",
        words=asked.words,
        filters=bar,
        wrong=told.sentences(bar),
    )
    return wrong_filter(request, page)


def _tail_url(asked: Asked, page: Page) -> str:
    """Where the page's rows are asked for again with what is newer; all rows where it has all."""
    query = asked.query.query()
    if page.next is not None:
        through = urlencode({THROUGH: cycle_address(page.rows[-1].started_at)}, safe=":")
        query += f"{'&' if query else '?'}{through}"
    return _url("history_tail", asked.slug) + query


def _sort_link(query: HistoryQuery, path: str, both: tuple[Sort, Sort]) -> SortLink:
    down, up = both
    is_down = query.sort is down
    wanted = up if is_down else down
    return SortLink(
        href=path + query.query({SORT: () if wanted is Sort.NEWEST else (wanted.value,)}),
        direction="descending" if is_down else "ascending" if query.sort is up else "",
    )


def _summary(request: PageRequest, asked: Asked) -> HistorySummary:
    query = asked.query
    found = sample(asked.services, query.asked, now=asked.now)
    start, end = _chart_range(asked, found)
    buckets = buckets_of(TimeScale(start=start, end=end, zone=timezone.get_current_timezone()))
    older = _older(asked, found, buckets)
    return HistorySummary(
        chrome=chrome_of(request, current_slug=asked.slug),
        name=asked.name,
        words=asked.words,
        back_url=asked.path + query.address,
        totals=totals_of(found, query, asked.path),
        summed_since=older.since if older else None,
        chart=history_chart(
            found,
            older,
            buckets,
            now=asked.now,
            places={service.pk: place for place, service in enumerate(asked.services)},
            bases=[executions_url(service.slug) for service in asked.services],
        ),
        range_words=asked.words.range(start.replace(microsecond=0), end.replace(microsecond=0)),
    )


def _older(asked: Asked, found: Sample, buckets: Buckets) -> Summed | None:
    """Of what the sample does not reach, what the summaries of cycles tell."""
    if found.since is None:
        return None
    return summed(
        asked.services,
        asked.query.asked,
        before=found.since,
        steps=buckets.steps,
    )


def _chart_range(asked: Asked, found: Sample) -> tuple[datetime, datetime]:
    """From when until when: what is asked for; or from the oldest that is known until now."""
    filtered = asked.query.asked
    end = filtered.began_until or filtered.until or asked.now
    start = filtered.began_since or filtered.since
    if start is None and not found.is_complete:
        start = first_summed(asked.services, filtered)
    if start is None:
        oldest = min((row.started_at for row in found.rows[-1:]), default=end - HOUR)
        start = oldest - (end - oldest) * CHART_ROOM
    return start, max(end, start + SECOND)

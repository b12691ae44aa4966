"""The views of a list: each gets what its address asks for. A filter with values that are none is
answered with its form: what was typed, and what is wrong beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from http import HTTPStatus

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from dashboard.history.default_range import without_default
from dashboard.history.filter_bar import FilterBar, Wrong, filter_bar
from dashboard.history.lists import Asked, ListKind
from dashboard.history.query import HistoryQuery, as_written, shown_until
from dashboard.history.runner_options import runner_options
from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import time_words
from dashboard.web.errors import View
from dashboard.web.pages import (
    Page,
    ServiceVisit,
    Visit,
    read_only,
    rendered,
    service_visit,
    visit_of,
)
from dashboard.web.requests import PageRequest
from scheduler.known_services import services_by_slug

# The fields hold no more.
_TYPED_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFilterPage(Page):
    """Instead of the page ``what`` of the service ``name``; nothing of it is read."""

    what: str
    name: str
    filters: FilterBar
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFilter:
    """As much of a query as could be read, and what is wrong with the rest, by parameter."""

    query: HistoryQuery
    wrong: Mapping[str, WrongChoice]

    def beside(self, given: QueryDict) -> Mapping[str, Wrong]:
        """What was typed for each wrong parameter, and what is wrong with it."""
        return {
            name: (given.get(name, "")[:_TYPED_AT_MOST], wrong.beside)
            for name, wrong in self.wrong.items()
        }

    def sentences(self, bar: FilterBar) -> tuple[str, ...]:
        """What is wrong and has no field to say it beside, each once."""
        # A field that is not typed into shows no error: that stands above the form.
        typed = {each.of.name for each in bar.fields if each.of.is_typed}
        homeless = (wrong for name, wrong in self.wrong.items() if name not in typed)
        return tuple(dict.fromkeys(wrong.beside for wrong in homeless))


def asks(kind: ListKind) -> Callable[[Callable[[Asked], HttpResponse]], View]:
    """Makes a view of a list: of one service, or of all where the address names none."""

    def asking(view: Callable[[Asked], HttpResponse]) -> View:
        @read_only
        @wraps(view)
        def understanding(request: PageRequest, slug: str = "") -> HttpResponseBase:
            visit: Visit = service_visit(request, slug) if slug else visit_of(request)
            services = [visit.service] if isinstance(visit, ServiceVisit) else services_by_slug()
            now, zone = visit.now, timezone.get_current_timezone()

            def read(given: QueryDict) -> HistoryQuery:
                return kind.read(given, services, now, zone)

            told = read_filter(request, read)
            # Read in November, a range in October tells October's offset: typed as it is shown, a
            # time leads back to the same instant.
            visit = replace(visit, words=time_words(now, beside=shown_until(told.query, now)))
            asked = Asked(visit=visit, kind=kind, services=services, query=told.query)
            return _wrong_filter(asked, told) if told.wrong else view(asked)

        return understanding

    return asking


def read_filter(request: PageRequest, read: Callable[[QueryDict], HistoryQuery]) -> ReadFilter:
    """Read what can be read.

    Raises:
        WrongChoice: it is not about parameters that could be left out; or a fragment is asked for,
            which stands in no page of its own that could show the form.
    """
    rest, wrong = request.GET.copy(), dict[str, WrongChoice]()
    # A wrong value ends the reading: without it, the rest is read again, until each wrong one is
    # known and every right one kept.
    while True:
        try:
            return ReadFilter(query=read(rest), wrong=wrong)
        except WrongChoice as error:
            known = [name for name in error.names if name in rest]
            # With nothing to leave out, the same would be wrong for ever.
            if request.htmx or not known:
                raise
            for name in known:
                wrong[name] = error
                del rest[name]


def _wrong_filter(asked: Asked, told: ReadFilter) -> HttpResponse:
    bar = filter_bar(asked, asked.names(), told.beside(asked.visit.request.GET))
    page = WrongFilterPage(
        visit=asked.visit,
        what=asked.kind.title,
        name=asked.name,
        filters=bar,
        wrong=told.sentences(bar),
    )
    template = "dashboard/history/wrong_filter.html"
    return rendered(template, page, status=HTTPStatus.BAD_REQUEST)


def shared_address(asked: Asked) -> HttpResponse | None:
    """To the address that means the same to everybody, without empty values and with times in UTC;
    None where it is that one."""
    given = asked.visit.request.GET
    shared = without_default(asked.query, given).address
    # Compared in our own writing: an address that differs in nothing else would be led to itself
    # for ever.
    return redirect(asked.path + shared) if as_written(given) != shared else None


def found_runners(asked: Asked) -> HttpResponse:
    """The runners that are called like ``q``."""
    request = asked.visit.request
    found = runner_options(asked, request.GET.get("q", ""))
    return render(request, "dashboard/history/_runner_options.html", {"found": found})

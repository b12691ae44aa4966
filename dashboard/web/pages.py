"""What every page is made of and answered with: a view gets a visit, and renders a page of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from http import HTTPStatus

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.text.words import TimeWords
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import View, explained
from dashboard.web.polling import KNOWN, is_current, stamped
from dashboard.web.requests import PageRequest
from scheduler.db import clock
from scheduler.known_services import get_service
from scheduler.models import Service


# No slots: a cached property needs a __dict__.
@dataclass(frozen=True, kw_only=True)
class Visit:
    """Who looks, and when. ``slug`` is empty where that is at no service, ``words`` are those of
    the page, ``today`` leave out the date of the present day."""

    request: PageRequest
    now: datetime
    words: TimeWords
    slug: str = ""

    @cached_property
    def chrome(self) -> Chrome:
        return chrome_of(self.request, current_slug=self.slug)

    @cached_property
    def today(self) -> TimeWords:
        return time_words(self.now)

    def knows(self, state: int | str) -> bool:
        """Whether this is a poll, of a page that would be drawn the same."""
        token = self.request.GET.get(KNOWN, "")
        # Only a poll may get no content: a page with an old token in its address is still a page.
        return bool(self.request.htmx) and is_current(token, state, self.now)


@dataclass(frozen=True, kw_only=True)
class ServiceVisit(Visit):
    """One of a page of a service."""

    service: Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page tells; the chrome is read where it is shown, a fragment has none."""

    visit: Visit

    @property
    def chrome(self) -> Chrome:
        return self.visit.chrome

    @property
    def slug(self) -> str:
        return self.visit.slug

    @property
    def now(self) -> datetime:
        return self.visit.now

    @property
    def words(self) -> TimeWords:
        return self.visit.words

    @property
    def words_today(self) -> TimeWords:
        return self.visit.today


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage(Page):
    """What every page of a service tells."""

    visit: ServiceVisit

    @property
    def name(self) -> str:
        return self.visit.service.name

    @property
    def mode(self) -> str:
        return self.visit.service.mode


def read_only(view: View) -> View:
    """A view that changes nothing."""
    # The pages of errors are made inside, so that no cache keeps those either.
    return require_safe(never_cache(explained(view)))


def with_forms(view: View) -> View:
    """A view that is sent forms as well."""
    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(explained(view)))


def visit_of(request: PageRequest) -> Visit:
    """A look at what belongs to no service."""
    now = clock.now()
    return Visit(request=request, now=now, words=time_words(now))


def service_visit(request: PageRequest, slug: str) -> ServiceVisit:
    """A look at a service; raises UnknownService."""
    # One look at the clock, and the database's: all of a page is as of this instant.
    service, now = get_service(slug), clock.now()
    return ServiceVisit(request=request, now=now, words=time_words(now), slug=slug, service=service)


def of_service(view: Callable[..., HttpResponseBase]) -> View:
    """A view that changes nothing, and gets a visit of the service that the address names."""

    @read_only
    @wraps(view)
    def visiting(request: PageRequest, slug: str, **kwargs: str) -> HttpResponseBase:
        return view(service_visit(request, slug), **kwargs)

    return visiting


def rendered(
    template: str, page: Page, *, part: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    """The page: whole, or, where htmx asks, the part of it that refreshes, if any does."""
    visit = page.visit
    # The same template for both: a fragment can't come to differ from its page.
    shown = f"{template}#{part}" if part and visit.request.htmx else template
    return stamped(render(visit.request, shown, {"page": page}, status=status), visit.now)

"""What our middleware adds to a request, for the type checker; and what an address says itself."""

from urllib.parse import urlsplit

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django_htmx.middleware import HtmxDetails

ZONE = "tz"


class PageRequest(HttpRequest):
    """A request that `HtmxMiddleware` has seen: ``htmx`` is true for a fragment."""

    htmx: HtmxDetails


def query_of(request: HttpRequest) -> QueryDict:
    """The parameters of the address; none where they can't be read, as on the page that says so."""
    try:
        return request.GET
    except SuspiciousOperation:
        return QueryDict()


def zone_of_address(request: PageRequest) -> str:
    """The zone that the address of the page names, or nothing; its polls name one in any case."""
    if not request.htmx:
        return request.GET.get(ZONE, "")
    return QueryDict(urlsplit(request.htmx.current_url or "").query).get(ZONE, "")

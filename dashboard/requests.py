"""What our middleware adds to a request, for the type checker; and what an address says itself."""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django_htmx.middleware import HtmxDetails

ZONE = "tz"


class PageRequest(HttpRequest):
    """A request that `HtmxMiddleware` has seen: ``htmx`` is true for a fragment."""

    htmx: HtmxDetails


def zone_of_address(request: PageRequest) -> str:
    """The zone that the address of the page names, or nothing; its polls name one in any case."""
    if not request.htmx:
        return request.GET.get(ZONE, "")
    return QueryDict(urlsplit(request.htmx.current_url or "").query).get(ZONE, "")

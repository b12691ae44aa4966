"""What our middleware adds to a request, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """A request that `HtmxMiddleware` has seen: ``htmx`` is true for a fragment."""

    htmx: HtmxDetails

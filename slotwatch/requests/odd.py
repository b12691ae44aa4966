"""What no part of a request may carry: what a database or a library would trip over.

A header that can't be read counts as absent: no person typed it. An address or a form that can't
be read is answered with 400.
"""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils.cache import patch_cache_control
from django_htmx.middleware import HtmxDetails

from dashboard.web.errors import error_page

NUL = "\0"
PAGE_ADDRESS = "HTTP_HX_CURRENT_URL"
type GetResponse = Callable[[HttpRequest], HttpResponse]


class OddHeadersMiddleware:
    """Leaves out the headers that can't be read, and refuses a path that no file can have."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        drop_odd_cookies(request)
        drop_odd_page_address(request)
        return not_understood(request) if NUL in request.path else self.get_response(request)


class OddFormsMiddleware:
    """Refuses parameters and forms with a NUL, which not every database takes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            is_odd = has_nul(request.GET) or (request.method == "POST" and has_nul(request.POST))
        except UnreadablePostError:  # it broke off: nobody reads the answer
            is_odd = True
        return not_understood(request) if is_odd else self.get_response(request)


class NoStoreMiddleware:
    """Has nobody keep what a signed-in user sees: no browser, no proxy, no error page either.

    Who has a session's cookie counts as signed in, so that an error needs no database for this.
    What says itself how long it may be kept (static files) is left alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in answer:
            patch_cache_control(answer, no_store=True, private=True)
        return answer


def drop_odd_cookies(request: HttpRequest) -> None:
    """A quoted cookie may hold any character (`"\\000"`): a session's key goes to the database."""
    odd = [name for name, value in request.COOKIES.items() if not value.isprintable()]
    for name in odd:
        del request.COOKIES[name]


def drop_odd_page_address(request: HttpRequest) -> None:
    """The address that htmx asks from must be one."""
    if PAGE_ADDRESS not in request.META:
        return
    try:
        QueryDict(urlsplit(HtmxDetails(request).current_url or "").query)
    except (ValueError, SuspiciousOperation):
        del request.META[PAGE_ADDRESS]
        del request.headers  # made from META once, at the first look


def has_nul(query: QueryDict) -> bool:
    return any(NUL in text for name, values in query.lists() for text in (name, *values))


def not_understood(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        HTTPStatus.BAD_REQUEST,
        "This request can't be understood",
        "It has a NUL character in it, or broke off. Check the address, and try again.",
    )

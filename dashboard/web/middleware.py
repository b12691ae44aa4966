"""One switch for the times of a whole page: UTC, or the zone of who looks."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import Truncator

from dashboard.text.zones import zone_named
from dashboard.web.errors import error_page

# Written by zone.js: the browser's own zone, and whether it is to be used.
ZONE_COOKIE = "slotwatch_zone"
CHOICE_COOKIE = "slotwatch_times"
PARAMETER = "tz"


class TimeZoneMiddleware:
    """Activates the zone of ``?tz=``, else of the cookies, else UTC.

    A parameter that names no zone is answered with 400; a cookie that names none is left alone:
    nobody typed it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get(PARAMETER)
        zone = zone_named(asked) if asked is not None else _zone_of_cookies(request)
        if zone is None:
            # The page of the error has times as well, and no zone of its own.
            with timezone.override(ZoneInfo("UTC")):
                return error_page(
                    request,
                    400,
                    f"“{Truncator(asked or '').chars(80)}” is not a time zone",
                    "Write tz=UTC, or a name such as tz=Europe/Berlin.",
                )
        with timezone.override(zone):
            return self.get_response(request)


def _zone_of_cookies(request: HttpRequest) -> ZoneInfo:
    utc = ZoneInfo("UTC")
    # A browser tells its zone unasked (zone.js); only who chose Local gets it.
    if request.COOKIES.get(CHOICE_COOKIE) != "local":
        return utc
    return zone_named(request.COOKIES.get(ZONE_COOKIE, "")) or utc

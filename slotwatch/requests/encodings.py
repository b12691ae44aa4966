"""What a client can unpack, read once for everybody who packs: pages, static files, exports."""

import re
from collections.abc import Callable, Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "HTTP_ACCEPT_ENCODING"
# What anything here packs with. Their aliases and `*` need not be honoured: plain is always right.
_CODINGS = ("gzip", "br")
_WEIGHT = re.compile(r"\s*q\s*=\s*(?:1(?:\.0{0,3})?|0\.\d{0,3})\s*", re.IGNORECASE)


class AcceptEncodingMiddleware:
    """Leaves in `Accept-Encoding` the codings that were asked for, without their weights.

    Django's middleware, WhiteNoise and others look for a coding's name anywhere in the header, and
    so take `gzip;q=0`, which refuses it, for a wish.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if header := request.META.get(HEADER):
            request.META[HEADER] = ", ".join(accepted(header))
        return self.get_response(request)


def accepted(header: str) -> list[str]:
    """The codings that may be used, of those that are. What can't be understood asks for none."""
    told = list(_told(header))
    refused = {coding for coding, is_wanted in told if not is_wanted}
    wanted = {coding for coding, is_wanted in told if is_wanted}
    return [coding for coding in _CODINGS if coding in wanted - refused]


def _told(header: str) -> Iterator[tuple[str, bool]]:
    for item in header.split(","):
        coding, *parameters = item.split(";")
        yield coding.strip().lower(), all(map(_is_above_zero, parameters))


def _is_above_zero(parameter: str) -> bool:
    return _WEIGHT.fullmatch(parameter) is not None and re.search("[1-9]", parameter) is not None

"""Requests that nobody should send: every address, parameter, header, method and body."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, quote_from_bytes

from django.urls import URLPattern, URLResolver, get_resolver

from bench.hostile import values

PARAMETERS = (
    *("runner_id", "status", "reason", "origin", "from", "to", "run_id", "cycle_start", "cycle"),
    *("min_duration_seconds", "max_duration_seconds", "sort", "limit", "cursor", "tz", "format"),
    *("t", "at", "known", "page", "q", "next", "lanes", "show", "range", "view", "acknowledged"),
    *("seen", "note", "by", "action", "name", "slug", "confirm", "csrfmiddlewaretoken", "days"),
    *("username", "password", "oldpassword", "password1", "password2", "download", "day", "to_go"),
)
HEADERS = (
    *("HX-Request", "HX-Current-URL", "HX-Target", "HX-Trigger", "HX-Boosted", "HX-Prompt"),
    *("HX-History-Restore-Request", "Accept", "Accept-Encoding", "Accept-Language", "Referer"),
    *("Cookie", "Host", "Origin", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"),
    *("If-None-Match", "If-Modified-Since", "Range", "Content-Type", "X-Request-ID", "User-Agent"),
    *("Authorization", "Connection", "Transfer-Encoding", "X-HTTP-Method-Override", "X-CSRFToken"),
)
HEADER_VALUES = (
    *("true", "http://[", "http://[::1", "//", "https", "http", "*", "gzip;q=0", "gzip;q=x", "q=;"),
    *("bytes=0-", "bytes=-1,", 'W/"', "tz=%", "tz=America/New_York; tz=x", "sessionid=;;=;", "a=b"),
    *("Thu, 32 Foo 2026", "localhost", "localhost:99999", "evil.example", "[::1]:x", "text/html"),
    *(
        "multipart/form-data; boundary=",
        "application/json",
        "text/plain; charset=nonsense",
        "1" * 9,
    ),
)
METHODS = (*("GET",) * 12, *("POST",) * 3, "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One request. `path` is raw, with its query; header values are bytes read as Latin-1."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"


def routes() -> list[str]:
    """Every address there is, as its route is written: ``s/<slug:slug>/history/``."""
    return list(_routes(get_resolver().url_patterns, ""))


def _routes(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        else:
            yield route


def hostile(random: Random, known_routes: Sequence[str], real: dict[str, list[str]]) -> Hostile:
    """One request. `real`: values that are there, by the name of a part or a parameter."""
    path = "/" + re.sub(
        r"<(?:\w+:)?(\w+)>",
        lambda part: _segment(random, real.get(part[1], [])),
        random.choice(known_routes),
    )
    if random.random() < 0.05:
        path += _encoded(random, values.text(random))
    if query := _pairs(random, real):
        path += f"?{query}"
    method = random.choice(METHODS)
    body, content_type = b"", "application/x-www-form-urlencoded"
    if method not in ("GET", "HEAD", "OPTIONS"):
        body = _pairs(random, real).encode()
        if random.random() < 0.1:
            content_type = random.choice(HEADER_VALUES)
    headers = {
        random.choice(HEADERS): _header_value(random)
        for _ in range(random.choice((0, 0, 0, 1, 1, 3)))
    }
    return Hostile(method=method, path=path, headers=headers, body=body, content_type=content_type)


def _segment(random: Random, real: Sequence[str]) -> str:
    if real and random.random() < 0.7:
        return quote(random.choice(real), safe="")
    return _encoded(random, values.text(random))


def _pairs(random: Random, real: dict[str, list[str]]) -> str:
    if random.random() < 0.002:
        return "&".join(f"{random.choice(PARAMETERS)}=1" for _ in range(1_001))
    pairs = []
    for _ in range(random.choice((0, 1, 1, 2, 3, 5))):
        name = random.choice(PARAMETERS) if random.random() < 0.95 else values.text(random)
        is_real = bool(real.get(name)) and random.random() < 0.4
        value = random.choice(real[name]) if is_real else values.text(random)
        pairs.append(f"{_encoded(random, name)}={_encoded(random, value)}")
    return random.choice("&&&;").join(pairs)


def _encoded(random: Random, text: str) -> str:
    """As a browser writes it, as bytes that are no text, or hardly encoded at all."""
    match random.randrange(8):
        case 0:
            return quote_from_bytes(text.encode("utf-16", "surrogatepass"))
        case 1:
            return quote(text, safe="/%;&=+:@!$'()*,[]~", errors="replace")
        case _:
            return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def _header_value(random: Random) -> str:
    if random.random() < 0.6:
        return random.choice(HEADER_VALUES)
    # What a server hands on: bytes of a line, read as Latin-1.
    raw = values.text(random).encode("utf-8", "surrogatepass")
    return re.sub(rb"[\0-\x1f\x7f]", b"", raw).decode("latin-1")

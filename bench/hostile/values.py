"""Values that nobody should send: texts, numbers, instants, and things of no such kind."""

import math
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from random import Random
from typing import Any

TEXTS = (
    *("", " ", "\t\n", "\0", "a\0b", "\x1b[2J", "\x7f", "\u200b", "\u202egnp.exe", "\ufeff=1+1"),
    *("\ud800", "\udfff\ud800", "é" * 300, "a" * 201, "a" * 10_001, "𝔘" * 200, "\U0010ffff"),
    *("..", ".", "x/../y", "/", "//", "a/", "/a", "%2F", "%00", "%", "%zz", "?", "#", ";", "\\"),
    *("=1+1", "+1", "-1", "@x", "＝1", "\n=1", "<script>alert(1)</script>", '"><img src=x>'),
    *("'; DROP TABLE scheduler_execution; --", "{{ 7 * 7 }}", "{% debug %}", "${7*7}", "%s%n"),
    *("from", "to", "None", "null", "NaN", "inf", "-inf", "1e309", "0x10", "١٢", "1_000", "1,5"),
    *("now-6h", "now+6h", "now-", "now-9999999999999d", "now-1e9h", "yesterday", "25:61"),
    *("0000-00-00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z"),
    *("1970-01-01T00:00:00Z", "2026-02-30", "2026-11-01T01:30:00", "2026-11-01T01:30:00-99:99"),
    *("UTC", "utc", "Local", "America/New_York", "a/" * 250, "../../etc/passwd", "posix/UTC"),
    *("true", "false", "on", "-0", "0", "-1", "999999999999999999999999", "9223372036854775808"),
    *("completed", "COMPLETED", "blocked:", ":", "a:b:c", "disk full : /dev/sda1", "late_start"),
    *("eyJhIjogMX0=", "bnVsbA", "W10", "AAAA" * 1_000, "-started_at", "started_at;", "csv", "json"),
)
ZONES: tuple[tzinfo | None, ...] = (UTC, None, timezone(timedelta(hours=23, minutes=59)))
WALL_TIMES = (
    *("0001-01-01T00:00:00", "0001-01-02T00:00:00", "9999-12-31T23:59:59.999999"),
    *("1970-01-01T00:00:00", "1969-12-31T23:59:59", "3000-01-01T00:00:00", "2024-02-29T00:00:00"),
    *("2026-11-01T05:30:00", "2026-11-01T01:30:00"),
)
NUMBERS: tuple[Any, ...] = (
    *(0, -0.0, -1, 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400),
    *(math.nan, math.inf, -math.inf, sys.float_info.max, sys.float_info.min, 5e-324, 1e-9, 0.1),
    *(True, False, Decimal("NaN"), Decimal("1e999"), 1 + 2j),
)
THINGS: tuple[Any, ...] = (None, b"bytes", [], {}, (), object(), {"a": 1}, ["a"], Ellipsis, int)


def text(random: Random) -> str:
    """One of the texts, two of them joined, or characters from anywhere."""
    match random.randrange(4):
        case 0:
            return random.choice(TEXTS) + random.choice(TEXTS)
        case 1:
            size = random.choice((1, 3, 10, 60))
            return "".join(chr(random.choice(_PLANES)(random)) for _ in range(size))
        case _:
            return random.choice(TEXTS)


def instant(random: Random) -> datetime:
    """An instant at an edge of a calendar, with and without a zone."""
    return datetime.fromisoformat(random.choice(WALL_TIMES)).replace(tzinfo=random.choice(ZONES))


def anything(random: Random) -> Any:
    """A value of any kind."""
    kind = random.choice((text, text, instant, _number, _thing))
    return kind(random)


def _number(random: Random) -> Any:
    return random.choice(NUMBERS)


def _thing(random: Random) -> Any:
    return random.choice(THINGS)


_PLANES = (
    lambda random: random.randrange(0x20),
    lambda random: random.randrange(0x20, 0x7F),
    lambda random: random.randrange(0x80, 0x3000),
    lambda random: random.randrange(0xD800, 0xE000),
    lambda random: random.randrange(0x110000),
)

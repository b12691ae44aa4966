"""How instants are written in addresses, and the addresses that several pages write."""

from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils.http import RFC3986_SUBDELIMS

from dashboard.text.typed_times import YEARS


def cycle_address(at: datetime) -> str:
    """An instant as machines read it, in addresses and pages: ``2026-11-24T03:00:00Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(text: str) -> datetime | None:
    """The instant that an address writes; None where that is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Python takes a date alone and a time without a zone, too: neither is one instant.
    if at.tzinfo is None or "T" not in text or at.year not in YEARS:
        return None
    return at.astimezone(UTC)


def cycle_history_url(slug: str, start: datetime) -> str:
    """All executions that began in a cycle."""
    return f"{service_url(slug)}history/?cycle_start={cycle_address(start)}"


# Every row of a list asks for it, of a few services: the resolver is asked once for each.
@lru_cache(maxsize=1_000)
def service_url(slug: str) -> str:
    """The live page of a service; the addresses of its other pages begin with it."""
    return reverse("dashboard:live", args=(slug,))


def cycle_url(slug: str, start: datetime) -> str:
    """The page of the cycle that begins at ``start``."""
    return f"{service_url(slug)}cycles/{cycle_address(start)}/"


def blocked_url(slug: str, **asked: str) -> str:
    """The blocked audit of what is asked for; ``from_`` is the parameter ``from``."""
    # Python keeps the word "from" to itself.
    query = urlencode({name.rstrip("_"): value for name, value in asked.items()}, safe=":")
    return f"{service_url(slug)}blocked/?{query}"


def runners_url(slug: str) -> str:
    """The runners of a service; the addresses of their pages begin with it."""
    return f"{service_url(slug)}runners/"


def execution_url(slug: str, run_id: str) -> str:
    """The page of one attempt."""
    return f"{executions_url(slug)}{_quoted(run_id)}/"


def runner_url(slug: str, runner_id: str) -> str:
    """The page of one runner."""
    return f"{runners_url(slug)}{_quoted(runner_id)}/"


def executions_url(slug: str) -> str:
    """What the addresses of all attempts begin with; there is no page."""
    return f"{service_url(slug)}executions/"


def _quoted(part: str) -> str:
    """A part of an address as `reverse` writes it, which takes ten times as long."""
    return quote(part, safe=RFC3986_SUBDELIMS + "/~:@")

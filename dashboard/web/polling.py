"""The polls of a page: a fragment carries a token, and a poll that brings it back unchanged costs
one small query and gets no content."""

from datetime import UTC, datetime

from django.http import HttpResponse

KNOWN = "known"
NOW_HEADER = "Slotwatch-Now"


def version_token(revision: int | str, next_change_at: datetime | None) -> str:
    """Says what a fragment shows: the service's revision, and until when that draws the same.

    A page that shows more than a revision tells adds it to that, without a colon.
    """
    # As exact as instants are stored: rounded up, a poll on the instant itself would get nothing.
    until = "" if next_change_at is None else f"{next_change_at.timestamp():.6f}"
    return f"{revision}:{until}"


def is_current(token: str, revision: int | str, now: datetime) -> bool:
    """Whether the fragment with this token would be drawn the same at ``now``."""
    # Without an instant, the fragment is good for as long as the revision is: it is all over.
    known, _, until = token.partition(":")
    if known != str(revision):
        return False
    if not until:
        return True
    try:
        return now < datetime.fromtimestamp(float(until), UTC)
    # The token came in an address, where anybody may write anything.
    except (ValueError, OverflowError, OSError):
        return False


def unchanged(now: datetime) -> HttpResponse:
    """204: the page keeps what it shows, and learns what time it is here."""
    return stamped(HttpResponse(status=204), now)


def stamped(response: HttpResponse, now: datetime) -> HttpResponse:
    """The response, with our time for the browser's counters."""
    response[NOW_HEADER] = f"{now.timestamp():.3f}"
    return response

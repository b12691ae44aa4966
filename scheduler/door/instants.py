"""Instants from outside: with a zone, and where there is room for them in every calendar.

What happened lies between the beginning of Unix time (a zero that nobody set lies before it, or at
it) and a day after now, which is more than clocks and zones are off by. What is planned may lie
later.
"""

from datetime import UTC, datetime, timedelta

from scheduler.door.kinds import Unacceptable, quoted

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Room for every cycle and every zone before the calendar ends.
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
EXAMPLE = "2026-01-31T14:05:09Z"


def happened(what: str, value: object, now: datetime) -> datetime:
    """When something happened, in UTC: from 1970-01-01 to one day after ``now``."""
    at = _aware(what, value)
    if EARLIEST <= at <= now + AHEAD:
        return _utc(at)
    side = "before 1970-01-01" if at < EARLIEST else f"more than a day after now ({_said(now)})"
    raise Unacceptable(
        f"{what} {_said(at)} is {side}: send when it happened, in UTC, such as {EXAMPLE}"
    )


def planned(what: str, value: object) -> datetime:
    """When something is to begin or end, in UTC: from 1970 to the end of 2999."""
    at = _aware(what, value)
    if EARLIEST <= at < LATEST:
        return _utc(at)
    raise Unacceptable(
        f"{what} {_said(at)} is not between 1970-01-01 and 2999-12-31: "
        f"send an instant of these years, in UTC, such as {EXAMPLE}"
    )


def instant(what: str, value: object) -> datetime:
    """An instant by itself, with a zone: what it is compared with bounds it."""
    return _aware(what, value)


def _aware(what: str, value: object) -> datetime:
    if not isinstance(value, datetime):
        raise Unacceptable(f"{what} must be a datetime with a time zone, not {quoted(value)}")
    # As most are: no zone has to be asked.
    if value.tzinfo is UTC:
        return value
    try:
        offset = value.utcoffset()
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        # A zone is somebody else's code: it may raise what arithmetic can.
        offset = None
    if offset is None:
        raise Unacceptable(f"{what} {_said(value)} has no time zone; send UTC, such as {EXAMPLE}")
    return value


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _said(at: datetime) -> str:
    try:
        return at.isoformat()
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        return at.replace(tzinfo=None).isoformat()

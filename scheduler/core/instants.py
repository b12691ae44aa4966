"""Exact instants: where, to the microsecond, something that depends on time begins to hold.

Decisions compare floats, drawings need datetimes; adding the float to a datetime can miss the edge
by a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)


def seconds_before(at: datetime, seconds: float) -> datetime:
    """So long before `at`, but not before the calendar begins."""
    # A length may be longer than the calendar: subtracted as it is, an OverflowError.
    return at - min(timedelta(seconds=seconds), at - _FIRST)


def first_instant(guess: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first microsecond at which `holds`, which must stay true from then on.

    Searched step by step from `guess`, which must be within a few microseconds of it.
    """
    while not holds(guess):
        guess += MICROSECOND
    while holds(guess - MICROSECOND):
        guess -= MICROSECOND
    return guess

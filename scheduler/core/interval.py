"""Intervals: the instants from a start on, before an end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

# From an instant to another, both named by the user of the pair: of a chart's bar, of a gap.
type TimeRange = tuple[datetime, datetime]

_start = attrgetter("start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The instants [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSpan(Interval):
    """One cycle of a service."""


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as intervals with gaps between them, in order."""
    whole: list[Interval] = []
    for each in sorted(intervals, key=_start):
        if each.start >= each.end:
            continue
        # Intervals that touch are one: no instant lies between them.
        if whole and each.start <= whole[-1].end:
            if each.end > whole[-1].end:
                whole[-1] = Interval(start=whole[-1].start, end=each.end)
        else:
            whole.append(Interval(start=each.start, end=each.end))
    return whole


def last_begun(intervals: list[Interval], at: datetime) -> Interval | None:
    """The last of these disjoint intervals that does not begin after `at`."""
    begun = bisect_right(intervals, at, key=_start)
    return intervals[begun - 1] if begun else None


def overlapping(intervals: list[Interval], start: datetime, end: datetime) -> bool:
    """Whether one of these disjoint intervals, in order, shares an instant with [start, end)."""
    # Disjoint and in order: the last to begin before `end` is the last to be over, too.
    before = bisect_left(intervals, end, key=_start)
    return before > 0 and intervals[before - 1].end > start


def first_outside(intervals: list[Interval], inside: Interval) -> datetime | None:
    """The first instant of an interval that is in none of these disjoint ones, in order; None where
    they cover all of it."""
    covering = last_begun(intervals, inside.start)
    first = inside.start if covering is None else max(covering.end, inside.start)
    return first if first < inside.end else None

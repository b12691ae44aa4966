"""Steps of time that people count in, of which no more than sixty are needed for a range.

They begin at round times of a zone's clock, before a change of clocks and after it: a day on which
clocks are set back is an hour longer than the others.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from scheduler.words.offsets import Offset, offsets

STEPS_AT_MOST = 60
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEPS = (
    *(seconds * timedelta(seconds=1) for seconds in (1, 5, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 364)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Room for the offset of any zone.
_FIRST = datetime.min.replace(tzinfo=UTC) + _DAY
_LAST = datetime.max.replace(tzinfo=UTC) - _DAY


class EvenSteps(NamedTuple):
    """Steps in a row that are equally long: the number of the first, and where that begins."""

    number: int
    start: datetime
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSteps:
    """Steps in a row: number n is [edges[n], edges[n + 1]).

    ``length`` is that of each, but where clocks are changed.
    """

    length: timedelta
    edges: tuple[datetime, ...]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def number(self, at: datetime) -> int:
        """That of the step an instant is in; the nearest one's where it is in none."""
        return min(max(bisect_right(self.edges, at) - 1, 0), len(self) - 1)

    def even(self) -> Iterator[EvenSteps]:
        """The same steps as few runs of equal ones."""
        before: timedelta | None = None
        for number, (start, end) in enumerate(pairwise(self.edges)):
            if end - start != before:
                before = end - start
                yield EvenSteps(number, start, before)


def round_steps(start: datetime, end: datetime, zone: tzinfo) -> RoundSteps:
    """The shortest steps of which STEPS_AT_MOST cover [start, end); the longest where none do.

    Args:
        zone: that on whose clock they begin at full minutes, hours and days.
    """
    fitting = (step for step in STEPS if (end - start) / step <= STEPS_AT_MOST)
    found = (_steps(start, end, step, zone) for step in fitting)
    # Round edges may need one step more than the length alone does.
    few = (steps for steps in found if len(steps) <= STEPS_AT_MOST)
    return next(few, None) or _steps(start, end, STEPS[-1], zone)


def _steps(start: datetime, end: datetime, length: timedelta, zone: tzinfo) -> RoundSteps:
    """The steps of one length that cover [start, end), at least one."""
    # So much more on either side that an edge lies beyond it on any clock.
    since = max(start - length - _DAY, _FIRST)
    until = min(max(end, start) + length + _DAY, _LAST)
    edges = list(_edges(offsets(zone, since, until), length, until))
    first = max(bisect_right(edges, start) - 1, 0)
    last = next((n for n, edge in enumerate(edges) if n > first and edge >= end), len(edges) - 1)
    return RoundSteps(length=length, edges=tuple(edges[first : last + 1]))


def _edges(changes: tuple[Offset, ...], step: timedelta, until: datetime) -> Iterator[datetime]:
    """Where the clock shows a multiple of the step, in order.

    Of a time that is left out, the change itself stands in for it. A time that comes again counts
    again only where it is a whole step that comes again.
    """
    shown = changes[0].since - _EPOCH + changes[0].ahead
    ends = (*(each.since for each in changes[1:]), until)
    for (since, ahead), end in zip(changes, ends, strict=True):
        clock = since - _EPOCH + ahead
        if _up(shown, step) < clock and clock % step:
            yield since
        # Set back by less than a step, the clock has shown before what it shows until `shown`.
        new = max(shown, clock) if shown - clock < step else clock
        at = since + _up(new, step) - clock
        while at < end:
            yield at
            at += step
        shown = end - _EPOCH + ahead


def _up(length: timedelta, step: timedelta) -> timedelta:
    """To the next multiple of the step."""
    return -(-length // step) * step

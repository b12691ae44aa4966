"""How a strip is laid: rows of time, the words beside and under them, how many cycles share a cell.

Rows begin on the clock where there are several, and each says its own day and hours: nothing has to
be added up. A service that is known for less than the range has a strip as short.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial

from django.http import HttpRequest

from dashboard.text.words import comes_twice, duration, zone_label
from dashboard.web.choices import WrongChoice
from scheduler.core.instants import MICROSECOND

STRIP = "strip"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Every zone's offset is so many minutes times a number.
_QUARTER = 15 * _MINUTE
# How long a row may be, in hours.
_ROW_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
# Between the times under a row, in minutes: for rows of up to so many hours.
# Few enough to be read side by side. 25: the day on which clocks are set back.
_LABEL_MINUTES = ((1, 15), (2, 30), (8, 60), (25, 180))


class StripRange(StrEnum):
    """How much a strip shows; the values are those of its parameter."""

    DAY = "24h"
    WEEK = "7d"


def strip_range(request: HttpRequest) -> StripRange:
    """What the address asks for: a day where it says nothing.

    Raises:
        WrongChoice: it is neither a day nor a week.
    """
    asked = request.GET.get(STRIP, StripRange.DAY)
    if asked not in set(StripRange):
        raise WrongChoice(
            f"“{asked}” is not a range of the strip",
            "Write strip=24h for a day, or strip=7d for a week.",
        )
    return StripRange(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripSize:
    """What there is room for: cells in a row, the shortest rows (in hours) where a strip has
    several, and how much of a day is shown at all."""

    cells: int
    row_hours: int
    day: timedelta


# 300 cells: a day of five-minute cycles, 288 of them, is one row with a cell each.
WIDE = StripSize(cells=300, row_hours=4, day=_DAY)
# 5 pixels a cell on the narrowest screens.
NARROW = StripSize(cells=60, row_hours=1, day=3 * _HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripLabel:
    """A time under a row, and where: in percent of its width."""

    text: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StripLayout:
    """What lies between ``since`` and ``until``, in rows of equal length, from each of ``starts``
    on; each cell stands for ``fold`` cycles. ``asked`` is how much was to be shown."""

    shown: StripRange
    starts: tuple[datetime, ...]
    length: timedelta
    since: datetime
    until: datetime
    fold: int
    zone: tzinfo
    asked: timedelta

    @property
    def said(self) -> str:
        """``24 h``, ``7 days``: how much is shown of an old service."""
        if self.shown is StripRange.WEEK:
            return "7 days"
        return "24 h" if self.asked == _DAY else duration(self.asked.total_seconds())

    def label(self, start: datetime) -> str:
        """``Sat 14 12:00`` or ``Sat 14`` beside a row; nothing where the times under it say it."""
        local = start.astimezone(self.zone)
        day = _day(local)
        if self.shown is StripRange.WEEK:
            return day
        return "" if self._is_alone else f"{day} {_clock(local, self.zone)}"

    @property
    def _is_alone(self) -> bool:
        """Whether there is but one row of hours, with no label beside it."""
        return self.shown is StripRange.DAY and len(self.starts) == 1

    def times(self, start: datetime) -> tuple[StripLabel, ...]:
        """The times under the row that begins at ``start``; none where the next row's are the
        same."""
        own = self._times(start)
        # Rows of days have the same times, but where clocks are changed: there each has its own.
        after = self.starts.index(start) + 1
        if self.shown is StripRange.WEEK and after < len(self.starts):
            return () if own == self._times(self.starts[after]) else own
        return own

    def _times(self, start: datetime) -> tuple[StripLabel, ...]:
        step = next(step for hours, step in _LABEL_MINUTES if self.length <= hours * _HOUR)
        labels: list[StripLabel] = []
        day = None
        # By quarters of an hour and not from the row's start on: labels are round times of a zone
        # whose offset has 45 minutes, too.
        for at in filter(partial(self._has_time, start), _quarters(start, self.length)):
            local = at.astimezone(self.zone)
            if (local.hour * 60 + local.minute) % step:
                continue
            text = _clock(local, self.zone)
            # Nothing else says the day there; in several rows the label beside them does.
            if self._is_alone and local.date() != day:
                day, text = local.date(), f"{_day(local)} {text}"
            percent = round((at - start) / self.length * 100, 2)
            labels.append(StripLabel(text=text, percent=percent))
        return tuple(labels)

    def _has_time(self, start: datetime, at: datetime) -> bool:
        """Whether a time is to be written under the row that begins at ``start``."""
        if self._is_alone:
            return True
        # The label beside the row says where it begins. Beyond its ends the strip would have the
        # same time of two days.
        is_inside = self.shown is StripRange.WEEK or self.since <= at < self.until
        return at != start and is_inside


def strip_layout(
    shown: StripRange,
    *,
    until: datetime,
    interval: timedelta,
    zone: tzinfo,
    known_from: datetime | None = None,
    size: StripSize = WIDE,
) -> StripLayout:
    """The rows that hold the day or the week that ends at ``until``, for cycles of that length.

    Args:
        known_from: since when anything is known, where that is later than the range begins.
        size: for which screens; on the narrow ones a day is its last hours, three cycles at least.
    """
    # Cycles of two hours would leave a narrow strip one cell and a half.
    asked = min(_DAY, max(size.day, 3 * interval))
    if shown is StripRange.WEEK:
        starts, length = _days(until, zone, known_from)
        since = starts[0]
    else:
        since = max(until - asked, known_from or until - asked)
        starts, length = _hours(since, until, interval, zone, size)
    return StripLayout(
        shown=shown,
        starts=tuple(starts),
        since=since,
        length=length,
        until=until,
        # So many cycles share a cell that a row has no more cells than it may.
        fold=max(1, -(-length // (size.cells * interval))),
        zone=zone,
        asked=asked,
    )


def _days(
    until: datetime, zone: tzinfo, known_from: datetime | None
) -> tuple[list[datetime], timedelta]:
    """The midnights of eight days, the last one begun: they hold a week."""
    last = (until - MICROSECOND).astimezone(zone)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    # Within a zone, datetime arithmetic goes by its clock: each of these is a midnight there.
    *days, end = (midnight - (7 - day) * _DAY for day in range(9))
    ends = [*days[1:], end]
    # A day on which clocks are set back has an hour more, and needs the room.
    length = max(_DAY, *map(_passed, days, ends))
    known = [
        day for day, over in zip(days, ends, strict=True) if not known_from or over > known_from
    ]
    return known or days[-1:], length


def _passed(start: datetime, end: datetime) -> timedelta:
    """How long it takes from one to the other: clocks may be set between them."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def _hours(
    since: datetime, until: datetime, interval: timedelta, zone: tzinfo, size: StripSize
) -> tuple[list[datetime], timedelta]:
    """One row where its cells fit in it, else rows of so many hours, which begin on the clock."""
    room = size.cells * interval
    lengths = [hours * _HOUR for hours in _ROW_HOURS]
    alone = next((length for length in lengths if length >= until - since), lengths[-1])
    if alone <= max(room, size.row_hours * _HOUR):
        return [since], alone
    fitting = (hours for hours in reversed(_ROW_HOURS) if hours * _HOUR <= room)
    # Short cycles would make many rows of an hour or less: rows stay this long, and cells share.
    hours = max(next(fitting, 0), size.row_hours)
    length = hours * _HOUR
    # Counted in UTC from there on: every row is as long as it says, whatever is done to clocks.
    first = _floor(since, hours, zone).astimezone(UTC)
    return [first + number * length for number in range(-((first - until) // length))], length


def _floor(at: datetime, hours: int, zone: tzinfo) -> datetime:
    local = at.astimezone(zone)
    return local.replace(hour=local.hour // hours * hours, minute=0, second=0, microsecond=0)


def _quarters(start: datetime, length: timedelta) -> Iterator[datetime]:
    """The full quarters of an hour in a row, in UTC."""
    at = start.astimezone(UTC)
    end = at + length
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    at = epoch + -((epoch - at) // _QUARTER) * _QUARTER
    while at < end:
        yield at
        at += _QUARTER


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day}"


def _clock(local: datetime, zone: tzinfo) -> str:
    """``01:00``, with its offset where clocks showed that twice."""
    return f"{local:%H:%M} {zone_label(zone, local)}" if comes_twice(local) else f"{local:%H:%M}"

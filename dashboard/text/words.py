"""Times and counts in words: one way to write each, on every page and in the charts.

An instant is written in one zone, which its words always name. What a status is called is in
`dashboard.text.signals`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from scheduler.words.durations import duration as duration
from scheduler.words.durations import span as span
from scheduler.words.numbers import count as count
from scheduler.words.numbers import ordinal as ordinal
from scheduler.words.numbers import percent as percent
from scheduler.words.offsets import offsets

_DAY = timedelta(days=1)


def zone_label(zone: tzinfo, at: datetime) -> str:
    """``UTC``, or the offset that holds at that instant: ``UTC+02:00``."""
    return _offset_label(at.astimezone(zone).utcoffset())


def _offset_label(offset: timedelta | None) -> str:
    if not offset:
        return "UTC"
    minutes, seconds = divmod(round(abs(offset).total_seconds()), 60)
    # A minus sign and no hyphen; what is typed may have either (typed_times.py).
    label = f"UTC{'+' if offset > timedelta() else '−'}{minutes // 60:02}:{minutes % 60:02}"
    # Monrovia's clocks were 44 m 30 s behind UTC until 1972.
    return f"{label}:{seconds:02}" if seconds else label


def comes_twice(local: datetime) -> bool:
    """Whether the clocks of its zone show this time of day twice: once more before or after."""
    return local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWords:
    """Instants in words, in one zone, as seen from ``now``.

    The date is told where it is not that of ``day`` (of ``now`` when not given): on the page of a
    past cycle the day is told once, and not in every line. So is the offset: ``label`` has the one
    of ``beside`` (of ``day`` when not given), and an instant whose own is another tells it, as one
    does whose time of day comes twice, because clocks are set back over it.
    """

    zone: tzinfo
    now: datetime
    day: datetime | None = None
    beside: datetime | None = None
    # Kept: a chart of a thousand lanes writes some thousands of instants.
    today: date = field(init=False)
    offset: timedelta | None = field(init=False)

    def __post_init__(self) -> None:
        day = self.day or self.now
        beside = self.beside or day
        object.__setattr__(self, "today", day.astimezone(self.zone).date())
        object.__setattr__(self, "offset", beside.astimezone(self.zone).utcoffset())

    @property
    def label(self) -> str:
        """The offset of the instants that do not tell their own, for the head of a table."""
        return _offset_label(self.offset)

    def bare(self, at: datetime) -> str:
        """``14:05:09`` beside `label`; milliseconds if there are any, the offset where needed."""
        local = at.astimezone(self.zone)
        offset = local.utcoffset()
        # The head of a table names the offset. Where a time of day comes twice, that is not enough.
        if offset == self.offset and not comes_twice(local):
            return self._dated(local)
        return f"{self._dated(local)} {_offset_label(offset)}"

    def _dated(self, local: datetime) -> str:
        text = _written(local)
        # Without `2026-03-14 `.
        return text[11:] if local.date() == self.today else text

    def seconds(self, at: datetime) -> str:
        """`bare` without milliseconds."""
        return self.bare(at.replace(microsecond=0))

    def full(self, at: datetime) -> str:
        """``14:05:09 UTC``, with the offset of that very instant."""
        local = at.astimezone(self.zone)
        return f"{self._dated(local)} {_offset_label(local.utcoffset())}"

    def dated(self, at: datetime) -> str:
        """``2026-03-14 14:05:09 UTC``: with its date, though it be today's."""
        local = at.astimezone(self.zone).replace(microsecond=0)
        return f"{_written(local)} {_offset_label(local.utcoffset())}"

    def full_seconds(self, at: datetime) -> str:
        """`full` without milliseconds."""
        return self.full(at.replace(microsecond=0))

    def ends(self, start: datetime, end: datetime, *, is_exact: bool = False) -> tuple[str, str]:
        """``14:05:09`` and ``14:06:29 UTC``: the offset at both where they have two, and the date
        at the end where it is another than at the start. Exact ones tell microseconds, too."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        at_start, at_end = (_written(each, is_exact=is_exact) for each in (first, last))
        if last.date() == first.date():
            at_end = at_end[11:]
        if first.date() == self.today:
            at_start = at_start[11:]
        if first.utcoffset() != last.utcoffset():
            at_start += f" {_offset_label(first.utcoffset())}"
        return at_start, f"{at_end} {_offset_label(last.utcoffset())}"

    def time_range(self, start: datetime, end: datetime) -> str:
        """``14:05:09 – 14:06:29 UTC``, with the offsets between the ends that neither has."""
        return f"{' – '.join(self.ends(start, end))}{self._between(start, end)}"

    def range(self, start: datetime, end: datetime) -> str:
        """``14:05:09 – 14:06:29 UTC (1 m 20 s)``."""
        return f"{self.time_range(start, end)} ({span(end - start)})"

    def _between(self, start: datetime, end: datetime) -> str:
        # Within a day, clocks are not changed twice.
        if end - start <= _DAY:
            return ""
        first, *along = (each.ahead for each in offsets(self.zone, start, end))
        others = dict.fromkeys(each for each in along[:-1] if each not in (first, along[-1]))
        return "".join(f", {_offset_label(each)} in between" for each in others)


def _written(local: datetime, *, is_exact: bool = False) -> str:
    # A cycle may begin between two milliseconds; typed in, its shown time has to lead back to it.
    if is_exact and local.microsecond % 1_000:
        return local.isoformat(" ", "microseconds")[:26]
    return local.isoformat(" ", "milliseconds")[: 23 if local.microsecond > 999 else 19]

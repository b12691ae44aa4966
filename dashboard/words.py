"""Times, durations and counts in words: one way to write each, on every page and in the charts.

An instant is written in one zone, which its words always name. What a status is called is in
`dashboard.signals`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo


def duration(seconds: float) -> str:
    """``850 ms``, ``7.5 s``, ``1 m 20 s``, ``3 h 05 m``, ``2 d 04 h``; below zero as zero."""
    milliseconds = round(max(seconds, 0.0) * 1000)
    if milliseconds == 0:
        return "0 s"
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + " s"
    whole = round(milliseconds / 1000)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} m {rest:02} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02} h" if hours else f"{days} d"


def span(length: timedelta) -> str:
    """`duration` of a timedelta."""
    return duration(length.total_seconds())


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 runner``, ``1,000 runners``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def percent(fraction: float) -> str:
    """``67 %``; what is not nothing is never written as nothing, nor what is not all as all."""
    if 0 < fraction < 0.01:
        return "under 1 %"
    if 0.99 < fraction < 1:
        return "over 99 %"
    return f"{fraction * 100:.0f} %"


def zone_label(zone: tzinfo, at: datetime) -> str:
    """``UTC``, or the offset that holds at that instant: ``UTC+02:00``."""
    return _offset_label(at.astimezone(zone).utcoffset())


def _offset_label(offset: timedelta | None) -> str:
    if not offset:
        return "UTC"
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours:02}:{rest:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWords:
    """Instants in words, in one zone, as seen from ``now``.

    The date is told where it is not that of ``day`` (of ``now`` when not given): on the page of a
    past cycle the day is told once, and not in every line.
    """

    zone: tzinfo
    now: datetime
    day: datetime | None = None
    # Kept: a chart of a thousand lanes writes some thousands of instants.
    today: date = field(init=False)

    def __post_init__(self) -> None:
        day = self.day or self.now
        object.__setattr__(self, "today", day.astimezone(self.zone).date())

    @property
    def label(self) -> str:
        """The zone's label at ``now``."""
        return zone_label(self.zone, self.now)

    def bare(self, at: datetime) -> str:
        """``14:05:09`` for places that name the zone themselves; milliseconds if there are any."""
        return self._written(at.astimezone(self.zone))

    def _written(self, local: datetime) -> str:
        text = local.isoformat(" ", "milliseconds")[: 23 if local.microsecond > 999 else 19]
        return text[11:] if local.date() == self.today else text

    def seconds(self, at: datetime) -> str:
        """`bare` without milliseconds."""
        return self.bare(at.replace(microsecond=0))

    def full(self, at: datetime) -> str:
        """``14:05:09 UTC``, with the offset of that very instant."""
        local = at.astimezone(self.zone)
        return f"{self._written(local)} {_offset_label(local.utcoffset())}"

    def range(self, start: datetime, end: datetime) -> str:
        """``14:05:09 – 14:06:29 UTC (1 m 20 s)``."""
        return f"{self.bare(start)} – {self.full(end)} ({span(end - start)})"

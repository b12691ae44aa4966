"""Instants on the axes of charts: texts without a zone.

Plotly takes a number on a date axis as the browser's local time, and draws a text as it is. So
every instant of a chart is told as a text, in the one offset that its zone has where the chart
begins. It goes on in it over a change of clocks: two instants never share a place, and what took
twice as long is twice as wide. What clocks really show is on the ticks, which the browser writes by
what `clock` tells (static/dashboard/plot/instants.js, ticks.js).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from dashboard.text.words import zone_label
from scheduler.core.interval import TimeRange
from scheduler.words.offsets import offset_at, offsets

# Of the axis; a bar below it gets a point to aim for.
TOO_THIN = 1 / 150
# How ticks are written: in how many lines, and how exactly at least.
Ticks = Literal["time", "time and seconds", "time over date"]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HALF = timedelta(microseconds=500)


def milliseconds(length: timedelta) -> int:
    """A length, rounded: so bars tell how wide they are."""
    return (length + _HALF) // _MILLISECOND


def unix_ms(at: datetime) -> int:
    """The instant for the browser's own arithmetic, in milliseconds since 1970."""
    return milliseconds(at - _EPOCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeScale:
    """The axis from ``start`` to ``end`` in a zone."""

    start: datetime
    end: datetime
    zone: tzinfo
    # How far ahead of UTC it is drawn, and half a millisecond, which rounds.
    _shift: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Once a scale: a chart of a thousand lanes writes ten thousand instants.
        object.__setattr__(self, "_shift", offset_at(self.zone, self.start) + _HALF)

    def is_thin(self, start: datetime, end: datetime) -> bool:
        """Whether a bar would be too thin to point at."""
        return end - start < (self.end - self.start) * TOO_THIN

    def x(self, at: datetime) -> str:
        """The instant as it is drawn, to the millisecond."""
        # The offset of the axis' start at every instant, whatever the clocks show then.
        text = (at.astimezone(UTC) + self._shift).isoformat(" ", "milliseconds")
        return text[:19] if text.startswith(".000", 19) else text[:23]

    def clip(self, start: datetime, end: datetime) -> TimeRange | None:
        """The part of an interval that is on the axis; None when nothing is."""
        left = max(self.start, start)
        right = min(self.end, end)
        return (left, right) if left < right else None

    @property
    def offset_labels(self) -> set[str]:
        """The offsets along the axis, in words."""
        # All of them, not those of the ends: clocks may be set there and back within a long axis.
        along = offsets(self.zone, self.start, self.end)
        return {zone_label(self.zone, each.since) for each in along}

    def clock(self, ticks: Ticks) -> dict[str, Any]:
        """For the browser, in milliseconds: how far ahead of UTC the axis is drawn, the zone's
        offsets along it (each from when on, how far ahead, in words), and how ticks are written."""
        return {
            # Read back by instants.js when somebody drags or zooms: it must be the shift of `x`.
            "ahead": milliseconds(offset_at(self.zone, self.start)),
            "offsets": [
                [unix_ms(each.since), milliseconds(each.ahead), zone_label(self.zone, each.since)]
                for each in offsets(self.zone, self.start, self.end)
            ],
            "ticks": ticks,
        }


def time_axis(scale: TimeScale) -> dict[str, Any]:
    """What the axes of all charts have in common; the browser adds the ticks."""
    left, right = scale.x(scale.start), scale.x(scale.end)
    return {
        "type": "date",
        "range": [left, right],
        # Plotly would turn ticks that have little room.
        "tickangle": 0,
        "tickfont": {"size": 12, "color": "var(--muted)"},
        "gridcolor": "var(--grid)",
        "zeroline": False,
    }


def top_time_axis(scale: TimeScale) -> dict[str, Any]:
    """The axis above lanes; nobody leaves what is drawn."""
    return time_axis(scale) | {
        "minallowed": scale.x(scale.start),
        "maxallowed": scale.x(scale.end),
        "side": "top",
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "var(--edge)",
    }

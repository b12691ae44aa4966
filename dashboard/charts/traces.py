"""The traces that charts are made of, and the scale that puts instants on a date axis.

Plain dicts and not `plotly.graph_objects`: validating a figure of 1,000 lanes costs more than all
the rest of the page. Tests validate the same dicts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from html import escape
from typing import Any

# In a hover on a lane: the browser puts in the runner's name and id (hovers.js). Written out, they
# would be half of the figure of a large fleet. No other text has a "<" but that of a "<br>".
LANE_NAME = "<name>"
LANE_ID = "<id>"

# Of the axis; a bar below it gets a point to aim for.
TOO_THIN = 1 / 150

Trace = dict[str, Any]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeScale:
    """Instants as milliseconds on a date axis that shows one zone.

    Plotly draws dates as they are in UTC, so every instant is moved by the zone's offset at the
    cycle's start; a cycle in which the offset changes is drawn with the first one throughout.
    """

    start: datetime
    end: datetime
    zone: tzinfo
    # Milliseconds to add to Unix time; half a one of them rounds.
    shift: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shift", self.offset.total_seconds() * 1000 + 0.5)

    @property
    def offset(self) -> timedelta:
        return self.start.astimezone(self.zone).utcoffset() or timedelta()

    def is_thin(self, start: datetime, end: datetime) -> bool:
        """Whether a bar would be too thin to point at."""
        return end - start < (self.end - self.start) * TOO_THIN

    def x(self, at: datetime) -> int:
        """The instant on the axis, in milliseconds."""
        return int(at.timestamp() * 1000 + self.shift)

    def clip(self, start: datetime, end: datetime) -> Stretch | None:
        """The part of a stretch that is on the axis; None when nothing is."""
        left = max(self.start, start)
        right = min(self.end, end)
        return (left, right) if left < right else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A runner in hovers, safe there: its name, and its id where the name is another."""

    name: str
    runner_id: str

    @classmethod
    def on_lane(cls, name: str, runner_id: str) -> "Called":
        """On a lane of its own, with places for what the lane is called."""
        return cls(name=LANE_NAME, runner_id="" if name == escape(runner_id) else LANE_ID)

    @classmethod
    def in_words(cls, name: str, runner_id: str) -> "Called":
        """Written out; ``name`` is safe already."""
        safe = escape(runner_id)
        return cls(name=name, runner_id="" if name == safe else safe)


@dataclass(slots=True, kw_only=True)
class Bars:
    """Horizontal bars that are filled one by one and become one trace."""

    lanes: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    hovers: list[Any] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(
        self,
        scale: TimeScale,
        lane: float,
        start: datetime,
        end: datetime,
        hover: Any = None,
        text: str = "",
    ) -> None:
        """One bar from ``start`` to ``end``, as far as it is on the axis."""
        shown = scale.clip(start, end)
        if shown is None:
            return
        left, right = map(scale.x, shown)
        self.lanes.append(lane)
        self.starts.append(left)
        self.lengths.append(right - left)
        if hover is not None:
            self.hovers.append(hover)
        self.texts.append(text)

    def trace(
        self, name: str, *, height: float, marker: dict[str, Any], template: str = "", **more: Any
    ) -> Trace:
        """The trace; without a hover template it is not seen by the pointer."""
        trace: Trace = {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": self.lanes,
            "base": self.starts,
            "x": self.lengths,
            "width": height,
            "marker": marker,
        }
        return trace | _hover(self.hovers, template) | more


@dataclass(slots=True, kw_only=True)
class Points:
    """Markers that are filled one by one and become one trace."""

    lanes: list[float | None] = field(default_factory=list)
    instants: list[int | None] = field(default_factory=list)
    hovers: list[Any] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(
        self, scale: TimeScale, lane: float, at: datetime, hover: Any = None, text: str = ""
    ) -> None:
        """One marker, unless it is off the axis."""
        if not scale.start <= at <= scale.end:
            return
        self.lanes.append(lane)
        self.instants.append(scale.x(at))
        if hover is not None:
            self.hovers.append(hover)
        self.texts.append(text)

    def add_line(self, scale: TimeScale, lane: float, start: datetime, end: datetime) -> None:
        """A line of its own from ``start`` to ``end``."""
        shown = scale.clip(start, end)
        if shown is not None:
            self.lanes += [lane, lane, None]
            self.instants += [scale.x(shown[0]), scale.x(shown[1]), None]

    def add_outline(
        self, scale: TimeScale, lane: float, height: float, start: datetime, end: datetime
    ) -> None:
        """The outline of a bar of this ``height``."""
        shown = scale.clip(start, end)
        if shown is not None:
            left, right = map(scale.x, shown)
            top, bottom = lane - height / 2, lane + height / 2
            self.lanes += [top, top, bottom, bottom, top, None]
            self.instants += [left, right, right, left, left, None]

    def trace(self, name: str, *, mode: str = "markers", template: str = "", **more: Any) -> Trace:
        """The trace; without a hover template it is not seen by the pointer."""
        trace: Trace = {
            "type": "scatter",
            "mode": mode,
            "name": name,
            "x": self.instants,
            "y": self.lanes,
            "cliponaxis": False,
        }
        if "text" in mode:
            trace["text"] = self.texts
        return trace | _hover(self.hovers, template) | more


def hatch(colour: str, shape: str, *, size: int = 6, solidity: float = 0.2) -> dict[str, Any]:
    """A marker that is filled with a pattern and nothing else."""
    return {
        "color": "rgba(0,0,0,0)",
        "line": {"width": 0},
        "pattern": {
            "shape": shape,
            "fgcolor": colour,
            "bgcolor": "rgba(0,0,0,0)",
            "size": size,
            "solidity": solidity,
        },
    }


def _hover(hovers: Sequence[Any], template: str) -> Trace:
    if not template:
        return {"hoverinfo": "skip"}
    return {"customdata": hovers, "hovertemplate": template + "<extra></extra>"}


def without(stretch: Stretch, covered: Iterable[Stretch]) -> list[Stretch]:
    """What is left of a stretch: of overlapping bars the pointer finds the wrong one."""
    left = [stretch]
    for start, end in covered:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return left

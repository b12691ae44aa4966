"""The traces that charts are made of.

Plain dicts and not `plotly.graph_objects`: validating a figure of 1,000 lanes costs more than all
the rest of the page. Tests validate the same dicts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale, unix_ms
from scheduler.core.interval import TimeRange
from scheduler.core.timeline import CycleTimeline

# In a hover on a lane: the browser puts in the runner's name and id (hovers.js). Written out, they
# would be half of the figure of a large fleet. No other text has a "<" but that of a "<br>".
LANE_NAME = "<name>"
LANE_ID = "<id>"

NO_GROUND = "rgba(0,0,0,0)"

Trace = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A runner in hovers, safe there: its name, and its id where the name is another."""

    name: str
    runner_id: str

    @classmethod
    def on_lane(cls, name: str, runner_id: str) -> "Called":
        """On a lane of its own, with places for what the lane is called."""
        # Where the name is the whole id, a second line would repeat it.
        return cls(name=LANE_NAME, runner_id="" if name == escape(runner_id) else LANE_ID)

    @classmethod
    def in_words(cls, name: str, runner_id: str) -> "Called":
        """Written out; ``name`` is safe already."""
        safe = escape(runner_id)
        return cls(name=name, runner_id="" if name == safe else safe)


@dataclass(slots=True, kw_only=True)
class Bars:
    """Horizontal bars that are filled one by one and become one trace."""

    # Lists of one length, by index: within a trace, either every bar has a hover or none has.
    lanes: list[float] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
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
        # Callers hand in whole rows: runs and presences reach out of the cycle that is drawn.
        if shown is None:
            return
        left, right = shown
        self.lanes.append(lane)
        self.starts.append(scale.x(left))
        # Each end is rounded, not the length, so that a bar ends exactly where the next one begins.
        self.lengths.append(unix_ms(right) - unix_ms(left))
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
    instants: list[str | None] = field(default_factory=list)
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
            # The None breaks the line: all lines of a trace are one path to Plotly.
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
            # A mark at the very start or end of the axis is whole, and not cut in half.
            "cliponaxis": False,
        }
        # Texts of mere markers would only make the figure larger.
        if "text" in mode:
            trace["text"] = self.texts
        return trace | _hover(self.hovers, template) | more


def hatch(
    colour: str,
    shape: str,
    *,
    size: int = 6,
    solidity: float = 0.2,
    ground: str = NO_GROUND,
) -> dict[str, Any]:
    """A marker that is filled with a pattern; over another one, it needs a ground of its own."""
    return {
        "color": NO_GROUND,
        "line": {"width": 0},
        "pattern": {
            "shape": shape,
            "fgcolor": colour,
            "bgcolor": ground,
            "size": size,
            "solidity": solidity,
        },
    }


def _hover(hovers: Sequence[Any], template: str) -> Trace:
    if not template:
        # Not "none": that would still take the pointer away from what lies below.
        return {"hoverinfo": "skip"}
    # An empty <extra> hides the box with the trace's name, which is our own key.
    return {"customdata": hovers, "hovertemplate": template + "<extra></extra>"}


def gaps_of(timeline: CycleTimeline) -> list[TimeRange]:
    """When nobody watched: what is drawn there has a pattern of its own."""
    return [(gap.started_at, gap.ended_at) for gap in timeline.unwatched]


def without(whole: TimeRange, covered: Iterable[TimeRange]) -> list[TimeRange]:
    """What is left of an interval: of overlapping bars the pointer finds the wrong one, and of
    overlapping patterns the eye finds none."""
    # Each interval cuts what the ones before it have left; the order is of no matter.
    left = [whole]
    for start, end in covered:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return left

"""The timeline of one cycle: the ribbon of owners on top, one lane a runner, a common time axis;
between them all lanes in one row, where not all are drawn (band.py).

Of patterns, none is drawn over another: one is left out where the other is, or the upper one has a
ground of its own. Few traces and no shape a lane, so that a fleet of 1,000 is one figure like any
other. The now line and the growing end of what runs are the browser's (overlay.js); `layout.meta`
tells it where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale, top_time_axis, unix_ms
from dashboard.plot.layout import LANE_AXIS, LANES_LAYOUT
from dashboard.plot.traces import Trace
from dashboard.text.words import TimeWords
from dashboard.timeline.band import BAND_PX, Band
from dashboard.timeline.lanes import lane_traces
from dashboard.timeline.ribbon import ribbon_traces, unwatched_traces
from dashboard.timeline.runs import RUN_EDGE_PX, RUN_HEIGHT, blocked_traces, run_traces
from dashboard.timeline.verdicts import verdict_traces
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.characters import visible

# The same at 5 lanes and at 1,000: a lane stays readable, and the page scrolls.
LANE_PX = 26
RIBBON_PX = 26
GAP_PX = 10
# Between the ribbon and what is in the gap below it.
BAND_GAP_PX = 8
MARGIN_TOP_PX = 34
MARGIN_BOTTOM_PX = 10
MARGIN_RIGHT_PX = 16
# Labels are monospaced, 12 pixels high: so wide is one character of theirs (timeline.css).
CHARACTER_PX = 7.4
# An offset beside the axis, and half of the words of a tick.
ZONE_PX = 118
CHANGE_LINES = 60
_BAND_TOP_PX = RIBBON_PX + BAND_GAP_PX

Figure = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChart:
    """``figure`` for Plotly, its height, and the names of the marks that are really on it."""

    figure: Figure
    height_px: int
    present: frozenset[str]


def timeline_chart(
    timeline: CycleTimeline,
    *,
    verdicts: Sequence[SlotVerdict],
    names: Mapping[str, str],
    zone: tzinfo,
    revision: str,
    gap_px: int = GAP_PX,
    band: Band | None = None,
) -> TimelineChart:
    """The chart of a cycle.

    Args:
        verdicts: what became of its windows; those on no lane of the timeline are not drawn.
        names: what each runner is called, by runner id.
        zone: the zone of the axis and of every hover.
        revision: the same as long as zoom and pan are to be kept (Plotly's ``uirevision``).
        gap_px: what is between the first lane and what is above it.
        band: all lanes of the cycle, where the timeline has some of them.
    """
    scale = TimeScale(start=timeline.cycle_start, end=timeline.cycle_end, zone=zone)
    words = cycle_words(timeline, zone)
    safe = _Names((runner_id, escape(name)) for runner_id, name in names.items())
    # Windows that were not watched go under the runs: one may be reported afterwards.
    unknown, *judged = verdict_traces(timeline, verdicts, scale)
    # In the order of drawing, the lowest first.
    traces = [
        *ribbon_traces(timeline, scale, words, safe),
        *lane_traces(timeline, scale, words, safe, verdicts),
        unknown,
        *unwatched_traces(timeline, scale, words),
        *run_traces(timeline, scale, words, safe),
        *judged,
        *blocked_traces(timeline, scale, words, safe),
    ]
    # An empty trace would have its item in the legend all the same.
    shown = [trace for trace in traces if trace["x"]]
    present = {trace["name"] for trace in shown}
    if band is not None:
        shown.append(band.trace)
        present |= band.present
        gap_px += BAND_GAP_PX + BAND_PX
    height = _height(len(timeline.lanes), gap_px)
    return TimelineChart(
        figure={
            "data": shown,
            "layout": _layout(timeline, scale, names, revision, height, band),
        },
        height_px=height,
        present=frozenset(present),
    )


def cycle_words(timeline: CycleTimeline, zone: tzinfo) -> TimeWords:
    """Times on a page about one cycle: of a past one, the day is that on which it began."""
    is_over = timeline.cycle_end <= timeline.now
    return TimeWords(
        zone=zone, now=timeline.now, day=timeline.cycle_start if is_over else timeline.now
    )


class _Names(dict[str, str]):
    """Names, safe in Plotly's texts; a runner without one is called by its id."""

    def __missing__(self, runner_id: str) -> str:
        return escape(runner_id)


def _height(lanes: int, gap_px: int) -> int:
    plot = RIBBON_PX + gap_px + max(lanes, 1) * LANE_PX
    return plot + MARGIN_TOP_PX + MARGIN_BOTTOM_PX


def _layout(
    timeline: CycleTimeline,
    scale: TimeScale,
    names: Mapping[str, str],
    revision: str,
    height: int,
    band: Band | None,
) -> dict[str, Any]:
    # Not escaped: labels become elements by textContent (labels.js), not Plotly's texts.
    labels = [names.get(lane.runner_id) or visible(lane.runner_id) for lane in timeline.lanes]
    # Without runners there is room for one lane, as in _height.
    lanes = max(len(labels), 1)
    plot = height - MARGIN_TOP_PX - MARGIN_BOTTOM_PX
    # Room for the longest label, up to 24 characters: a longer one ends in dots (timeline.css).
    left = round(min(max([10, *map(len, labels)]), 24) * CHARACTER_PX) + 26
    if scale.offset_labels != {"UTC"}:
        left = max(left, ZONE_PX)
    return {
        **LANES_LAYOUT,
        "height": height,
        "margin": {
            "l": left,
            "r": MARGIN_RIGHT_PX,
            "t": MARGIN_TOP_PX,
            "b": MARGIN_BOTTOM_PX,
            "pad": 0,
        },
        # A name on the ribbon is as large as the others or is not there.
        "uniformtext": {"mode": "hide", "minsize": 11},
        "uirevision": revision,
        "xaxis": top_time_axis(scale) | {"anchor": "free", "position": 1},
        # Upside down: the first lane is on top. Only time is zoomed, lanes keep their height.
        "yaxis": LANE_AXIS | {"domain": [0, lanes * LANE_PX / plot], "range": [lanes - 0.5, -0.5]},
        "yaxis2": LANE_AXIS | {"domain": [1 - RIBBON_PX / plot, 1], "range": [-0.5, 0.5]},
        "shapes": _change_lines(timeline, scale),
        "meta": _meta(timeline, scale, labels, plot) | {"band": _band_meta(band)},
        **(band.axes(1 - _BAND_TOP_PX / plot, 1 - (_BAND_TOP_PX + BAND_PX) / plot) if band else {}),
    }


def _band_meta(band: Band | None) -> dict[str, Any] | None:
    if band is None:
        return None
    return {
        "label": band.label,
        "addresses": band.addresses,
        "top": _BAND_TOP_PX,
        "height": BAND_PX,
    }


def _change_lines(timeline: CycleTimeline, scale: TimeScale) -> list[dict[str, Any]]:
    """A dotted line down all lanes where the membership changed; so many that they would be all
    there is to see are left to the markers on the ribbon."""
    # The first epoch begins with the cycle: no change, and no line.
    changes = timeline.epochs[1:]
    if len(changes) > CHANGE_LINES:
        return []
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": scale.x(epoch.start),
            "x1": scale.x(epoch.start),
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"color": "var(--edge)", "width": 1, "dash": "dot"},
        }
        for epoch in changes
    ]


def _meta(
    timeline: CycleTimeline, scale: TimeScale, labels: list[str], plot: int
) -> dict[str, Any]:
    """What the browser draws itself: what moves, the labels, and the ticks of the time axis.
    Instants are Unix milliseconds."""
    lanes = max(len(labels), 1)
    running = [
        # From where the drawn bar ends: the browser adds only what has passed since then.
        {"lane": lane, "from": unix_ms(max(timeline.now, scale.start))}
        for lane, row in enumerate(timeline.lanes)
        for run in row.executions
        if run.status == Status.RUNNING and run.ended_at is None
        # How long it goes on is known only while somebody watches.
        if timeline.watched_until == timeline.now
    ]
    return {
        "clock": scale.clock("time and seconds"),
        "runners": [lane.runner_id for lane in timeline.lanes],
        "labels": labels,
        "end": unix_ms(scale.end),
        "runHeight": RUN_HEIGHT,
        "runEdge": RUN_EDGE_PX,
        "lanePx": LANE_PX,
        "lanesTop": plot - lanes * LANE_PX,
        "running": running,
    }


__all__ = ["Figure", "TimelineChart", "Trace", "timeline_chart"]

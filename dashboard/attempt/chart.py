"""The cycle of one attempt, drawn small: a few lanes of the timeline, with that attempt marked.

An arrow, a word and a frame mark it, not a colour: those say what became of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from dashboard.plot.instants import TimeScale
from dashboard.timeline.figure import Figure, TimelineChart, timeline_chart
from dashboard.timeline.ribbon import NAMED_SEGMENTS
from dashboard.timeline.runs import RUN_HEIGHT
from scheduler.core.timeline import CycleTimeline, Ownership, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status

# Stands for several runners on the ribbon; no runner has an empty id.
OTHERS = ""
GAP_PX = 30
ARROW_PX = 17
# Nearer to an edge, the words go away from it.
_EDGE = 0.08
# From the middle of the first lane, which is the attempt's: half of a run's bar, and a bit.
_FRAME = RUN_HEIGHT / 2 + 0.06


def attempt_chart(
    timeline: CycleTimeline,
    execution: RecordedExecution,
    *,
    names: Mapping[str, str],
    zone: tzinfo,
    revision: str,
) -> TimelineChart:
    """The chart of a cycle whose first lane is that of the attempt's runner."""
    chart = timeline_chart(
        _with_few_owners(timeline),
        verdicts=(),
        names={**names, OTHERS: "one of the others"},
        zone=zone,
        revision=revision,
        gap_px=GAP_PX,
    )
    scale = TimeScale(start=timeline.cycle_start, end=timeline.cycle_end, zone=zone)
    layout = chart.figure["layout"]
    marked: Figure = {
        **chart.figure,
        "layout": {
            **layout,
            "shapes": [*layout["shapes"], *_frame(execution, scale)],
            # The timeline has no annotations of its own.
            "annotations": [_arrow(execution, scale)],
        },
    }
    return replace(chart, figure=marked)


def _with_few_owners(timeline: CycleTimeline) -> CycleTimeline:
    """Where the ribbon has room for no names, who has no lane is on it together: a thousand owners
    would be most of the page."""
    if len(timeline.ownership) <= NAMED_SEGMENTS:
        return timeline
    shown = {lane.runner_id for lane in timeline.lanes}
    owners: list[Ownership] = []
    for each in timeline.ownership:
        if each.runner_id is None or each.runner_id in shown:
            owners.append(each)
            continue
        last = owners[-1] if owners else None
        # Grace has a strip of its own on the ribbon, and is not merged away.
        if last and (last.runner_id, last.in_grace) == (OTHERS, each.in_grace):
            owners[-1] = replace(last, end=each.end)
        else:
            owners.append(replace(each, runner_id=OTHERS))
    return replace(timeline, ownership=tuple(owners))


def _frame(execution: RecordedExecution, scale: TimeScale) -> list[dict[str, Any]]:
    """Around a run that is over; the end of one that goes on moves in the browser."""
    if execution.status == Status.BLOCKED or execution.ended_at is None:
        return []
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "y",
            "x0": scale.x(max(execution.started_at, scale.start)),
            # A run may end in a later cycle: drawn is the one it began in.
            "x1": scale.x(min(execution.ended_at, scale.end)),
            "y0": -_FRAME,
            "y1": _FRAME,
            "line": {"color": "var(--text)", "width": 2},
        }
    ]


def _arrow(execution: RecordedExecution, scale: TimeScale) -> dict[str, Any]:
    at = _pointed_at(execution, scale)
    share = (at - scale.start) / (scale.end - scale.start)
    anchor = "left" if share < _EDGE else "right" if share > 1 - _EDGE else "center"
    return {
        "text": "this attempt" if execution.status == Status.BLOCKED else "this run",
        "x": scale.x(at),
        "xref": "x",
        "xanchor": anchor,
        # Lanes are counted downwards: this is the upper edge of the frame.
        "y": -_FRAME,
        "yref": "y",
        "yanchor": "bottom",
        "ax": 0,
        "ay": -ARROW_PX,
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": 2,
        "arrowcolor": "var(--text)",
        "standoff": 1,
        "borderpad": 0,
        "font": {"size": 12, "color": "var(--text)"},
    }


def _pointed_at(execution: RecordedExecution, scale: TimeScale) -> datetime:
    """The attempt, or the middle of what is drawn of a run that is over."""
    start = max(execution.started_at, scale.start)
    if execution.status == Status.BLOCKED or execution.ended_at is None:
        return start
    return start + (max(min(execution.ended_at, scale.end), start) - start) / 2

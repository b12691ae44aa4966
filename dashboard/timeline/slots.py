"""What became of a runner's slots over a day, as bars on one lane of its chart."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Bars, Trace, hatch, without
from dashboard.rows.judgement import judged_signal
from dashboard.rows.slot_words import cycle_words, telling
from dashboard.text.words import TimeWords
from scheduler.core.interval import TimeRange
from scheduler.core.judging.verdicts import Verdict
from scheduler.cycles.summary_json import Judged
from scheduler.fleet.slot_records import RunnerCycle

# As high as what was heard, on the lane above (runners/chart.py).
HEIGHT = 0.5
_EDGE = {"color": "var(--edge)", "width": 0.75}
_MARKERS: dict[str, dict[str, Any]] = {
    "served": {"color": "var(--completed)", "line": {"width": 0}},
    "abandoned": hatch("var(--abandoned)", "x", size=5, solidity=0.4),
    "blocked": {"color": "var(--blocked-other)", "line": {"width": 0}},
    "unserved": hatch("var(--abandoned)", "-", size=5, solidity=0.4),
    # Replanned, or served before: no trouble, and so no more than a window's ground.
    "explained": {"color": "var(--window)", "line": _EDGE},
    "unknown": hatch("var(--unwatched)", "x", size=6, solidity=0.15),
}


def slot_traces(
    cycles: Sequence[RunnerCycle],
    unwatched: Sequence[TimeRange],
    lane: int,
    scale: TimeScale,
    words: TimeWords,
) -> list[Trace]:
    """One bar for cycles in a row that went the same way for the runner; where nobody watched, a
    pattern lies over it, so that there it has none of its own."""
    bars = {kind: Bars() for kind in _MARKERS}
    for judged, first, last, number in _alike(cycles):
        became = escape(judged_signal(*judged).word)
        hover = f"{became}<br>{cycle_words(first, last, number, words)}"
        kind = _kind(*judged)
        has_pattern = "pattern" in _MARKERS[kind]
        for start, end in without((first, last), unwatched if has_pattern else ()):
            bars[kind].add(scale, lane, start, end, hover)
    return [
        each.trace(
            f"slots {kind}",
            height=HEIGHT,
            marker=_MARKERS[kind],
            template="%{customdata}",
        )
        for kind, each in bars.items()
    ]


def _alike(
    cycles: Sequence[RunnerCycle],
) -> Iterator[tuple[Judged, datetime, datetime, int]]:
    """Intervals of cycles in a row that went the same way: how, from when to when, how many."""
    told = ((cycle, telling(cycle)) for cycle in cycles)
    for judged, group in groupby(told, key=lambda one: one[1]):
        alike = [cycle for cycle, _ in group]
        # A cycle that had no slot for it is a hole between two bars, and not a part of either.
        if judged is not None:
            yield judged, alike[0].cycle_start, alike[-1].cycle_end, len(alike)


def _kind(verdict: Verdict, reason: str) -> str:
    # Only what nothing explains counts as missed (slot_records.py).
    if verdict is Verdict.UNSERVED and reason:
        return "explained"
    return verdict.value if verdict.value in _MARKERS else "explained"

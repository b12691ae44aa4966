"""What a runner did over a day on two lanes: its runs, and what was blocked.

Runs one by one as long as they can be told apart, else by periods of ten minutes, in which the
height of a bar tells how many there were. Each reason of a block has a height of its own in the
lane, so that no mark covers another's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Bars, Points, Trace, hatch
from dashboard.text.signals import BLOCKED, STATUSES, Signal, blocked_signal
from dashboard.text.words import TimeWords, count
from dashboard.timeline.runs import RUN_HEIGHT, blocked_marker
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.fleet.busy_periods import LENGTH, Busy, period_of

# A bar's height is a property of its trace, so that each step of each status is a trace: few.
STEPS = 5
# The rows of a lane of blocks: ours, and all others together.
ROWS = (*BLOCKED, "")
# A twentieth of the lane stays free at each edge, or marks would reach into the next lane.
ROW_HEIGHT = 0.9 / len(ROWS)
MARK_PX = 8
_EDGE_PX = 1.2


def row_of(lane: int, reason: str) -> float:
    """Where in its lane the marks of a reason are."""
    # A fleet may have reasons of its own; what they are called is in the hover.
    row = ROWS.index(reason if reason in BLOCKED else "")
    return lane - 0.45 + (row + 0.5) * ROW_HEIGHT


def block_marks(
    blocks: Iterable[RecordedExecution],
    lane: int,
    scale: TimeScale,
    words: TimeWords,
    hover_of: Callable[[RecordedExecution], str],
) -> list[Trace]:
    """One mark for the blocks of one reason that are too near to each other to be told apart."""
    near: dict[tuple[str, datetime], list[RecordedExecution]] = defaultdict(list)
    for block in blocks:
        near[block.reason, period_of(block.first_attempt_at)].append(block)
    marks = _Marks(lane, scale)
    for (reason, start), rows in near.items():
        told = hover_of(rows[0])
        if len(rows) > 1:
            tries = sum(each.attempts for each in rows)
            told = _told(blocked_signal(reason).word, len(rows), tries, "block", start, words)
        marks.add(reason, rows[0].first_attempt_at, told)
    return marks.traces()


def busy_traces(
    periods: Sequence[Busy], lanes: tuple[int, int], scale: TimeScale, words: TimeWords
) -> list[Trace]:
    """Runs as bars, each as high as there were many in a period; a mark for each reason that
    blocked in it."""
    runs, blocks = lanes
    ran = [each for each in periods if each.status != Status.BLOCKED]
    marks = _Marks(blocks, scale)
    for each in periods:
        if each.status == Status.BLOCKED:
            word = blocked_signal(each.reason).word
            told = _told(word, each.rows, each.attempts, "block", each.start, words)
            # Of a period only the sums are known, and so its middle stands for all of it.
            marks.add(each.reason, each.start + LENGTH / 2, told)
    return [*_run_bars(ran, runs, scale, words), *marks.traces()]


def _run_bars(
    periods: Sequence[Busy], lane: int, scale: TimeScale, words: TimeWords
) -> list[Trace]:
    totals: dict[datetime, int] = defaultdict(int)
    for each in periods:
        totals[each.start] += each.rows
    most = max(totals.values(), default=0)
    bars: dict[tuple[Signal, float], Bars] = defaultdict(Bars)
    for each in periods:
        signal = STATUSES[each.status]
        # What went well is under what did not, and as high as there were any.
        is_under = each.status == Status.COMPLETED
        height = RUN_HEIGHT * _step(totals[each.start] if is_under else each.rows, most)
        told = _told(signal.word, each.rows, each.rows, "run", each.start, words)
        bars[signal, height].add(scale, lane, each.start, each.start + LENGTH, told)
    good = STATUSES[Status.COMPLETED]
    # Later traces are drawn on top: the sort is stable, and puts what went well first, below.
    ordered = sorted(bars.items(), key=lambda item: item[0][0] != good)
    return [
        each.trace(signal.key, height=height, marker=_marker(signal), template="%{customdata}")
        for (signal, height), each in ordered
    ]


class _Marks:
    """Marks of blocks, each reason in its row of the lane."""

    def __init__(self, lane: int, scale: TimeScale) -> None:
        self._lane = lane
        self._scale = scale
        self._points: dict[Signal, Points] = defaultdict(Points)

    def add(self, reason: str, at: datetime, told: str) -> None:
        signal = blocked_signal(reason if reason in BLOCKED else "")
        self._points[signal].add(self._scale, row_of(self._lane, reason), at, told)

    def traces(self) -> list[Trace]:
        return [
            each.trace(
                signal.key,
                template="%{customdata}",
                marker=blocked_marker(signal, size=MARK_PX, edge=_EDGE_PX),
            )
            for signal, each in self._points.items()
        ]


def _step(number: int, most: int) -> float:
    """A part of a lane's height: the least that there is can be seen, the most fills it."""
    return -(-number * STEPS // most) / STEPS if most else 0.0


def _marker(signal: Signal) -> dict[str, Any]:
    if signal.key == "abandoned":
        # It may lie over the hatch of unwatched time: on a ground of its own, both can be told.
        return hatch("var(--abandoned)", "x", size=5, solidity=0.5, ground="var(--surface)")
    return {"color": signal.colour, "line": {"color": "var(--surface)", "width": 0.5}}


def _told(word: str, rows: int, attempts: int, unit: str, start: datetime, words: TimeWords) -> str:
    # A row of a refusal stands for all its repeats; runs have none, and the number is left out.
    tries = f", {count(attempts, 'attempt')}" if attempts != rows else ""
    return f"{escape(word)} · {count(rows, unit)}{tries}<br>{words.range(start, start + LENGTH)}"

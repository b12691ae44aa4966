"""What a filter of the history finds over time: how many of each status, and how long they took.

Two panels on one time axis. Bars count by the start, dots are single runs, the line is the median
of each bar's runs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from statistics import median
from typing import Any

from dashboard.plot.buckets import Buckets
from dashboard.plot.instants import TimeScale, time_axis, unix_ms
from dashboard.plot.layout import COMMON
from dashboard.plot.traces import Trace
from dashboard.text.signals import STATUSES, Signal
from dashboard.text.words import TimeWords, count, duration, span
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.samples import Sample, SampleRow
from scheduler.history.summed import Summed

# history.css has the same height: nothing below moves when the chart is drawn.
HEIGHT_PX = 316
BARS_HEIGHT_PX = 190
# Where the two panels are, as parts of the height.
BARS_FROM = 0.6
DOTS_UNTIL = 0.46
# Each is about 50 bytes on its way: its run id does not compress.
DOTS_AT_MOST = 1_000
# Of those, so many are the longest: they are what one looks for.
LONGEST_DOTS = 200
# Bars are told apart by their pattern too.
PATTERNS = {
    Status.COMPLETED: "",
    Status.ABANDONED: "/",
    Status.BLOCKED: "x",
    Status.RUNNING: "-",
}
# Durations as one says them: left alone, a logarithmic axis has powers of ten of a second.
_TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, 86_400.0, 864_000.0)
# Below it there is nothing to see, and a logarithm has no zero.
_SHORTEST = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """The median length of the runs of one bucket that have ended."""

    seconds: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChart:
    """``figure`` for Plotly, and how many of the ``runs`` are ``dots`` on it."""

    figure: dict[str, Any]
    dots: int
    runs: int


def history_chart(
    sample: Sample,
    older: Summed | None,
    buckets: Buckets,
    *,
    now: datetime,
    unwatched: set[int],
    places: Mapping[int, int],
    bases: Sequence[str],
) -> HistoryChart:
    """The chart of what a filter finds in the time that the buckets cover.

    Args:
        older: counts of what the sample does not reach, by the numbers of the buckets.
        unwatched: services, by primary key, of whose runs nobody knows whether they go on.
        bases: what the addresses of executions begin with; ``places`` says by the primary key of
            a service which of them is its.
    """
    scale = buckets.scale
    words = TimeWords(zone=scale.zone, now=now)
    # A dot has its place at its start: what began before the range has none on the axis.
    runs = [
        row for row in sample.rows if row.started_at >= scale.start and _has_length(row, unwatched)
    ]
    dots, medians = _dots(runs, now), _medians(runs, buckets)
    counts = _counts(sample, older, buckets)
    drawn = [
        *(_bar_trace(each, counts[each], medians, buckets, words) for each in PATTERNS),
        *_dot_traces(dots, scale, words, places),
        _median_trace(medians, buckets),
    ]
    traces = [trace for trace in drawn if trace["x"]]
    return HistoryChart(
        figure={"data": traces, "layout": _layout(buckets, sample, older, bool(runs), bases)},
        dots=len(dots),
        runs=len(runs),
    )


def _has_length(row: SampleRow, unwatched: set[int]) -> bool:
    if row.status == Status.RUNNING:
        return row.service not in unwatched
    return row.status != Status.BLOCKED


def _counts(
    sample: Sample, older: Summed | None, buckets: Buckets
) -> Mapping[Status, Mapping[int, int]]:
    """How many of each status began in each bucket, by its number."""
    counts: dict[Status, Counter[int]] = defaultdict(Counter)
    for row in sample.rows:
        # Summaries count whole cycles: of the one that the sample begins in they have all, so the
        # sample is counted from the next one on.
        if older is None or row.started_at >= older.until[row.service]:
            # What began before the range is counted at its beginning: there it ran.
            counts[row.status][buckets.number(row.started_at)] += 1
    for number, each in older.counts.items() if older else ():
        for status, count_of in each.items():
            counts[status][number] += count_of
    return counts


def _bar_trace(
    status: Status,
    counts: Mapping[int, int],
    medians: Mapping[int, Median],
    buckets: Buckets,
    words: TimeWords,
) -> Trace:
    signal = STATUSES[status]
    numbers = sorted(number for number, found in counts.items() if found)
    intervals = [buckets.interval(number) for number in numbers]
    return {
        "type": "bar",
        "name": signal.key,
        "x": [buckets.scale.x(start) for start, _ in intervals],
        "y": [counts[number] for number in numbers],
        # A bar begins at its x (else it would be centred on it), and is so many milliseconds wide.
        "offset": 0,
        "width": [unix_ms(end) - unix_ms(start) for start, end in intervals],
        "marker": bar_marker(signal.colour, PATTERNS[status]),
        "customdata": [
            f"{words.range(*interval)}<br>{counts[number]:,} {signal.word.lower()}"
            f"{_median_words(medians.get(number))}"
            for number, interval in zip(numbers, intervals, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def bar_marker(colour: str, pattern: str) -> dict[str, Any]:
    """A bar with a thin gap to its neighbours, and a pattern in its colour."""
    marker: dict[str, Any] = {
        "color": colour,
        "line": {"color": "var(--surface)", "width": 0.75},
    }
    if pattern:
        marker["pattern"] = {
            "shape": pattern,
            "fgcolor": "var(--surface)",
            "size": 6,
            "solidity": 0.25,
            "fillmode": "overlay",
        }
    return marker


def _dots(runs: Sequence[SampleRow], now: datetime) -> list[SampleRow]:
    """All runs, or as many as can be told apart: the longest, and some of the others evenly."""
    if len(runs) <= DOTS_AT_MOST:
        return list(runs)
    by_length = sorted(runs, key=lambda run: seconds_of(run, now), reverse=True)
    # The order of time again: every n-th is even over it. Whole rows don't compare: two that began
    # at once may be one that has a length and one that has none yet.
    rest = sorted(by_length[LONGEST_DOTS:], key=attrgetter("started_at"))
    step = len(rest) / (DOTS_AT_MOST - LONGEST_DOTS)
    evenly = (rest[int(number * step)] for number in range(DOTS_AT_MOST - LONGEST_DOTS))
    return [*by_length[:LONGEST_DOTS], *evenly]


def seconds_of(run: SampleRow, now: datetime) -> float:
    """How long it took, or has taken so far."""
    if run.duration_us is None:
        # A fleet tells starts by its own clocks, and these may be ahead of ours.
        return max((now - run.started_at).total_seconds(), 0.0)
    return run.duration_us / 1e6


def _dot_traces(
    runs: Iterable[SampleRow], scale: TimeScale, words: TimeWords, places: Mapping[int, int]
) -> list[Trace]:
    by_status: dict[Status, list[SampleRow]] = defaultdict(list)
    for run in runs:
        by_status[run.status].append(run)
    return [_dot_trace(status, each, scale, words, places) for status, each in by_status.items()]


def _dot_trace(
    status: Status,
    runs: Sequence[SampleRow],
    scale: TimeScale,
    words: TimeWords,
    places: Mapping[int, int],
) -> Trace:
    signal = STATUSES[status]
    symbol = {Status.RUNNING: "circle-open", Status.ABANDONED: "x-thin"}.get(status, "circle")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{signal.key} run",
        "yaxis": "y2",
        "x": [scale.x(run.started_at) for run in runs],
        "y": [max(seconds_of(run, words.now), _SHORTEST) for run in runs],
        "marker": {
            "symbol": symbol,
            "size": 7 if status == Status.ABANDONED else 5,
            "color": signal.colour,
            "opacity": 0.75,
            "line": {"color": signal.colour, "width": 1.5},
        },
        # A click opens the run (history_chart.js). Its service is told by its place: the layout has
        # the address once for all dots. A bar has a text here, and leads nowhere.
        "customdata": [
            [_dot_hover(run, signal, words), places[run.service], run.run_id] for run in runs
        ],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }


def _dot_hover(run: SampleRow, signal: Signal, words: TimeWords) -> str:
    so_far = " so far" if run.status == Status.RUNNING else ""
    length = duration(seconds_of(run, words.now))
    return f"{length}{so_far}, {signal.word.lower()}<br>{words.full(run.started_at)}"


def _medians(runs: Iterable[SampleRow], buckets: Buckets) -> dict[int, Median]:
    """By the number of a bucket, in the order of time; none where nothing has ended."""
    lengths: dict[int, list[int]] = defaultdict(list)
    for run in runs:
        if run.duration_us is not None:
            lengths[buckets.number(run.started_at)].append(run.duration_us)
    return {
        number: Median(seconds=median(each) / 1e6, runs=len(each))
        for number, each in sorted(lengths.items())
    }


def _median_words(of: Median | None) -> str:
    return f"<br>median {duration(of.seconds)} of {count(of.runs, 'run')}" if of else ""


def _median_trace(medians: Mapping[int, Median], buckets: Buckets) -> Trace:
    """Where few ran, it goes right through the dots: they are what is pointed at."""
    intervals = map(buckets.interval, medians)
    return {
        "type": "scatter",
        # A line of a single point is not seen.
        "mode": "lines+markers" if len(medians) == 1 else "lines",
        "name": "median",
        "yaxis": "y2",
        "x": [buckets.scale.x(start + (end - start) / 2) for start, end in intervals],
        "y": [max(each.seconds, _SHORTEST) for each in medians.values()],
        "line": {"color": "var(--text)", "width": 1.5},
        "hoverinfo": "skip",
    }


def _layout(
    buckets: Buckets, sample: Sample, older: Summed | None, has_runs: bool, bases: Sequence[str]
) -> dict[str, Any]:
    scale = buckets.scale
    quiet = {"size": 12, "color": "var(--muted)"}
    # What is dragged is a range of time: heights are fixed.
    axis = {"tickfont": quiet, "gridcolor": "var(--grid)", "zeroline": False, "fixedrange": True}
    bars_end = BARS_FROM if has_runs else 0
    # Bars reach as far back as the summaries do, dots and medians no further than the sample.
    counted = older.since if older else sample.since
    titles = [_title(f"Executions each {span(buckets.steps.length)}", 1.0)]
    left_out = [_left_out(scale, counted, bars_end, 1)]
    if has_runs:
        titles.append(_title("Duration of each run, and the median", DOTS_UNTIL))
        left_out.append(_left_out(scale, sample.since, 0, DOTS_UNTIL))
    return {
        **COMMON,
        "height": HEIGHT_PX if has_runs else BARS_HEIGHT_PX,
        "margin": {"l": 56, "r": 12, "t": 20, "b": 42, "pad": 0},
        "barmode": "stack",
        "hoverdistance": 12,
        "dragmode": "zoom",
        "xaxis": {
            **time_axis(scale),
            # The ticks of time are under the lowest panel.
            "anchor": "y2" if has_runs else "y",
        },
        "yaxis": axis | {"domain": [bars_end, 1], "rangemode": "tozero", "nticks": 4},
        "yaxis2": axis
        | {
            "domain": [0, DOTS_UNTIL],
            "type": "log",
            "anchor": "x",
            "tickvals": list(_TICKS),
            "ticktext": [duration(each) for each in _TICKS],
        },
        "annotations": titles,
        "shapes": [shape for each in left_out for shape in each],
        "meta": {
            "clock": scale.clock("time over date"),
            "executions": list(bases),
        },
    }


def _title(text: str, y: float) -> dict[str, Any]:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": "var(--muted)"},
    }


def _left_out(
    scale: TimeScale, since: datetime | None, bottom: float, top: float
) -> list[dict[str, Any]]:
    """What is not known before an instant is shaded: nothing drawn does not mean nothing was."""
    if since is None or since <= scale.start:
        return []
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": scale.x(scale.start),
            "x1": scale.x(since),
            "y0": bottom,
            "y1": top,
            "fillcolor": "var(--window)",
            "line": {"width": 0},
            "layer": "below",
        }
    ]

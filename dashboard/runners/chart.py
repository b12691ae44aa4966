"""One runner over a day: when it was heard, what became of its slots, what it ran, what was
blocked. Four lanes, one axis.

The axis ends at a full quarter of an hour, so that it stands still between refreshes. The now line
and the growing end of what runs are the browser's (overlay.js), as on the timeline of a cycle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale, top_time_axis, unix_ms
from dashboard.plot.layout import LANE_AXIS, LANES_LAYOUT
from dashboard.plot.traces import Bars, Called, Points, Trace, hatch, without
from dashboard.text.signals import STATUSES
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords
from dashboard.timeline.density import block_marks, busy_traces
from dashboard.timeline.runs import RUN_EDGE_PX, RUN_HEIGHT, blocked_hover, run_hover, seen_end
from dashboard.timeline.slots import slot_traces
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.fleet.runner_report import RunnerReport

LANES = ("heard", "slots", "runs", "blocked")
HEARD, SLOTS, RUNS, BLOCKS = range(4)
LANE_PX = 44
MARGIN_TOP_PX = 30
MARGIN_BOTTOM_PX = 8
MARGIN_LEFT_PX = 92
# An offset beside the axis, and half of the words of a tick.
ZONE_PX = 108
MARGIN_RIGHT_PX = 20
QUARTER = timedelta(minutes=15)
DAY = timedelta(hours=24)
HEARD_HEIGHT = 0.5
# A bar below this share of the day is too thin to point at, and gets a point to aim for.
TOO_THIN = DAY / 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChart:
    """``figure`` for Plotly, its height, and the names of the marks that are really on it."""

    figure: dict[str, Any]
    height_px: int
    present: frozenset[str]


def presence_chart(
    report: RunnerReport, *, names: Mapping[str, str], zone: tzinfo, revision: str
) -> PresenceChart:
    """The chart of a runner's last 24 hours.

    Args:
        names: what each runner is called, by runner id.
        zone: the zone of the axis and of every hover.
        revision: the same as long as zoom and pan are to be kept (Plotly's ``uirevision``).
    """
    end = axis_end(report.now)
    scale = TimeScale(start=end - DAY, end=end, zone=zone)
    words = TimeWords(zone=zone, now=report.now)
    safe = {runner_id: escape(each) for runner_id, each in names.items()}
    name = safe.get(report.runner.runner_id) or escape(report.runner.runner_id)
    traces = [
        *_heard_traces(report, scale, words, name),
        _unheard_trace(report, scale, words, name),
        *slot_traces(report.cycles, report.unwatched, SLOTS, scale, words),
        # Under what was done: of a pattern over another one, the eye finds neither.
        _unwatched_trace(report, scale, words),
        *_done_traces(report, scale, words, name, safe),
    ]
    shown = [trace for trace in traces if trace["x"]]
    height = len(LANES) * LANE_PX + MARGIN_TOP_PX + MARGIN_BOTTOM_PX
    return PresenceChart(
        figure={"data": shown, "layout": _layout(report, scale, revision, height)},
        height_px=height,
        present=frozenset(trace["name"] for trace in shown),
    )


def axis_end(now: datetime) -> datetime:
    """The first full quarter of an hour after ``now``."""
    # Quarters of UTC, from which the zones of today are whole quarters away.
    into = timedelta(seconds=now.timestamp() % QUARTER.total_seconds())
    return (now - into + QUARTER).replace(microsecond=0)


def _heard_traces(
    report: RunnerReport, scale: TimeScale, words: TimeWords, name: str
) -> list[Trace]:
    """Solid up to the last heartbeat, pale for as long as that one kept the runner alive."""
    member, bystander, tail = Bars(), Bars(), Bars()
    for presence in report.presences:
        # While it is heard it expires in the future, of which nothing is drawn.
        until = min(presence.expires_at, report.now)
        last = min(presence.last_heartbeat_at, until)
        word = "is heard" if presence.eligible else "is heard, but not eligible"
        hover = (
            f"{name} {word}<br>{words.range(presence.started_at, until)}"
            f"<br>last heartbeat {words.full(presence.last_heartbeat_at)}"
        )
        if presence.eligible:
            member.add(scale, HEARD, presence.started_at, last, hover)
        else:
            # No hatch lies over another: here that of unwatched time does. A solid bar may stay.
            for start, end in without((presence.started_at, last), report.unwatched):
                bystander.add(scale, HEARD, start, end, hover)
        tail.add(scale, HEARD, last, until, f"{hover}<br>no heartbeat since")
    solid = {"color": "var(--completed)", "line": {"width": 0}}
    hatched = hatch("var(--track)", "|", size=5, solidity=0.4)
    edge = {"color": "var(--edge)", "width": 0.75}
    pale = {"color": "var(--window)", "line": edge}
    return [
        tail.trace("tail", height=HEARD_HEIGHT, marker=pale, template="%{customdata}"),
        member.trace("heard", height=HEARD_HEIGHT, marker=solid, template="%{customdata}"),
        bystander.trace(
            "not eligible",
            height=HEARD_HEIGHT,
            marker=hatched | {"line": edge},
            template="%{customdata}",
        ),
    ]


def _unheard_trace(report: RunnerReport, scale: TimeScale, words: TimeWords, name: str) -> Trace:
    """A thin dashed line through each gap: the pointer finds it, the eye sees it is no calm."""
    gaps = Bars()
    for unheard in report.unheard:
        hover = f"{name} is not heard<br>{words.range(*unheard)}"
        for start, end in without(unheard, report.unwatched):
            gaps.add(scale, HEARD, start, end, hover)
    dashes = hatch("var(--abandoned)", "/", size=5, solidity=0.3)
    return gaps.trace("unheard", height=HEARD_HEIGHT, marker=dashes, template="%{customdata}")


def _done_traces(
    report: RunnerReport,
    scale: TimeScale,
    words: TimeWords,
    name: str,
    names: Mapping[str, str],
) -> list[Trace]:
    """Runs and blocks, one by one or by periods."""
    until = report.watched_until
    inside = [row for row in report.executions if seen_end(row, until) >= scale.start]
    if report.busy:
        # What goes on is drawn by itself: it grows.
        running = [row for row in inside if row.status == Status.RUNNING]
        over = [each for each in report.busy if each.status != Status.RUNNING]
        return [
            *busy_traces(over, (RUNS, BLOCKS), scale, words),
            *_run_traces(running, report, scale, words, name),
        ]

    def hover_of(block: RecordedExecution) -> str:
        return blocked_hover(block, words, Called.in_words(name, block.runner_id), names)

    runs = [row for row in inside if row.status != Status.BLOCKED]
    blocks = [row for row in inside if row.status == Status.BLOCKED]
    return [
        *_run_traces(runs, report, scale, words, name),
        *block_marks(blocks, BLOCKS, scale, words, hover_of),
    ]


def _run_traces(
    runs: Iterable[RecordedExecution],
    report: RunnerReport,
    scale: TimeScale,
    words: TimeWords,
    name: str,
) -> list[Trace]:
    wide: dict[Status, Bars] = {status: Bars() for status in STATUSES if status != Status.BLOCKED}
    thin = {status: Bars() for status in wide}
    aims = Points()
    for run in runs:
        end = seen_end(run, report.watched_until)
        called = Called.in_words(name, run.runner_id)
        hover = run_hover(run, report.now, report.watched_until, words, called)
        if end - run.started_at < TOO_THIN:
            thin[run.status].add(scale, RUNS, run.started_at, end)
            aims.add(scale, RUNS, run.started_at + (end - run.started_at) / 2, hover)
        else:
            wide[run.status].add(scale, RUNS, run.started_at, end, hover)
    return [
        *(_run_trace(status, each) for status, each in thin.items()),
        *(_run_trace(status, each, "%{customdata}") for status, each in wide.items()),
        aims.trace("aim", template="%{customdata}", marker={"size": 10, "opacity": 0}),
    ]


def _run_trace(status: Status, bars: Bars, template: str = "") -> Trace:
    signal = STATUSES[status]
    # The edge keeps a run of a few seconds in sight.
    marker = {"color": signal.colour, "line": {"color": signal.colour, "width": RUN_EDGE_PX}}
    return bars.trace(signal.key, height=RUN_HEIGHT, marker=marker, template=template)


def _unwatched_trace(report: RunnerReport, scale: TimeScale, words: TimeWords) -> Trace:
    """Cross-hatch over all lanes where nobody told us anything."""
    ground = Bars()
    for start, end in report.unwatched:
        hover = f"not watched<br>{words.range(start, end)}"
        # The gap that goes on is told in the sentence of every page.
        if end == report.now:
            hover = unwatched_words(report.watched_until, words).rstrip(".")
        ground.add(scale, (len(LANES) - 1) / 2, start, end, hover)
    marker = hatch("var(--unwatched)", "x", size=9, solidity=0.12)
    return ground.trace("unwatched", height=len(LANES), marker=marker, template="%{customdata}")


def _layout(report: RunnerReport, scale: TimeScale, revision: str, height: int) -> dict[str, Any]:
    return {
        **LANES_LAYOUT,
        "height": height,
        "margin": {
            # An offset (UTC−05:00) is wider than UTC; along a change of clocks there are two.
            "l": MARGIN_LEFT_PX if scale.offset_labels == {"UTC"} else ZONE_PX,
            "r": MARGIN_RIGHT_PX,
            "t": MARGIN_TOP_PX,
            "b": MARGIN_BOTTOM_PX,
            "pad": 0,
        },
        "uirevision": revision,
        "xaxis": top_time_axis(scale),
        # Downwards: the first lane is on top.
        "yaxis": LANE_AXIS | {"range": [len(LANES) - 0.5, -0.5]},
        "meta": {
            "clock": scale.clock("time"),
            # For what labels.js and overlay.js place beside the chart and over it.
            "runners": [report.runner.runner_id] * len(LANES),
            "labels": LANES,
            "end": unix_ms(scale.end),
            "runHeight": RUN_HEIGHT,
            "runEdge": RUN_EDGE_PX,
            "lanePx": LANE_PX,
            "lanesTop": 0,
            "running": [
                # The bar ends now, and from there on the browser lets it grow.
                {"lane": RUNS, "from": unix_ms(max(report.now, scale.start))}
                for run in report.executions
                # How long it goes on is known only while somebody watches. A block has ended.
                if run.ended_at is None and report.is_watched
            ],
        },
    }

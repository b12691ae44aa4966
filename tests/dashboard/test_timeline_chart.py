"""The timeline figure: a valid Plotly figure, and every mark where it belongs."""

import gzip
import json
from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.charts.timeline import LANE_PX, timeline_chart
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import CycleTimeline, RecordedExecution, WatchSpan, reconstruct
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, execution, revision, span
from tests.dashboard.tokens import colours

# Slots of 20 s; windows of 15 s, of which the first half is not late.
POLICY = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=1 / 12)
TRIO = [span("a"), span("b"), span("c")]


def timeline(now: float = 25, **rows: Any) -> CycleTimeline:
    defaults: dict[str, Any] = {"presences": TRIO, "executions": [], "policies": [revision(POLICY)]}
    return reconstruct(cycle_start=T0, now=at(now), **(defaults | rows))


def figure(drawn: CycleTimeline, zone: Any = UTC) -> dict[str, Any]:
    names = {lane.runner_id: lane.runner_id for lane in drawn.lanes}
    return timeline_chart(drawn, names=names, zone=zone, revision="r").figure


def traces(drawn: CycleTimeline, name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure(drawn)["data"] if trace["name"] == name]


def trace(drawn: CycleTimeline, name: str) -> dict[str, Any]:
    (found,) = traces(drawn, name)
    return found


def bars(drawn: CycleTimeline, name: str) -> list[tuple[float, float, float]]:
    """Lane, start and end of each bar, in seconds after the cycle's start."""
    found = trace(drawn, name)
    origin = T0.timestamp() * 1000
    return [
        (lane, (base - origin) / 1000, (base + length - origin) / 1000)
        for lane, base, length in zip(found["y"], found["base"], found["x"], strict=True)
    ]


def points(drawn: CycleTimeline, name: str) -> list[tuple[float, float]]:
    found = trace(drawn, name)
    origin = T0.timestamp() * 1000
    return [
        (lane, (instant - origin) / 1000)
        for lane, instant in zip(found["y"], found["x"], strict=True)
    ]


def blocked(runner_id: str, start: float, reason: str, *, attempts: int = 1) -> RecordedExecution:
    row = execution(runner_id, start, start)
    last = at(start + 5 * (attempts - 1))
    return replace(
        row, status=Status.BLOCKED, reason=reason, attempts=attempts, last_attempt_at=last
    )


def everything() -> CycleTimeline:
    """A cycle in which every kind of mark is drawn."""
    policy = replace(POLICY, membership_stabilization_seconds=30.0)
    return timeline(
        now=50,
        policies=[revision(policy)],
        presences=[
            span("a"),
            span("b", -100, 30),
            span("c", 10),
            span("d", -100, 20),
            span("d", 20.001, eligible=False),
        ],
        executions=[
            execution("a", 2, 9, number=1),
            replace(execution("b", 22, 24, number=2), status=Status.ABANDONED),
            execution("c", 45, number=3),
            *(
                blocked("a", 12 + index, reason, attempts=1 + index)
                for index, reason in enumerate(
                    [
                        "late_start",
                        "scheduled_runner_in_grace",
                        "slot_window_invalid",
                        "prior_running",
                        "no_margin",
                    ]
                )
            ),
        ],
        watches=[WatchSpan(started_at=at(-100), ended_at=at(40))],
    )


def in_theme(value: Any, palette: dict[str, str]) -> Any:
    """The figure as theme.js makes it: variables replaced by what they are worth."""
    if isinstance(value, dict):
        return {key: in_theme(each, palette) for key, each in value.items()}
    if isinstance(value, str) and value.startswith("var(--"):
        name = value.removeprefix("var(--").removesuffix(")")
        return {"sans": "sans-serif", "mono": "monospace"}.get(name) or palette[name]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [in_theme(each, palette) for each in value]
    return value


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_is_one_that_plotly_accepts(theme: str) -> None:
    go.Figure(in_theme(figure(everything()), colours(theme)))


def test_every_kind_of_mark_is_drawn() -> None:
    names = {trace["name"] for trace in figure(everything())["data"]}

    assert names >= {
        "owner", "present owner", "change", "heartbeats", "not eligible", "window", "late",
        "grace", "silence", "completed", "abandoned", "running", "unwatched", "repeats", "counts",
        "blocked-late-start", "blocked-in-grace", "blocked-no-window", "blocked-prior-running",
        "blocked-other",
    }  # fmt: skip


def test_a_window_is_a_bar_and_the_margin_is_empty() -> None:
    assert bars(timeline(), "window") == [(0, 0, 15), (1, 20, 35), (2, 40, 55)]


def test_the_late_part_of_a_window_is_hatched() -> None:
    assert bars(timeline(), "late") == [(0, 7.5, 15), (1, 27.5, 35), (2, 47.5, 55)]


def test_the_ribbon_tells_the_present_owner() -> None:
    assert bars(timeline(now=25), "present owner") == [(0, 20, 40)]


def test_a_run_is_a_bar_on_its_lane() -> None:
    drawn = timeline(executions=[execution("b", 21, 24)])

    assert bars(drawn, "completed") == [(1, 21, 24)]


def test_a_run_reaches_to_now_while_it_goes_on() -> None:
    drawn = timeline(now=25, executions=[execution("b", 21)])

    assert bars(drawn, "running") == [(1, 21, 25)]


def test_what_a_run_grows_into_answers_the_pointer_too() -> None:
    drawn = timeline(now=25, executions=[execution("b", 21)])  # next change: late at 27.5

    (lane, start, end) = bars(drawn, "reach")[0]

    assert (lane, start) == (1, 25)
    assert end == pytest.approx(27.5, abs=0.001)


def test_a_run_from_before_the_cycle_is_clipped_and_its_hover_tells_the_truth() -> None:
    drawn = timeline(executions=[execution("a", -30, 5)])

    assert bars(drawn, "completed") == [(0, 0, 5)]
    assert "(35 s)" in trace(drawn, "completed")["customdata"][0]


def test_the_pointer_meets_a_run_and_not_the_window_under_it() -> None:
    drawn = timeline(executions=[execution("a", 2, 9)])

    assert bars(drawn, "window")[:2] == [(0, 0, 2), (0, 9, 15)]


def test_a_run_too_short_to_be_pointed_at_has_a_point_to_aim_for() -> None:
    drawn = timeline(executions=[execution("a", 2, 2.01)])

    assert points(drawn, "aim") == [(0, 2.005)]


def test_a_blocked_attempt_is_a_marker_of_its_reason() -> None:
    drawn = timeline(executions=[blocked("b", 21, "late_start")])

    assert points(drawn, "blocked-late-start") == [(1, 21)]


def test_repeats_are_counted_and_reach_to_the_last_one() -> None:
    drawn = timeline(now=40, executions=[blocked("b", 21, "prior_running", attempts=3)])

    assert trace(drawn, "counts")["text"] == ["×3"]
    assert points(drawn, "counts") == [(1, 31)]


def test_a_lane_is_broken_where_heartbeats_were_missing() -> None:
    drawn = timeline(now=50, presences=[span("a", -100, 10), span("a", 30), span("b"), span("c")])

    lane = next(index for index, row in enumerate(drawn.lanes) if row.runner_id == "a")
    assert [bar for bar in bars(drawn, "heartbeats") if bar[0] == lane] == [
        (lane, 0, 10),
        (lane, 30, 60),
    ]


def test_a_change_of_the_membership_is_marked_and_named() -> None:
    drawn = timeline(now=50, presences=[span("a"), span("b"), span("c", 30)])

    assert points(drawn, "change") == [(0.5, 30)]
    assert "joined c" in trace(drawn, "change")["customdata"][0]


def test_grace_is_shaded_on_the_lane_and_on_the_ribbon() -> None:
    policy = replace(POLICY, membership_stabilization_seconds=55.0)
    presences = [span("a"), span("b"), span("c", -10, 900)]  # in grace until 45 s

    ribbon, lane = traces(timeline(presences=presences, policies=[revision(policy)]), "grace")

    assert (ribbon["yaxis"], ribbon["x"]) == ("y2", [5_000])  # its slot begins at 40 s
    assert (lane["y"], lane["x"]) == ([2], [45_000])


def test_where_nobody_watched_everything_is_cross_hatched() -> None:
    watches = [WatchSpan(started_at=at(-100), ended_at=at(10))]

    found = traces(timeline(now=20, watches=watches), "unwatched")

    assert {each["marker"]["pattern"]["shape"] for each in found} == {"x"}
    assert [each["text"] for each in found if "text" in each] == [["not watched"]]


def test_nobody_is_named_where_nobody_watched() -> None:
    watches = [
        WatchSpan(started_at=at(-100), ended_at=at(5)),
        WatchSpan(started_at=at(15), ended_at=at(100)),
    ]

    drawn = timeline(now=50, watches=watches, presences=[span("a")])

    assert bars(drawn, "present owner") == [(0, 0, 5), (0, 15, 60)]


def test_the_axis_shows_the_zone() -> None:
    layout = figure(timeline(), ZoneInfo("Asia/Kathmandu"))["layout"]

    shift = 5.75 * 3_600_000
    assert layout["xaxis"]["range"][0] == T0.timestamp() * 1000 + shift
    assert layout["meta"]["zone"] == "UTC+05:45"


def test_zoom_is_kept_as_long_as_the_revision_is() -> None:
    assert figure(timeline())["layout"]["uirevision"] == "r"


def test_lanes_keep_their_height() -> None:
    names: dict[str, str] = {}
    few = timeline_chart(timeline(), names=names, zone=UTC, revision="r").height_px
    more = [span(f"r{number}") for number in range(103)]
    many = timeline_chart(timeline(presences=more), names=names, zone=UTC, revision="r").height_px

    assert many - few == 100 * LANE_PX


def test_nothing_that_a_runner_is_called_becomes_markup() -> None:
    text = json.dumps(
        [
            trace["customdata"]
            for trace in figure(timeline(presences=[span("<b>x</b>")]))["data"]
            if "customdata" in trace
        ]
    )

    assert "&lt;b&gt;x" in text
    assert "<b>" not in text


def test_a_thousand_lanes_stay_small() -> None:
    presences = [span(f"{number:08x}-0c5b-4f7e-9e9c-1a6d9e1f0001") for number in range(1_000)]
    long = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0.01)

    drawn = figure(timeline(presences=presences, policies=[revision(long)]))

    text = json.dumps(drawn, separators=(",", ":"))
    assert len(text) < 1_000_000
    assert len(gzip.compress(text.encode())) < 200_000
    assert len(drawn["data"]) < 30
    assert len(drawn["layout"]["shapes"]) == 0

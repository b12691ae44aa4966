"""The timeline figure: a valid Plotly figure, and every mark where it belongs."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.timeline.figure import LANE_PX, timeline_chart
from dashboard.timeline.ribbon import MOST_SEGMENTS
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, execution, revision, span
from tests.dashboard.timeline.drawn import bars_of, seconds_of
from tests.dashboard.timeline.patterns import moire
from tests.dashboard.web.tokens import colours

# Slots of 20 s; windows of 15 s, of which the first half is not late.
POLICY = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=1 / 12)
TRIO = [span("a"), span("b"), span("c")]


def timeline(now: float = 25, **rows: Any) -> CycleTimeline:
    defaults: dict[str, Any] = {"presences": TRIO, "executions": [], "policies": [revision(POLICY)]}
    return reconstruct(cycle_start=T0, now=at(now), **(defaults | rows))


def figure(drawn: CycleTimeline, zone: Any = UTC) -> dict[str, Any]:
    names = {lane.runner_id: lane.runner_id for lane in drawn.lanes}
    verdicts = judge_slots(drawn)
    chart = timeline_chart(drawn, verdicts=verdicts, names=names, zone=zone, revision="r")
    return chart.figure


def traces(drawn: CycleTimeline, name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure(drawn)["data"] if trace["name"] == name]


def trace(drawn: CycleTimeline, name: str) -> dict[str, Any]:
    (found,) = traces(drawn, name)
    return found


def bars(drawn: CycleTimeline, name: str) -> list[tuple[float, float, float]]:
    """Lane, start and end of each bar, in seconds after the cycle's start."""
    return bars_of(trace(drawn, name), T0)


def points(drawn: CycleTimeline, name: str) -> list[tuple[float, float]]:
    found = trace(drawn, name)
    return list(zip(found["y"], (seconds_of(x, T0) for x in found["x"]), strict=True))


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


def held_up() -> CycleTimeline:
    """`a` has held the service since 2 s, and nobody watched from 30 s to 45 s."""
    return timeline(
        now=58,
        executions=[execution("a", 2)],
        watches=[
            WatchSpan(started_at=at(-100), ended_at=at(30)),
            WatchSpan(started_at=at(45), ended_at=at(100)),
        ],
    )


def patterned() -> CycleTimeline:
    """Whatever has a pattern, as far as it can over whatever else has one: late parts of windows, a
    grace, an abandoned run, an interval that nobody watched."""
    return timeline(
        now=70,
        policies=[revision(replace(POLICY, membership_stabilization_seconds=40.0))],
        presences=[span("a"), span("b", -10, 900), span("c", -5, 900)],
        executions=[replace(execution("a", 5, 58, number=1), status=Status.ABANDONED)],
        watches=[
            WatchSpan(started_at=at(-100), ended_at=at(8)),
            WatchSpan(started_at=at(12), ended_at=at(42)),
            WatchSpan(started_at=at(44), ended_at=at(100)),
        ],
    )


@pytest.mark.parametrize("drawn", [everything, held_up, patterned])
def test_no_pattern_lies_over_another(drawn: Callable[[], CycleTimeline]) -> None:
    assert moire(figure(drawn())) == []


def test_the_story_of_patterns_has_them_all() -> None:
    names = {each["name"] for each in figure(patterned())["data"]}

    assert names >= {"late", "grace", "abandoned", "unknown", "unwatched"}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("drawn", [everything, held_up])
def test_the_figure_is_one_that_plotly_accepts(
    theme: str, drawn: Callable[[], CycleTimeline]
) -> None:
    go.Figure(in_theme(figure(drawn()), colours(theme)))


@pytest.mark.parametrize("ended", [None, 45])
def test_a_run_of_which_only_the_start_is_known_is_in_sight(ended: float | None) -> None:
    """Told after the last look, or begun and ended within one instant."""
    drawn = timeline(
        now=50,
        executions=[execution("a", 45, ended)],
        watches=[WatchSpan(started_at=at(-100), ended_at=at(40))],
    )
    name = "completed" if ended else "running"

    (run,) = (each for each in figure(drawn)["data"] if each["name"] == name)

    assert (run["base"], run["x"]) == (["2025-11-24 16:00:45"], [1])


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


def test_owners_of_a_very_large_fleet_are_told_together_but_for_the_present_one() -> None:
    fleet = [span(f"r{number:05}") for number in range(10_000)]
    # An hour: slots of 360 ms.
    policy = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0)
    whole = timeline(1_800.1, presences=fleet, policies=[revision(policy)])
    chart = timeline_chart(
        replace(whole, lanes=whole.lanes[:20]), verdicts=(), names={}, zone=UTC, revision="r"
    )

    drawn = chart.figure["data"]
    owners = [each for each in drawn if each["name"] == "owner"]
    (present,) = (each for each in drawn if each["name"] == "present owner")
    assert "r00000 – r00019 are scheduled" in owners[0]["customdata"][0]
    assert sum(len(each["x"]) for each in owners) <= MOST_SEGMENTS
    assert present["x"] == [360]
    assert "r05000 is scheduled" in present["customdata"][0]
    text = json.dumps(chart.figure, default=str).encode()
    assert len(text) < 300_000
    assert len(gzip.compress(text)) < 40_000


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


def test_a_run_from_before_the_cycle_that_goes_on_tells_how_long_it_has() -> None:
    drawn = timeline(now=25, executions=[execution("a", -30)])

    assert bars(drawn, "running") == [(0, 0, 25)]
    assert "55 s so far" in trace(drawn, "running")["customdata"][0]


def test_a_run_that_outlives_its_cycle_is_clipped_and_its_hover_tells_the_truth() -> None:
    drawn = timeline(now=90, executions=[execution("c", 41, 81)])

    assert bars(drawn, "completed") == [(2, 41, 60)]
    assert "(40 s)" in trace(drawn, "completed")["customdata"][0]


def test_the_little_of_a_long_run_that_is_in_the_cycle_can_be_pointed_at() -> None:
    drawn = timeline(executions=[execution("a", -30, 0.2)])

    assert points(drawn, "aim") == [(0, 0.1)]
    assert "(30.2 s)" in trace(drawn, "aim")["customdata"][0]


def test_the_pointer_meets_a_run_and_not_the_window_under_it() -> None:
    drawn = timeline(executions=[execution("a", 2, 9)])

    assert bars(drawn, "window")[:2] == [(0, 0, 2), (0, 9, 15)]


def test_a_run_too_short_to_be_pointed_at_has_a_point_to_aim_for() -> None:
    drawn = timeline(executions=[execution("a", 2, 2.01)])

    assert points(drawn, "aim") == [(0, 2.005)]


def test_a_blocked_attempt_is_a_marker_of_its_reason() -> None:
    drawn = timeline(executions=[blocked("b", 21, "late_start")])

    assert points(drawn, "blocked-late-start") == [(1, 21)]


def test_a_derived_block_is_hollow_and_in_a_dashed_outline_of_its_window() -> None:
    # b's window is from 20 s to 35 s, and could be started in up to 27.5 s.
    drawn = held_up()
    hollow = trace(drawn, "blocked-prior-running derived")

    assert points(drawn, "blocked-prior-running derived") == [(1, 27.5)]
    assert hollow["marker"]["symbol"] == "square-open"
    assert "Blocked: prior run still running: refused throughout" in hollow["customdata"][0]
    assert hollow["customdata"][0].endswith("(derived)")
    outline = trace(drawn, "outlines")
    assert [seconds_of(each, T0) for each in outline["x"][:5]] == [20, 35, 35, 20, 20]
    assert outline["line"]["dash"] == "3px,2px"


def test_a_derived_block_without_a_window_has_no_outline() -> None:
    narrow = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=1)

    drawn = timeline(now=70, policies=[revision(narrow)])

    assert points(drawn, "blocked-no-window derived") == [(0, 1.2), (1, 1.2), (2, 1.2)]
    assert traces(drawn, "outlines") == []


def test_a_hollow_mark_has_a_ground_of_its_own_shape() -> None:
    drawn = held_up()

    assert points(drawn, "grounds") == [(1, 27.5)]
    assert trace(drawn, "grounds")["marker"]["symbol"] == ["square"]


def test_a_window_that_its_mark_covers_leaves_the_word_to_it() -> None:
    presences = [span(f"r{number:03}") for number in range(200)]  # windows of 0.3 s
    whole = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)

    drawn = timeline(now=50, presences=presences, policies=[revision(whole)])

    assert "No start" in trace(drawn, "no-start")["customdata"][0]
    assert "No start" not in trace(drawn, "window")["customdata"][0]


def test_what_was_written_down_is_not_hollow() -> None:
    drawn = timeline(now=50, executions=[execution("a", 2), blocked("b", 21, "prior_running")])

    assert points(drawn, "blocked-prior-running") == [(1, 21)]
    # c's window is from 40 s to 55 s; b's refusal is recorded.
    assert points(drawn, "blocked-prior-running derived") == [(2, 47.5)]


def test_a_window_without_a_start_is_marked_once_it_is_too_late_for_one() -> None:
    assert points(timeline(now=28), "no-start") == [(0, 7.5), (1, 27.5)]
    assert traces(timeline(now=7), "no-start") == []


def test_a_window_that_was_not_watched_is_hatched_and_not_called_missed() -> None:
    drawn = held_up()  # c's could be started in from 40 s to 47.5 s

    # Until 45 s nobody watched: that is hatched over all lanes.
    assert bars(drawn, "unknown") == [(2, 45, 55)]
    assert trace(drawn, "unknown")["marker"]["pattern"]["shape"] == "x"
    assert traces(drawn, "no-start") == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (5, None),  # open
        (28, "No start: startable for 7.5 s of its 15 s window"),
    ],
)
def test_the_hover_of_a_window_says_what_became_of_it(now: float, said: str | None) -> None:
    hover = trace(timeline(now=now), "window")["customdata"][0]

    assert hover.startswith("<name> · slot 1<br>window ")
    assert (hover.split("<br>")[3:] or [None])[0] == said


def test_a_window_that_was_served_before_has_no_mark() -> None:
    # Replanned at 10 s, for two: a's second window would be from 0 s to 25 s.
    drawn = timeline(
        now=50,
        presences=[span("a"), span("b"), span("c", -100, 10)],
        executions=[execution("a", 2, 4)],
    )

    assert 0 not in [lane for lane, _ in points(drawn, "no-start")]


def test_a_block_of_a_prior_run_names_its_holder() -> None:
    row = replace(blocked("b", 21, "prior_running"), reason_detail="run-123456 runner:a")

    drawn = timeline(executions=[execution("a", 2), row])

    hover = trace(drawn, "blocked-prior-running")["customdata"][0]
    assert "held by a, run run-123456" in hover.split("<br>")


def test_the_lanes_of_some_are_drawn_by_themselves() -> None:
    whole = timeline(now=50)
    drawn = replace(whole, lanes=whole.lanes[1:2])

    chart = timeline_chart(drawn, verdicts=judge_slots(whole), names={}, zone=UTC, revision="r")

    assert chart.figure["layout"]["meta"]["runners"] == ["b"]
    shown = {trace["name"]: trace for trace in chart.figure["data"]}
    assert shown["no-start"]["y"] == [0]
    assert {trace["yaxis"] for trace in chart.figure["data"] if trace["name"] == "owner"} == {"y2"}
    owners = [len(each["x"]) for each in chart.figure["data"] if "owner" in each["name"]]
    assert sum(owners) == len(whole.ownership)


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


def test_a_shorter_interval_is_a_change_of_policy_once_and_then_begins_cycles() -> None:
    # Turns of 15 s from 40 s on; the first cycle of them begins at 45 s.
    short = replace(POLICY, service_interval_minutes=0.25)
    drawn = timeline(now=41, policies=[revision(POLICY), revision(short, 40)])

    said = [each.split("<br>")[0] for each in trace(drawn, "change")["customdata"]]

    assert points(drawn, "change") == [(0.5, 40), (0.5, 45)]
    assert said == ["policy changed", "a cycle begins"]


def test_grace_is_shaded_on_the_lane_and_on_the_ribbon() -> None:
    policy = replace(POLICY, membership_stabilization_seconds=55.0)
    presences = [span("a"), span("b"), span("c", -10, 900)]  # in grace until 45 s

    ribbon, lane = traces(timeline(presences=presences, policies=[revision(policy)]), "grace")

    assert (ribbon["yaxis"], ribbon["x"]) == ("y2", [5_000])  # its slot begins at 40 s
    assert (lane["y"], lane["x"]) == ([2], [45_000])


@pytest.mark.parametrize(
    ("before", "since_30", "shaded"),
    [
        (15.0, 15.0, [(0, 5)]),
        (55.0, 55.0, [(0, 45)]),
        (55.0, 15.0, [(0, 30)]),  # out of it by the change
        (15.0, 55.0, [(0, 5), (30, 45)]),  # in it again
        (0.0, 90.0, [(30, 60)]),  # for longer than the cycle
    ],
)
def test_grace_is_that_of_the_policy_in_force(before, since_30, shaded) -> None:
    policies = [
        revision(replace(POLICY, membership_stabilization_seconds=before)),
        revision(replace(POLICY, membership_stabilization_seconds=since_30), start=30),
    ]
    presences = [span("a"), span("b"), span("c", -10, 900)]

    drawn = timeline(now=90, presences=presences, policies=policies)

    (found,) = [each for each in traces(drawn, "grace") if "yaxis" not in each]
    assert bars_of(found, T0) == [(2, *interval) for interval in shaded]


def test_grace_ends_with_the_runner_that_leaves() -> None:
    policy = replace(POLICY, membership_stabilization_seconds=55.0)
    presences = [span("a"), span("b", -10, 20)]

    drawn = timeline(now=50, presences=presences, policies=[revision(policy)])

    (found,) = [each for each in traces(drawn, "grace") if "yaxis" not in each]
    assert (found["y"], found["x"]) == ([1], [20_000])


def test_only_a_window_in_grace_says_so() -> None:
    # Windows of 25 s from 0 s and 30 s on; `a` is in grace until 9 s, `b` until 10 s.
    policy = replace(POLICY, membership_stabilization_seconds=20.0)
    new = [span("a", -11, 900), span("b", -10, 900)]

    drawn = timeline(presences=new, policies=[revision(policy)])

    first, second = trace(drawn, "window")["customdata"]
    assert f"<br>in grace until {at(9):%H:%M:%S}<br>" in first
    assert "in grace" not in second


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

    assert layout["xaxis"]["range"] == ["2025-11-24 21:45:00", "2025-11-24 21:46:00"]
    assert layout["meta"]["clock"] == {
        "ahead": 5.75 * 3_600_000,
        "offsets": [[T0.timestamp() * 1000, 5.75 * 3_600_000, "UTC+05:45"]],
        "ticks": "time and seconds",
    }


def test_zoom_is_kept_as_long_as_the_revision_is() -> None:
    assert figure(timeline())["layout"]["uirevision"] == "r"


def test_lanes_keep_their_height() -> None:
    more = [span(f"r{number}") for number in range(103)]

    few, many = (figure(each)["layout"] for each in (timeline(), timeline(presences=more)))

    assert many["height"] - few["height"] == 100 * LANE_PX


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


def busy() -> CycleTimeline:
    """1,000 runners, of which ten join or leave, and 2,000 executions in an hour that is over."""
    ids = [str(uuid5(NAMESPACE_OID, f"runner {number}")) for number in range(1_000)]
    presences = [
        *(span(each) for each in ids[10:]),
        *(span(each, 60 + 300 * number) for number, each in enumerate(ids[:5])),
        *(span(each, -100, 200 + 300 * number) for number, each in enumerate(ids[5:10])),
    ]
    executions = []
    for number in range(1_000):
        run = replace(
            execution(ids[number], 3.6 * number, 3.6 * number + 1.2, number=number),
            run_id=str(uuid5(NAMESPACE_OID, f"run {number}")),
            slot_start=at(3.6 * number),
            slot_end=at(3.6 * number + 3),
        )
        refused = replace(
            blocked(ids[number - 1], 3.6 * number + 0.7, "prior_running"),
            reason_detail=f"{run.run_id} runner:{run.runner_id}",
            run_id=str(uuid5(NAMESPACE_OID, f"refused {number}")),
            slot_start=run.slot_start,
            slot_end=run.slot_end,
        )
        executions += [run, refused]
    long = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0.01)
    return timeline(
        now=4_000, presences=presences, executions=executions, policies=[revision(long)]
    )


def test_a_thousand_lanes_stay_small() -> None:
    drawn = busy()
    names = {
        lane.runner_id: f"worker-{index:04}.example.net:{index}"
        for index, lane in enumerate(drawn.lanes)
    }
    verdicts = judge_slots(drawn)

    made = timeline_chart(drawn, verdicts=verdicts, names=names, zone=UTC, revision="r").figure

    text = json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()
    assert (len(drawn.lanes), len(drawn.executions), len(drawn.epochs)) == (1_000, 2_000, 11)
    assert len(text) < 1_000_000
    assert len(gzip.compress(text, 6)) < 200_000
    assert len(made["data"]) < 30


def test_a_line_for_every_change_is_left_out_where_it_would_cover_all() -> None:
    presences = [span("a"), *(span(f"r{number:02}", number / 2) for number in range(100))]

    assert figure(timeline(now=59, presences=presences))["layout"]["shapes"] == []

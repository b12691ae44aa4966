"""All lanes in one row: what each column shows, says and leads to, and how small it stays."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard.text.signals import BLOCKED, STATUSES, Signal, blocked_signal
from dashboard.timeline.band import BAND_PX, MOST_COLUMNS, Band, band_of
from dashboard.timeline.figure import RIBBON_PX, timeline_chart
from dashboard.timeline.lane_states import LaneState, Standing
from dashboard.timeline.legend import ITEMS
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.timeline import Lane
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, revision, span
from tests.dashboard.timeline.test_timeline_chart import in_theme
from tests.dashboard.web.tokens import colours


def state(standing: Standing, word: str, signal: Signal | None = None) -> LaneState:
    return LaneState(standing=standing, signal=signal or Signal(key="", word=""), word=word)


SERVED = state(Standing.COMPLETED, "Completed", STATUSES[Status.COMPLETED])
TO_COME = state(Standing.TO_COME, "To come")
ABANDONED = state(Standing.ABANDONED, "Abandoned", STATUSES[Status.ABANDONED])
LATE, *OTHERS = (state(Standing.BLOCKED, signal.word, signal) for signal in BLOCKED.values())
MISSED = state(Standing.NO_START, "No start")


def lane(runner_id: str) -> Lane:
    return Lane(runner_id=runner_id, position=None, slots=(), presences=(), executions=())


def band(number: int, states: Mapping[int, LaneState], **more: Any) -> Band:
    """Of `r0`, `r1`, …, which are still to come but for those that are told."""
    lanes = [lane(f"r{each}") for each in range(number)]
    all_states = {each.runner_id: states.get(i, TO_COME) for i, each in enumerate(lanes)}
    defaults: dict[str, Any] = {"names": {}, "address_of": lambda each: f"?to={each}"}
    return band_of(lanes, all_states, **(defaults | more))


def heights(made: Band) -> list[float]:
    found: list[float] = made.trace["y"]
    return found


def hovers(made: Band) -> list[str]:
    found: list[str] = made.trace["customdata"]
    return found


@pytest.mark.parametrize(
    ("lanes", "columns"), [(1, 1), (100, 100), (101, 51), (300, 100), (1_000, 100), (10_001, 100)]
)
def test_columns_are_few_however_many_lanes_there_are(lanes: int, columns: int) -> None:
    made = band(lanes, {})

    assert len(made.addresses) == len(heights(made)) == columns <= MOST_COLUMNS
    assert made.label == f"all {lanes:,}"


def test_a_column_is_the_worst_of_its_lanes_and_leads_to_it() -> None:
    made = band(300, {3: SERVED, 4: MISSED, 5: LATE, 7: SERVED})

    calm, troubled, served = heights(made)[:3]
    assert troubled > served > calm
    assert made.addresses[:3] == ("?to=0", "?to=5", "?to=7")
    assert made.trace["marker"]["pattern"]["bgcolor"][1] == "var(--blocked-late-start)"


def test_a_column_says_who_is_in_trouble_by_what_and_how_many_are_not() -> None:
    names = {"r5": "<b>web:5"}

    made = band(300, {3: SERVED, 4: MISSED, 5: LATE}, names=names)

    assert hovers(made)[0] == "3 lanes: r0 – r2<br>To come: 3"
    assert hovers(made)[1].split("<br>") == [
        "3 lanes: r3 – &lt;b&gt;web:5",
        "&lt;b&gt;web:5 · Blocked: late start",
        "r4 · No start",
        "Completed: 1",
    ]


def test_a_column_of_one_lane_is_called_by_it() -> None:
    assert hovers(band(60, {1: MISSED}))[:2] == ["r0<br>To come: 1", "r1<br>r1 · No start"]


def test_of_much_trouble_the_worst_is_named_and_the_rest_counted() -> None:
    made = band(1_000, dict.fromkeys(range(9), MISSED) | {9: ABANDONED})

    _, first, *others = hovers(made)[0].split("<br>")
    assert first == "r9 · Abandoned"
    assert others == ["r0 · No start", "r1 · No start", "r2 · No start", "and 6 more with trouble"]


def test_every_state_can_be_told_without_its_colour() -> None:
    plain = [state(each, "") for each in Standing if each is not Standing.BLOCKED]
    blocks = [LATE, *OTHERS, state(Standing.BLOCKED, "", blocked_signal("of its own"))]
    made = band(100, dict(enumerate([*plain, *blocks])))

    pattern = made.trace["marker"]["pattern"]
    grounds = zip(pattern["fgcolor"], pattern["bgcolor"], strict=True)
    looks = [
        # A pattern on its own colour is none.
        (height, "" if one == other else shape)
        for height, shape, (one, other) in zip(
            heights(made), pattern["shape"], grounds, strict=True
        )
    ][: len(plain) + len(blocks)]
    calm = {(0.25, "")}  # to come, or nothing to come: neither is told by its colour
    told = [look for look in looks if look not in calm]
    assert len(set(told)) == len(told) == len(looks) - 2


def test_its_marks_are_in_the_legend() -> None:
    plain = [state(each, "") for each in (Standing.RUN_IN_TROUBLE, Standing.UNKNOWN)]

    made = band(100, dict(enumerate([*plain, MISSED, LATE, SERVED])))

    assert made.present - set(ITEMS) == {""}  # what is to come needs no word
    assert {"incident", "unknown", "no-start", "blocked-late-start"} < made.present


POLICY = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0)


def figure(made: Band | None, gap_px: int = 10) -> dict[str, Any]:
    timeline = reconstruct(
        cycle_start=T0,
        presences=[span(f"r{each}") for each in range(60)],
        executions=[],
        policies=[revision(POLICY)],
        now=at(0),
    )
    few = replace(timeline, lanes=timeline.lanes[:20])
    return timeline_chart(
        few, verdicts=(), names={}, zone=UTC, revision="r", gap_px=gap_px, band=made
    ).figure


def test_it_is_one_trace_that_plotly_accepts_between_ribbon_and_lanes() -> None:
    made = figure(band(60, {3: LATE, 4: ABANDONED}))
    layout = made["layout"]

    go.Figure(in_theme(made, colours("light")))
    (trace,) = (each for each in made["data"] if each["name"] == "band")
    assert (trace["xaxis"], trace["yaxis"]) == ("x2", "y3")
    plot = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    bottom, top = (edge * plot for edge in layout["yaxis3"]["domain"])
    assert top - bottom == pytest.approx(BAND_PX)
    assert layout["yaxis"]["domain"][1] * plot < bottom < top
    assert top < layout["yaxis2"]["domain"][0] * plot == pytest.approx(plot - RIBBON_PX)
    assert layout["meta"]["band"]["top"] == pytest.approx(plot - top)


def test_lanes_keep_their_height_beside_it() -> None:
    beside, alone = (figure(made)["layout"] for made in (band(60, {}), None))

    assert beside["meta"]["lanesTop"] - alone["meta"]["lanesTop"] == pytest.approx(
        beside["height"] - alone["height"]
    )
    assert "xaxis2" not in alone
    assert alone["meta"]["band"] is None


@pytest.mark.parametrize("lanes", [1_000, 10_000])
def test_it_stays_small_also_where_everything_is_in_trouble(lanes: int) -> None:
    names = {f"r{each}": f"application-server-{each:05}:{each}" for each in range(lanes)}
    made = band(lanes, dict.fromkeys(range(lanes), OTHERS[-1]), names=names)

    text = json.dumps([made.trace, made.addresses]).encode()
    assert len(text) < 60_000
    assert len(gzip.compress(text)) < 6_000

"""Traces without data look as the timeline's own do."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard.timeline.blank import blank_traces
from scheduler.core.timeline import CycleTimeline, WatchSpan
from tests.core.build import at, execution, revision, span
from tests.dashboard.timeline.test_timeline_chart import (
    POLICY,
    everything,
    figure,
    in_theme,
    timeline,
)
from tests.dashboard.web.tokens import colours

DATA = {"x", "y", "base", "customdata", "text"}


def test_no_blank_trace_has_data() -> None:
    assert all(not DATA & set(trace) for trace in blank_traces().values())


@pytest.mark.parametrize("key", sorted(blank_traces()))
def test_a_blank_trace_is_one_of_the_timelines(key: str) -> None:
    # What the first does not draw: nobody there until 30 s, a run too short to point at.
    short = timeline(now=50, presences=[span("a", 30)], executions=[execution("a", 40, 40.1)])
    data = [trace for each in (everything(), short, *derived()) for trace in figure(each)["data"]]

    assert without_data(blank_traces()[key]) in [without_data(trace) for trace in data]


def without_data(trace: dict[str, Any]) -> dict[str, Any]:
    """The rest of it; a ground has a symbol a point."""
    rest = {name: each for name, each in trace.items() if name not in DATA}
    if rest["name"] == "grounds":
        rest["marker"] = {name: each for name, each in rest["marker"].items() if name != "symbol"}
    return rest


def derived() -> Iterator[CycleTimeline]:
    """Cycles with a derived refusal of every reason, and with a window that nobody watched."""
    young = [span("a", 1), span("b", -100)]
    yield timeline(now=60, policies=[revision(replace(POLICY, spread_margin_minutes=0.5))])
    yield timeline(
        now=60,
        policies=[revision(replace(POLICY, membership_stabilization_seconds=90.0))],
        presences=young,
    )
    yield timeline(now=60, executions=[execution("a", 1)])
    yield timeline(now=60, watches=[WatchSpan(started_at=at(-100), ended_at=at(5))])


def test_plotly_knows_every_attribute_of_them() -> None:
    go.Figure(in_theme({"data": list(blank_traces().values())}, colours("light")))

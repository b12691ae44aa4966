"""Traces without data look as the timeline's own do."""

from datetime import UTC

import plotly.graph_objects as go
import pytest

from dashboard.charts.blank import blank_traces
from tests.core.build import execution, span
from tests.dashboard.test_timeline_chart import everything, figure, in_theme, timeline
from tests.dashboard.tokens import colours

DATA = {"x", "y", "base", "customdata", "text"}


def test_no_blank_trace_has_data() -> None:
    assert all(not DATA & set(trace) for trace in blank_traces().values())


@pytest.mark.parametrize("key", sorted(blank_traces()))
def test_a_blank_trace_is_one_of_the_timelines(key: str) -> None:
    # What the first does not draw: nobody there until 30 s, a run too short to point at.
    short = timeline(now=50, presences=[span("a", 30)], executions=[execution("a", 40, 40.1)])
    data = [*figure(everything(), UTC)["data"], *figure(short, UTC)["data"]]
    styles = [{name: each for name, each in trace.items() if name not in DATA} for trace in data]

    assert blank_traces()[key] in styles


def test_plotly_knows_every_attribute_of_them() -> None:
    go.Figure(in_theme({"data": list(blank_traces().values())}, colours("light")))

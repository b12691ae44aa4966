from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.history.chart import DOTS_AT_MOST, LONGEST_DOTS, HistoryChart, history_chart
from dashboard.plot.buckets import Buckets, buckets_of
from dashboard.plot.instants import TimeScale
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.samples import Sample, SampleRow
from scheduler.history.summed import Summed
from scheduler.words.round_steps import STEPS_AT_MOST
from tests.conftest import T0, after

HOUR = timedelta(hours=1)


def row(seconds: float, status: Status = Status.COMPLETED, length: float | None = 2.0) -> SampleRow:
    return SampleRow(
        started_at=after(seconds),
        duration_us=None if length is None else round(length * 1e6),
        status=status,
        reason="",
        attempts=1,
        runner=1,
        service=7,
        run_id=f"run-{seconds}",
    )


def sample(*rows: SampleRow, since: datetime | None = None) -> Sample:
    return Sample(rows=rows, since=since, found=len(rows))


def hour() -> Buckets:
    """An hour from T0 on, in minutes."""
    return buckets_of(TimeScale(start=T0, end=T0 + HOUR, zone=UTC))


def draw(drawn: Sample, older: Summed | None = None) -> HistoryChart:
    return history_chart(
        drawn,
        older,
        hour(),
        now=after(3_600),
        unwatched=set(),
        places={7: 0},
        bases=["/s/a/executions/"],
    )


def trace(chart: HistoryChart, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in chart.figure["data"] if each["name"] == name)
    return found


def drawn_at(*seconds: float) -> list[str]:
    return [f"{after(each):%Y-%m-%d %H:%M:%S}" for each in seconds]


EVERY = sample(
    row(3_000, Status.RUNNING, None),
    row(130, Status.ABANDONED, 30.0),
    row(70, length=4.0),
    row(62, length=1.0),
    row(61, Status.BLOCKED, 0.0),
    row(1),
    # It began before the range and reached into it.
    row(-100, length=120.0),
)


def test_plotly_takes_the_figure() -> None:
    go.Figure(draw(EVERY).figure)
    go.Figure(draw(sample(row(1, Status.BLOCKED, 0.0), since=after(0.5))).figure)


def test_bars_count_what_began_in_each_interval() -> None:
    chart = draw(EVERY)
    completed = trace(chart, "completed")
    assert completed["x"] == drawn_at(0, 60)
    assert completed["y"] == [2, 2]
    assert completed["width"] == [60_000, 60_000]
    assert completed["customdata"][1] == (
        "12:01:00 – 12:02:00 UTC (1 m)<br>2 completed<br>median 2.5 s of 2 runs"
    )
    assert trace(chart, "blocked-other")["x"] == drawn_at(60)
    assert trace(chart, "running")["x"] == drawn_at(3_000)


def test_each_status_has_a_pattern_of_its_own() -> None:
    bars = [each for each in draw(EVERY).figure["data"] if each["type"] == "bar"]
    shapes = Counter(each["marker"].get("pattern", {}).get("shape", "") for each in bars)
    assert len(bars) == 4
    assert set(shapes.values()) == {1}


def test_dots_are_runs_that_began_in_the_range() -> None:
    chart = draw(EVERY)
    dots = trace(chart, "completed run")
    assert dots["x"] == drawn_at(70, 62, 1)
    assert dots["y"] == [4.0, 1.0, 2.0]
    assert dots["customdata"][0] == ["4 s, completed<br>12:01:10 UTC", 0, "run-70"]
    running = trace(chart, "running run")
    assert running["y"] == [600.0]
    assert running["customdata"][0][0].startswith("10 m so far, running")
    assert (chart.dots, chart.runs) == (5, 5)


def test_the_line_is_the_median_of_each_interval() -> None:
    median = trace(draw(EVERY), "median")
    # In the middle of their minutes: of 2 s; of 4 s and 1 s; of 30 s.
    assert median["x"] == drawn_at(30, 90, 150)
    assert median["y"] == [2.0, 2.5, 30.0]
    # A click on a dot that it goes through is one on the dot.
    assert median["hoverinfo"] == "skip"


def test_the_longest_are_among_the_dots_of_many() -> None:
    rows = [row(3_500 - number / 1_000, length=1 + number % 97) for number in range(3_000)]
    long = row(10, length=50_000.0)
    chart = draw(sample(*rows, long))
    dots = trace(chart, "completed run")
    assert (chart.dots, chart.runs) == (DOTS_AT_MOST, 3_001)
    assert max(dots["y"]) == 50_000.0
    # The others are spread over the whole time, each of them once.
    assert len(set(zip(dots["x"], dots["y"], strict=True))) > DOTS_AT_MOST - LONGEST_DOTS
    assert [min(dots["x"])] == drawn_at(10)


def test_runs_that_began_at_once_are_dots_whether_they_go_on_or_not() -> None:
    long = [row(number, length=10_000.0) for number in range(DOTS_AT_MOST)]
    goes_on, over = row(3_599, Status.RUNNING, None), row(3_599, length=0.5)

    chart = draw(sample(*long, goes_on, over))

    assert (chart.dots, chart.runs) == (DOTS_AT_MOST, DOTS_AT_MOST + 2)


def test_blocks_alone_have_no_panel_of_durations() -> None:
    chart = draw(sample(row(1, Status.BLOCKED, 0.0)))
    assert [each["name"] for each in chart.figure["data"]] == ["blocked-other"]
    assert chart.figure["layout"]["yaxis"]["domain"] == [0, 1]
    assert chart.figure["layout"]["xaxis"]["anchor"] == "y"


def test_what_a_sample_does_not_reach_is_shaded() -> None:
    shapes = draw(sample(row(1_900), since=after(1_800))).figure["layout"]["shapes"]
    assert [(each["x0"], each["x1"], each["y0"], each["y1"]) for each in shapes] == [
        (*drawn_at(0, 1_800), 0.6, 1),
        (*drawn_at(0, 1_800), 0, 0.46),
    ]
    assert draw(sample(row(1_900))).figure["layout"]["shapes"] == []


def test_summaries_count_what_the_sample_does_not_reach() -> None:
    older = Summed(
        counts={
            2: Counter({Status.COMPLETED: 5, Status.BLOCKED: 1}),
            29: Counter({Status.COMPLETED: 3}),
        },
        since=after(120),
        # The cycle of the oldest row of the sample is theirs.
        until={7: after(1_830)},
    )
    chart = draw(sample(row(1_900), row(1_829), since=after(1_820)), older)
    completed = trace(chart, "completed")
    assert completed["x"] == drawn_at(120, 1_740, 1_860)
    assert completed["y"] == [5, 3, 1]
    assert trace(chart, "blocked-other")["y"] == [1]
    shapes = chart.figure["layout"]["shapes"]
    assert [each["x1"] for each in shapes] == drawn_at(120, 1_820)


@pytest.mark.parametrize("seconds", [1, 59, 61, 3_600, 90_000, 400 * 86_400, 40_000 * 86_400])
def test_intervals_are_few_and_of_a_round_length(seconds: int) -> None:
    buckets = buckets_of(TimeScale(start=T0, end=after(seconds), zone=UTC))
    is_longest = buckets.steps.length == timedelta(days=364)
    assert is_longest or timedelta(seconds=seconds) / buckets.steps.length <= STEPS_AT_MOST


def test_days_begin_at_midnight_in_the_zone_of_the_page() -> None:
    zone = ZoneInfo("America/New_York")
    buckets = buckets_of(TimeScale(start=T0, end=T0 + timedelta(days=50), zone=zone))
    assert buckets.steps.length == timedelta(days=1)
    assert buckets.steps.edges[0] == datetime(2026, 3, 14, tzinfo=zone)

"""/s/<slug>/runners/<runner_id>/: one runner, and its day drawn."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.runners.chart import axis_end
from dashboard.runners.runner_page import RunnerPage
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.timeline.drawn import bars_of, instant_of
from tests.dashboard.timeline.patterns import moire
from tests.dashboard.web.reading import figure_of, get, known_of, text_of
from tests.dashboard.web.test_contexts import CHART, KNOWN, SHARED, declared, named
from tests.dashboard.web.tokens import colours

pytestmark = pytest.mark.django_db

A = "/s/service-1/runners/a/"
B = "/s/service-1/runners/b/"
SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def bars(figure: dict[str, Any], name: str) -> list[tuple[float, float, float]]:
    """Lane, start and end of each bar of one trace, in seconds after the cycle's start."""
    (trace,) = (each for each in figure["data"] if each["name"] == name)
    return bars_of(trace)


def test_it_says_who_the_runner_is(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, A))

    assert "Host host-1 Process 412 Slot 1 of 3 Clock not told" in page
    assert "Runs, 24 h 1 Blocked, 24 h 0 First seen 11:59:59 UTC" in page


def test_it_says_how_far_off_its_clock_is_and_what_to_do(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    service = make_service(spread_margin_minutes=0.05)
    ahead = Beat(runner_id="a", host="host-9", runner_time=after(3.7), round_trip_seconds=0.6)
    beat(service, ahead, now=after(0))
    set_clock(after(12))

    page = text_of(get(viewer, A))

    assert (
        "Its clock is 4 s ahead ± 300 ms, more than the margin of 3 s. Synchronise the clock of "
        "host-9 by NTP (chrony, systemd-timesyncd), or widen the windows." in page
    )
    assert "Clock 4 s ahead ± 300 ms measured 12 s ago" in page


@pytest.mark.parametrize(
    ("one", "words", "how"),
    [
        (
            Beat(runner_id="a", runner_time=after(-1)),
            "Clock at most 1 s behind measured 12 s ago",
            "It told no round trip",
        ),
        (
            Beat(runner_id="a", runner_time=after(4), round_trip_seconds=3.0),
            "Clock 5.5 s ahead ± 1.5 s perhaps more than a tenth of the 1 m to start in, measured",
            "the round trip it told (3 s)",
        ),
    ],
)
def test_a_clock_that_is_not_warned_about(
    viewer: Client,
    service: Service,
    set_clock: SetClock,
    one: Beat,
    words: str,
    how: str,
) -> None:
    beat(service, one, now=after(0))
    set_clock(after(12))

    page = get(viewer, A)

    assert words in text_of(page)
    assert how in page
    assert "Its clock is" not in page


def test_it_says_how_the_runner_stands(viewer: Client, story: Story) -> None:
    assert "Live: last heartbeat 1 s ago. It holds the service for 4 s ." in text_of(
        get(viewer, B)
    ).replace("1 s ago .", "1 s ago.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "In grace: too new to start for another 55 s . Last heartbeat 5 s ago."),
        (12, "Silent: no heartbeat for 12 s , given up in 18 s ."),
        (60, "Gone: last heard 1 m ago."),
    ],
)
def test_each_state_has_its_sentence(
    viewer: Client, make_service: Make, set_clock: SetClock, seconds: float, words: str
) -> None:
    service = make_service(membership_stabilization_seconds=60.0)
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(seconds))

    assert words in text_of(get(viewer, A))


def test_a_holder_that_is_no_longer_heard_blocks_everybody(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    claim(service, "a", now=after(0))
    set_clock(after(31))

    assert (
        "Silent: no heartbeat for 31 s . "
        "It has held the service for 31 s : nobody else can start." in text_of(get(viewer, A))
    )


def test_a_runner_gone_for_long_keeps_its_page(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(40 * 24 * 3600))

    page = text_of(get(viewer, A))

    assert "Gone: last heard 39 d 23 h 59 m ago." in page
    assert "2026-03-14 12:00:02 Completed after 4 s" in page


def test_what_it_did_leads_to_its_cycle(viewer: Client, story: Story) -> None:
    page = get(viewer, B)

    assert "12:00:22 Blocked: prior run still running ×3 until 12:00:24" in text_of(page)
    assert 'href="/s/service-1/cycles/2026-03-14T12:00:00Z/"' in page


def test_gaps_are_listed(viewer: Client, service: Service, set_clock: SetClock) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(100))
    set_clock(after(100))

    page = text_of(get(viewer, A))

    assert "Heard for 30 % of the 1 m 40 s it is known, with 1 gap, of 1 m 10 s." in page
    assert "12:00:30 12:01:40 1 m 10 s" not in page  # it goes on to now
    assert "12:00:30 now 1 m 10 s" in page


@pytest.mark.parametrize(
    "runner_id", ["a/b:1", "käfer/ü", "a b?c#d%20", "a/", "<script>", "x" * 200]
)
def test_any_id_has_a_page_that_refreshes(
    viewer: Client, service: Service, set_clock: SetClock, runner_id: str
) -> None:
    beat(service, Beat(runner_id=runner_id), now=after(0))
    set_clock(after(1))
    fleet = get(viewer, "/s/service-1/runners/")
    (url,) = re.findall(r'<th scope="row">\s*<a href="([^"]+)"', fleet)

    page = get(viewer, url)
    (polled,) = re.findall(r'hx-get="([^"]+)"', page)

    assert url == reverse("dashboard:runner", args=("service-1", runner_id))
    assert polled == url
    assert figure_of(get(viewer, polled, headers=HTMX))["layout"]["meta"]["runners"][0] == runner_id
    assert "<script>" not in page.replace("<script ", "")


def test_the_day_is_drawn_to_scale(viewer: Client, service: Service, set_clock: SetClock) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(20))
    beat(service, Beat(runner_id="a", eligible=False), now=after(100))
    beat(service, Beat(runner_id="a", eligible=False), now=after(110))
    set_clock(after(115))

    figure = figure_of(get(viewer, A))

    assert bars(figure, "heard") == [(0, 0, 20)]
    assert bars(figure, "not eligible") == [(0, 100, 110)]
    assert bars(figure, "tail") == [(0, 20, 50), (0, 110, 115)]
    assert bars(figure, "unheard") == [(0, 50, 100)]


def test_runs_and_blocks_have_lanes_of_their_own(viewer: Client, story: Story) -> None:
    figure = figure_of(get(viewer, B))

    assert bars(figure, "running") == [(2, 21, 25)]
    (blocked,) = (each for each in figure["data"] if each["name"] == "blocked-prior-running")
    assert [round(each) for each in blocked["y"]] == [3]
    assert figure["layout"]["meta"]["labels"] == ["heard", "slots", "runs", "blocked"]
    assert [each["lane"] for each in figure["layout"]["meta"]["running"]] == [2]


def test_what_is_too_much_to_be_told_apart_is_counted_by_periods(
    viewer: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Too many to be drawn" not in text_of(get(viewer, A))

    monkeypatch.setattr("scheduler.fleet.runner_report.DRAWN_ONE_BY_ONE", 0)

    page = get(viewer, A)
    figure = figure_of(page)
    (completed,) = (each for each in figure["data"] if each["name"] == "completed")
    assert bars(figure, "completed") == [(2, 0, 600)]
    assert completed["customdata"] == ["Completed · 1 run<br>12:00:00 – 12:10:00 UTC (10 m)"]
    assert "Too many to be drawn one by one" in text_of(page)


def test_blocks_counted_by_periods_keep_their_marks_and_attempts(
    viewer: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.fleet.runner_report.DRAWN_ONE_BY_ONE", 0)

    figure = figure_of(get(viewer, B))

    (blocked,) = (each for each in figure["data"] if each["name"] == "blocked-prior-running")
    assert blocked["customdata"] == [
        "Blocked: prior run still running · 1 block, 3 attempts<br>12:00:00 – 12:10:00 UTC (10 m)"
    ]
    assert bars(figure, "running") == [(2, 21, 25)]


def test_the_legend_says_of_each_lane_what_its_marks_are(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, B))

    assert "runs running blocked prior run still running" in page


def test_the_legend_says_no_more_than_is_drawn(viewer: Client, story: Story) -> None:
    legend = re.search(r'<(\w+)[^>]*class="[^"]*legend[^"]*".*?</\1>', get(viewer, B), re.DOTALL)

    assert legend is not None
    marks = re.findall(r"marks\.svg#([\w-]+)", legend[0])
    assert marks == ["heard", "window", "running", "blocked-prior-running"]


def test_no_mark_of_a_block_lies_on_another(
    viewer: Client, make_service: Callable[..., Service], set_clock: SetClock
) -> None:
    """Two reasons within seconds of each other, in each of ten cycles."""
    service = make_service(max_start_slot_fraction=0.3, dead_after_seconds=1_000.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-1))
    for cycle in range(10):
        start = 60 * cycle + 30
        run = claim(service, "b", now=after(start + 1)).execution
        assert run is not None
        claim(service, "b", now=after(start + 2))
        finish(service, run.run_id, now=after(start + 3))
        claim(service, "b", now=after(start + 20))
    set_clock(after(640))

    figure = figure_of(get(viewer, B))

    marks = [
        (trace["name"], y, instant_of(x).timestamp())
        for trace in figure["data"]
        if trace["name"].startswith("blocked") and trace["type"] == "scatter"
        for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    rows = {name: {y for other, y, _ in marks if other == name} for name, _, _ in marks}
    assert len(rows) == 2
    assert all(len(each) == 1 for each in rows.values())
    assert len(set().union(*rows.values())) == len(rows)
    for name in rows:
        times = sorted(at for other, _, at in marks if other == name)
        # Ten minutes are a mark: the first block of each is where it stands.
        assert len(times) <= 2


def test_the_id_is_told_once(viewer: Client, story: Story) -> None:
    page = get(viewer, B)

    assert page.count('data-copy="b"') == 1
    # Whatever the runner is called, a hover says its id.
    assert '<h1><span title="b">' in page
    assert "Full id" not in text_of(page)


def test_where_nobody_watched_is_hatched(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(0))], now=after(1))
    watched(observed, "collector", at=after(0), good_for_seconds=10)
    set_clock(after(20))

    page = get(viewer, A)

    assert bars(figure_of(page), "unwatched")[-1] == (1.5, 10, 20)
    assert "Not watched since 12:00:10: what runs now is not known." in text_of(page)


def test_no_pattern_lies_over_another(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    """Silent and not eligible, and nobody watched in the middle of either."""
    for seconds, eligible in ((0, True), (100, False), (115, False), (400, False)):
        heard = HeartbeatReport(runner_id="a", at=after(seconds), eligible=eligible)
        report(observed, heartbeats=[heard], now=after(seconds))
    for since in (0, 80, 110, 500):
        watched(observed, "collector", at=after(since), good_for_seconds=20)
    while keep_summaries(observed, now=after(600)).written:
        pass
    set_clock(after(600))

    figure = figure_of(get(viewer, A))

    names = {each["name"] for each in figure["data"]}
    assert names >= {"unheard", "not eligible", "unwatched", "slots unknown"}
    assert moire(figure) == []


def test_intervals_with_abandoned_runs_lie_over_no_pattern(
    viewer: Client, observed: Service, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.fleet.runner_report.DRAWN_ONE_BY_ONE", 0)
    lost = ExecutionReport(
        run_id="lost",
        runner_id="a",
        status=Status.ABANDONED,
        started_at=after(5),
        ended_at=after(6),
    )
    heard = HeartbeatReport(runner_id="a", at=after(0))
    report(observed, heartbeats=[heard], executions=[lost], now=after(7))
    watched(observed, "collector", at=after(0), good_for_seconds=20)
    set_clock(after(600))

    figure = figure_of(get(viewer, A))

    assert {each["name"] for each in figure["data"]} >= {"abandoned", "unwatched"}
    assert moire(figure) == []


@pytest.mark.parametrize("path", [A, B, f"{A}?tz=Europe/Berlin"])
def test_the_figure_is_valid(viewer: Client, story: Story, path: str) -> None:
    figure = figure_of(get(viewer, path))

    go.Figure(figure)
    assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter"}
    named_colours = set(re.findall(r"var\(--([\w-]+)\)", str(figure))) - {"sans"}
    assert named_colours - set(colours("light")) == set()


def test_the_axis_ends_at_a_full_quarter_of_an_hour() -> None:
    assert axis_end(after(1)) == after(900)
    assert axis_end(after(899.5)) == after(900)
    assert axis_end(after(900)) == after(1800)


def test_the_axis_is_in_the_zone_of_the_page(viewer: Client, story: Story) -> None:
    utc, local = (figure_of(get(viewer, path))["layout"] for path in (A, f"{A}?tz=Asia/Kolkata"))

    ahead = timedelta(hours=5, minutes=30)
    assert [instant_of(edge, ahead) for edge in local["xaxis"]["range"]] == [
        instant_of(edge) for edge in utc["xaxis"]["range"]
    ]


def test_a_poll_with_nothing_new_gets_nothing_and_builds_no_figure(
    viewer: Client, story: Story, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_of(get(viewer, B))
    beat(story.service, Beat(runner_id="c"), now=after(26))  # another runner's beat
    set_clock(after(30))
    monkeypatch.delattr("dashboard.runners.runner_page.presence_chart")

    response = viewer.get(B, {"known": known}, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")


def test_a_poll_after_its_beat_gets_the_fragment(viewer: Client, story: Story) -> None:
    known = known_of(get(viewer, A))
    beat(story.service, Beat(runner_id="a"), now=after(25))

    fragment = get(viewer, A, data={"known": known}, headers=HTMX)

    assert "<html" not in fragment
    assert 'id="timeline"' not in fragment
    assert "Live: last heartbeat 0 s ago." in text_of(fragment)


@pytest.mark.both_databases
@pytest.mark.parametrize("attempts", [1, 40])
def test_the_page_costs_the_same_queries_however_much_it_did(
    viewer: Client, make_service: Make, set_clock: SetClock, attempts: int
) -> None:
    service = make_service(max_start_slot_fraction=0.1, dead_after_seconds=100_000.0)
    beat(service, *(Beat(runner_id=f"r{number}") for number in range(attempts)), now=after(-61))
    for cycle in range(attempts):
        claim(service, "r0", now=after(60 * cycle + 60 / attempts * 0.5))
    set_clock(after(60 * attempts))

    with CaptureQueriesContext(connection) as queries:
        get(viewer, "/s/service-1/runners/r0/")

    assert len(queries) == 15


def test_nobody_looks_without_signing_in(anonymous: Client, story: Story) -> None:
    response = anonymous.get(A)

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={A}")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/s/nothing/runners/a/", "No service is called “nothing”"),
        ("/s/service-1/runners/nobody/", "Service 1 never had a runner “nobody”"),
        ("/s/service-1/runners/a/b/", "Service 1 never had a runner “a/b”"),
    ],
)
def test_what_is_not_there_is_told_in_words(
    viewer: Client, story: Story, path: str, words: str
) -> None:
    response = viewer.get(path)

    assert response.status_code == 404
    assert words in text_of(response.content.decode())


def test_the_page_is_only_read(viewer: Client, story: Story) -> None:
    assert viewer.post(A).status_code == 405


def test_its_tab_is_that_of_the_runners(viewer: Client, story: Story) -> None:
    assert re.search(r'runners/"\s+aria-current="true">Runners<', get(viewer, A))


def test_the_template_shows_what_is_declared_and_nothing_else() -> None:
    shown = named("page", *SHARED, CHART, KNOWN, "dashboard/runners/runner.html")

    assert shown - declared(RunnerPage) == set()
    assert {name for name in RunnerPage.__slots__ if name not in shown} == set()


@pytest.mark.parametrize("runner_id", ["a%0Ab", "x" * 5_000])
def test_an_id_that_no_runner_can_have_is_not_found(
    viewer: Client, service: Service, runner_id: str
) -> None:
    assert viewer.get(f"/s/{service.slug}/runners/{runner_id}/").status_code == 404

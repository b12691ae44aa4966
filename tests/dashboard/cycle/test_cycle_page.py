"""/s/<slug>/: what the live page says."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import T0, after
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import figure_of, get, text_of

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
PRESENT = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]


def test_the_live_page_says_who_holds_and_who_is_next(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, LIVE))

    assert (
        "Running: b holds for 4 s ( its run ). Next: c in 15 s . 3 runners, windows of 20 s."
        in page
    )


def test_the_decision_table_says_what_everyone_would_be_told(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, LIVE))

    assert "1 host-1:412 12:00:00 – 12:00:20 12:00:20 Not its turn b is scheduled in 35 s" in page
    assert "2 b 12:00:20 – 12:00:40 12:00:40 Holds it its run goes on" in page
    assert "3 c 12:00:40 – 12:01:00 12:01:00 Not its turn b is scheduled in 15 s" in page


# 48 and 51.078 of 60 s.
@pytest.mark.parametrize(("late", "said"), [(48.0, "80.00 %"), (51.078, "85.13 %")])
def test_how_late_it_is_is_told_as_where_it_was_refused(
    viewer: Client,
    make_service: Callable[..., Service],
    set_clock: SetClock,
    late: float,
    said: str,
) -> None:
    claim(make_service(max_start_slot_fraction=0.5), "a", now=after(late))
    set_clock(after(late))

    page = text_of(get(viewer, "/s/service-1/"))

    assert f"{said} of its window is over" in page
    assert f"{said} of its window was over" in page


def test_the_log_tells_what_happened_newest_first(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, LIVE))

    entries = [
        "12:00:22 b Blocked: prior run still running ×3 until 12:00:24",
        "12:00:21 b Running 4 s so far",
        "12:00:02 host-1:412 Completed after 4 s",
    ]
    assert [page.index(entry) for entry in entries] == sorted(page.index(each) for each in entries)


def test_the_figure_draws_the_runs(viewer: Client, story: Story) -> None:
    names = {trace["name"] for trace in figure_of(get(viewer, LIVE))["data"]}

    assert {"completed", "running", "blocked-prior-running", "counts"} <= names


@pytest.mark.both_databases
@pytest.mark.parametrize("runners", [3, 40])
def test_a_page_costs_the_same_queries_however_many_runners(
    viewer: Client, story: Story, runners: int
) -> None:
    others = [Beat(runner_id=f"r{number}") for number in range(runners - 3)]
    beat(story.service, *others, now=after(24))

    with CaptureQueriesContext(connection) as queries:
        get(viewer, LIVE)

    assert len(queries) <= 16


def test_a_large_fleet_is_shown_around_the_owner(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(250)), now=after(0))
    set_clock(after(29.9))  # slots of 240 ms: position 124

    page = get(viewer, f"{LIVE}?limit=1000")

    assert "Showing the 100 around the scheduled runner, of 250 runners." in text_of(page)
    assert len(re.findall(r'<tr id="runner-', page)) == 100
    assert 'id="runner-74"' in page
    assert 'id="runner-173"' in page


def test_what_is_wrong_with_the_policy_is_said(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    policy = replace(policy_at(service, T0), spread_margin_minutes=0.5)
    change_policy(service, policy, changed_by="", effective_from=after(-60))
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(1))
    set_clock(after(2))

    page = text_of(get(viewer, LIVE))

    assert "Stopped. No slot has a window: nobody can start." in page
    assert "2 runners × margin 30 s ≥ interval 60 s" in page


def test_two_runs_at_once_are_an_overlap(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id=each, at=after(1)) for each in "ab"],
        executions=[
            ExecutionReport(
                run_id=f"run-{each}", runner_id=each, status=Status.RUNNING, started_at=after(2)
            )
            for each in "ab"
        ],
        now=after(3),
    )
    watched(observed, "collector", at=after(1), good_for_seconds=60)
    set_clock(after(4))

    assert "Overlap. 2 runs at once" in text_of(get(viewer, LIVE))


def test_a_silent_holder_is_shown_as_silent(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id="a", at=after(1))],
        executions=[
            ExecutionReport(
                run_id="run-1", runner_id="a", status=Status.RUNNING, started_at=after(2)
            )
        ],
        now=after(3),
    )
    watched(observed, "collector", at=after(1), good_for_seconds=60)
    set_clock(after(50))  # the heartbeat was good for 30 s

    page = text_of(get(viewer, LIVE))

    assert "Silent holder. a has held it for 48 s ( its run ) and is no longer heard" in page


def test_an_empty_service_says_what_would_fill_it(
    viewer: Client, service: Service, set_clock: SetClock
) -> None:
    set_clock(after(2))

    page = text_of(get(viewer, LIVE))

    assert "No runners yet. A runner appears with its first heartbeat or claim." in page
    assert "Nothing yet. Starts, blocked attempts and changes of the fleet appear here" in page


def test_times_are_those_of_the_zone(viewer: Client, story: Story) -> None:
    page = get(viewer, f"{LIVE}?tz=Europe/Berlin")

    assert "13:00:00 – 13:01:00 UTC+01:00" in text_of(page)
    assert figure_of(page)["layout"]["xaxis"]["range"][0] == "2026-03-14 13:00:00"


@pytest.mark.both_databases
def test_looking_writes_nothing(viewer: Client, story: Story) -> None:
    with CaptureQueriesContext(connection) as queries:
        get(viewer, LIVE)

    assert {each["sql"].split()[0] for each in queries} <= {"SELECT"}


def test_a_name_is_never_markup(viewer: Client, story: Story) -> None:
    beat(story.service, Beat(runner_id="<img src=x>"), now=after(24))

    assert "<img src=x>" not in get(viewer, LIVE)


def test_a_run_that_began_before_the_cycle_is_in_it(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(75))  # the run began at 21 s

    assert "Stuck run. b has held it for 54 s" in text_of(get(viewer, LIVE))


def test_a_clock_that_is_too_far_off_is_said_below_the_policy(
    viewer: Client, make_service: Callable[..., Service], set_clock: Callable[[datetime], None]
) -> None:
    service = make_service(spread_margin_minutes=0.05)
    ahead = Beat(runner_id="a", runner_time=after(4), round_trip_seconds=0.2)
    beat(service, ahead, now=after(0))
    set_clock(after(1))

    page = text_of(get(viewer, "/s/service-1/"))

    assert "clock is 4.1 s ahead ± 100 ms, more than the margin of 3 s." in page


def test_every_holder_of_an_overlap_holds_it_and_the_others_meet_the_first(
    viewer: Client, observed: Service, set_clock: SetClock
) -> None:
    watched(observed, at=after(0), good_for_seconds=60.0, collector="c")
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id=each, at=after(0)) for each in "abc"],
        now=after(0),
    )
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id=each, at=after(22)) for each in "abc"],
        executions=[
            ExecutionReport(
                run_id=f"run-{each}", runner_id=each, status=Status.RUNNING, started_at=after(at)
            )
            for each, at in (("a", 1), ("b", 21))
        ],
        now=after(22),
    )
    set_clock(after(42))

    page = text_of(get(viewer, LIVE))

    assert "1 a 12:00:00 – 12:00:20 12:00:20 Holds it its run goes on" in page
    assert "2 b 12:00:20 – 12:00:40 12:00:40 Holds it its run goes on" in page
    assert "Blocked: prior run still running a still holds the service" in page


@pytest.mark.parametrize("path", [LIVE, PRESENT])
def test_a_runners_name_leads_to_its_page_and_a_button_copies_its_id(
    viewer: Client, story: Story, path: str
) -> None:
    page = get(viewer, path)
    table, log = page.split('id="decisions-title"')[1].split('id="log-title"')

    for part in (table, log):
        assert '<a href="/s/service-1/runners/a/" class="runner-name" title="a">' in part
        assert 'data-copy="a"' in part
        assert 'class="copy" data-copy' not in part


def test_the_answer_is_read_out_without_what_counts_on(viewer: Client, story: Story) -> None:
    page = get(viewer, LIVE)

    said = re.search(
        r'<p class="unseen" role="status" aria-live="polite">(.*?)</p>', page, re.DOTALL
    )
    assert said is not None
    assert said[1].split() == ["Running:", "<bdi>b</bdi>"]


@pytest.mark.parametrize("url", ["/", LIVE])
@pytest.mark.parametrize("is_held", [True, False])
def test_whoever_the_state_names_leads_to_its_page_and_a_run_by_its_own_link(
    viewer: Client, story: Story, url: str, is_held: bool
) -> None:
    if not is_held:
        finish(story.service, story.running, now=after(24))

    (told,) = re.findall(r'<p class="state-line.*?</p>', get(viewer, url), re.DOTALL)

    links = re.findall(r'<a href="/s/service-1/runners/(\w+)/"[^>]*>(.*?)</a>', told)
    assert links == [("b", "<bdi>b</bdi>"), ("c", "<bdi>c</bdi>")]
    assert re.findall('data-copy="(.)"', told) == ["b", "c"]
    runs = re.findall(r'<a href="([^"]+)">its run</a>', told)
    assert runs == ([f"/s/service-1/executions/{story.running}/"] if is_held else [])

"""/s/<slug>/executions/<run_id>/: one attempt, why, its cycle drawn small, what ran around it."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.attempt_checks import NAMES, STATES
from dashboard.attempt_facts import Fact
from dashboard.attempt_words import AttemptHead
from dashboard.charts.attempt import OTHERS
from dashboard.log import LogRow
from dashboard.pages.execution import ExecutionPage
from scheduler.acknowledgements import acknowledge
from scheduler.claims import claim, end_dead_holder, finish
from scheduler.core.explain import CheckName, CheckState
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.heartbeats import Beat, beat
from scheduler.models import Execution, Service
from scheduler.reported_types import ExecutionReport, HeartbeatReport
from scheduler.reports import report, watched
from tests.conftest import T0, after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.reading import figure_of, get, known_of, text_of
from tests.dashboard.test_contexts import SHARED, declared, named
from tests.dashboard.tokens import colours

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def page_of(run_id: str) -> str:
    return f"/s/service-1/executions/{run_id}/"


def said(client: Client, run_id: str) -> str:
    return re.sub(r" ([.:,])", r"\1", unescape(text_of(get(client, page_of(run_id)))))


def block_of(**which: Any) -> Execution:
    return Execution.objects.filter(status="blocked", **which).earliest("started_at")


# ── What it is, in a sentence ──────────────────────────────────────────────────────────────


def test_a_completed_run_in_a_sentence(viewer: Client, story: Story) -> None:
    page = said(viewer, story.completed)

    assert "Completed: host-1:412 ran for 4 s, from 12:00:02 to 12:00:06 UTC." in page
    assert "It started 2 s into its window (12:00:00 – 12:00:20) and ended 14 s before its" in page


def test_a_run_that_goes_on_in_a_sentence(viewer: Client, story: Story) -> None:
    page = said(viewer, story.running)

    assert "Running: b for 4 s so far, since 12:00:21 UTC." in page
    assert "It started 1 s into its window (12:00:20 – 12:00:40)." in page
    assert (
        f"The last run before it, {story.completed[:8]} of host-1:412, had ended 15 s earlier."
        in page
    )


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (41, "(12:00:20 – 12:00:40) and goes on past its end."),
        (61, "(12:00:20 – 12:00:40) and goes on past the end of its cycle."),
        (622, "Silent holder: b for 10 m 01 s since 12:00:21 UTC, and is no longer heard"),
    ],
)
def test_how_a_run_stands_while_it_goes_on(
    viewer: Client, story: Story, set_clock: SetClock, now: float, words: str
) -> None:
    claim(story.service, "b", now=after(22))
    set_clock(after(now + 24 * (now > 600)))

    page = said(viewer, story.running).replace("10 m 25 s", "10 m 01 s")

    assert words in page


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (45, "and ran 5 s past its end."),
        (90, "and went on 30 s past the end of its cycle."),
    ],
)
def test_how_far_a_run_went(viewer: Client, story: Story, ended: float, words: str) -> None:
    finish(story.service, story.running, now=after(ended))

    assert words in said(viewer, story.running)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("exception: ValueError", "b gave up after 9 s, from 12:00:21 to 12:00:30 UTC: exception:"),
        ("", "b gave up after 9 s, from 12:00:21 to 12:00:30 UTC, and told no reason."),
    ],
)
def test_a_run_that_gave_up_in_a_sentence(
    viewer: Client, story: Story, reason: str, words: str
) -> None:
    finish(story.service, story.running, Status.ABANDONED, reason=reason, now=after(30))

    assert f"Abandoned: {words}" in said(viewer, story.running)


def test_a_dead_holder_in_a_sentence(viewer: Client, service: Service, set_clock: SetClock) -> None:
    run = claim(service, "a", now=after(2)).execution
    assert run is not None
    end_dead_holder(service, now=after(50))
    set_clock(after(60))

    assert (
        "Abandoned: a was no longer heard. It held the service for 30 s, from 12:00:02 to "
        "12:00:32 UTC." in said(viewer, run.run_id)
    )


def test_a_block_by_a_prior_run_names_it(viewer: Client, story: Story) -> None:
    page = said(viewer, block_of().run_id)

    assert (
        "Blocked: prior run still running. b asked to start. 3 attempts from 12:00:22 until "
        "12:00:24 UTC." in page
    )
    assert (
        f"Run {story.running[:8]} of b still held the service: since 12:00:21 and has not ended"
        in page
    )
    assert f'href="{page_of(story.running)}"' in get(viewer, page_of(block_of().run_id))


def test_a_late_start_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(max_start_slot_fraction=0.5)
    claim(service, "a", now=after(48))

    page = said(viewer, block_of().run_id)

    # 48 of 60 s.
    assert "Blocked: late start. a asked at 2026-03-14 12:00:48 UTC: 80 % of its window was" in page
    assert "80.00 % of its window was over" in page


def test_a_block_by_grace_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(membership_stabilization_seconds=60.0)
    claim(service, "a", now=after(5))

    assert "12:00:05 UTC: a was scheduled and too new." in said(viewer, block_of().run_id)


def test_a_block_without_windows_in_a_sentence(viewer: Client, make_service: Make) -> None:
    service = make_service(spread_margin_minutes=0.5)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(5))

    page = said(viewer, block_of().run_id)

    assert "12:00:05 UTC: the margin takes the whole slot of each of 2 runners." in page
    assert "Slot none the margin takes all of it" in page


def test_the_date_is_told_once_where_it_is_not_today(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(2 * 86_400))

    assert "from 2026-03-14 12:00:02 to 12:00:06 UTC." in said(viewer, story.completed)


# ── Every stored fact ──────────────────────────────────────────────────────────────────────


def test_every_stored_fact_of_a_run_is_told(viewer: Client, story: Story) -> None:
    row = Execution.objects.get(run_id=story.completed)
    page = get(viewer, page_of(story.completed))

    assert (
        f"Run id {story.completed} Runner host-1:412 Runner id a Status Completed Reason none "
        f"Detail none Origin Decided here, when it asked Fencing token {row.pk} rises with every "
        "start Started 12:00:02 UTC Ended 12:00:06 UTC Duration 4 s Attempts 1 First attempt "
        "12:00:02 UTC Last attempt 12:00:02 UTC Cycle 12:00:00 – 12:01:00 UTC (1 m) Slot 12:00:00 "
        "– 12:00:20 UTC (20 s) Position 0 of 3 the first is 0 Assigned runner host-1:412 (itself) "
        "Late fraction none only a late start has one" in text_of(page)
    )
    assert f'data-copy="{story.completed}"' in page
    assert 'href="/s/service-1/runners/a/"' in page
    assert f'href="/s/service-1/cycles/2026-03-14T12:00:00Z/#execution-{row.pk}"' in page


def test_every_stored_fact_of_a_block_is_told(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, page_of(block_of().run_id)))

    assert (
        "Status Blocked Reason prior_running prior run still running Detail "
        f"{story.running} runner:b Origin Decided here, when it asked Asked 12:00:22 UTC Ended at "
        "once: it never ran Attempts 3 First attempt 12:00:22 UTC Last attempt 12:00:24 UTC" in page
    )
    assert "Fencing token" not in page


def test_a_block_tells_who_has_seen_to_it(viewer: Client, story: Story) -> None:
    row = block_of()
    page = get(viewer, page_of(row.run_id))
    assert "Acknowledged not yet" in text_of(page)
    assert f'href="/s/service-1/blocked/?to=now&amp;run_id={row.run_id}"' in page

    acknowledge(
        story.service,
        executions=Execution.objects.filter(pk=row.pk),
        seen=None,
        by="kim",
        note="a known failover",
        now=after(24),
    )

    assert "Acknowledged by kim, 12:00:24 UTC a known failover" in said(viewer, row.run_id)
    assert "Acknowledged" not in said(viewer, story.running)


@pytest.fixture
def told(observed: Service, set_clock: SetClock) -> Service:
    """An observed fleet of two, watched from 0 to 100 s; it is 65 s: `long` of a goes from 5 to
    50 s, `over` of b from 35 to 40 s, and c, who is no member, met it at 45 s."""
    beats = [HeartbeatReport(runner_id=each, at=after(at)) for at in (0, 25, 50) for each in "ab"]
    runs = [
        ("long", "a", Status.COMPLETED, 5, 50, ""),
        ("over", "b", Status.COMPLETED, 35, 40, ""),
        ("met", "c", Status.BLOCKED, 45, 45, "prior_running:long runner:a"),
        ("own", "b", Status.BLOCKED, 46, 46, "no_margin"),
    ]
    report(
        observed,
        heartbeats=beats,
        executions=[
            ExecutionReport(
                run_id=run_id,
                runner_id=runner_id,
                status=status,
                started_at=after(start),
                ended_at=after(end),
                reason=reason,
            )
            for run_id, runner_id, status, start, end, reason in runs
        ],
        now=after(60),
    )
    watched(observed, "collector", at=after(0), good_for_seconds=100)
    set_clock(after(65))
    return observed


def test_what_a_fleet_does_not_tell_is_derived_and_says_so(viewer: Client, told: Service) -> None:
    page = said(viewer, "long")

    assert "Origin Reported by its fleet" in page
    assert "Cycle 12:00:00 – 12:01:00 UTC (1 m) derived" in page
    assert "Slot 12:00:00 – 12:00:30 UTC (30 s) derived Position 0 of 2 the first is 0" in page
    assert "Assigned runner a (itself) derived Late fraction not told" in page
    assert "and ran 20 s past its end. (derived)" in page


def test_where_nobody_watched_nothing_is_derived(viewer: Client, observed: Service) -> None:
    done = ExecutionReport(
        run_id="it",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(5),
        ended_at=after(6),
    )
    report(observed, executions=[done], now=after(7))

    page = said(viewer, "it")

    assert "Slot not told Position not told Assigned runner not told Late fraction not told" in page
    assert "nobody watched then who was there: it can't be worked out." in page


# ── Why ────────────────────────────────────────────────────────────────────────────────────


def test_every_check_has_a_name_and_every_state_a_mark() -> None:
    assert set(NAMES) == set(CheckName)
    assert set(STATES) == set(CheckState)


def checks(client: Client, run_id: str) -> list[str]:
    """The state of each check, and its sentence."""
    found = re.search(r'<ol class="checks">(.*?)</ol>', get(client, page_of(run_id)), re.DOTALL)
    assert found is not None
    return [
        re.sub(r"^.*? : (\w+( \w+)?)\. ", r"\1: ", unescape(text_of(each)))
        for each in re.findall(r"<li>.*?</li>", found[1], re.DOTALL)
    ]


def test_the_checks_of_a_start_with_their_numbers(viewer: Client, story: Story) -> None:
    assert checks(viewer, story.running) == [
        "Passed: 3 runners are active.",
        "Passed: b is among them, in slot 2 of 3.",
        "Passed: 60 s / 3 runners = 20 s a slot, less a margin of 0 s: a window of 20 s.",
        "Passed: New runners have no grace to wait for.",
        "Passed: The window goes from 20 s to 40 s of the cycle, and it is at 21 s: inside it.",
        "Passed: Late starts are not limited.",
        "Passed: No run held the service.",
    ]


def test_who_met_a_run_failed_at_the_gate(viewer: Client, story: Story) -> None:
    block = block_of()

    assert checks(viewer, block.run_id)[-2:] == [
        "Passed: Late starts are not limited.",
        f"Failed: Run {story.running[:8]} of b still held the service.",
    ]
    assert "Why it was blocked As decided at its first attempt, 12:00:22 UTC." in said(
        viewer, block.run_id
    )


def test_after_a_failed_check_nothing_is_asked(viewer: Client, make_service: Make) -> None:
    service = make_service(max_start_slot_fraction=0.5)
    claim(service, "a", now=after(48))

    assert checks(viewer, block_of().run_id)[-2:] == [
        "Failed: 48 s of the window's 60 s have passed, 80.00%: more than the 50.00% allowed.",
        "Not asked: Not asked: an earlier check has answered.",
    ]


def test_a_start_against_the_rules_is_told_as_such(viewer: Client, told: Service) -> None:
    assert "Two at once: run long of a went on when it started, until 12:00:50 UTC." in said(
        viewer, "over"
    )
    assert checks(viewer, "over")[-1] == (
        "Failed: Other runs had not ended: long. It started all the same."
    )
    page = said(viewer, "met")
    assert "Why it was blocked derived" in page
    assert checks(viewer, "met")[1] == "Failed: c is not among them, so it has no slot."
    assert checks(viewer, "met")[-1] == "Failed: Run long of a still held the service."
    assert checks(viewer, "own")[-1] == "Not asked: Not asked: the fleet had a reason of its own."


def test_a_run_out_of_turn_casts_a_doubt_on_what_is_derived(viewer: Client, told: Service) -> None:
    early = ExecutionReport(
        run_id="early",
        runner_id="b",
        status=Status.COMPLETED,
        started_at=after(2),
        ended_at=after(3),
    )
    report(told, executions=[early], now=after(60))

    page = said(viewer, "early")

    assert "It started 28 s before its window (12:00:30 – 12:01:00)" in page
    assert "It started all the same: its fleet knew other members then" in page
    assert "It started all the same" not in said(viewer, "long")


# ── Its cycle, drawn small ─────────────────────────────────────────────────────────────────


def test_its_lane_is_drawn_first_and_the_run_is_framed_and_pointed_at(
    viewer: Client, story: Story
) -> None:
    layout = figure_of(get(viewer, page_of(story.completed)))["layout"]

    assert layout["meta"]["labels"] == ["host-1:412", "b"]
    (frame,) = (each for each in layout["shapes"] if each["type"] == "rect")
    origin = T0.timestamp() * 1000
    assert [(frame[x] - origin) / 1000 for x in ("x0", "x1")] == [2, 6]
    (arrow,) = layout["annotations"]
    assert (arrow["text"], (arrow["x"] - origin) / 1000) == ("this run", 4)


def test_what_goes_on_is_pointed_at_where_it_began(viewer: Client, story: Story) -> None:
    layout = figure_of(get(viewer, page_of(story.running)))["layout"]

    assert [each for each in layout["shapes"] if each["type"] == "rect"] == []
    (arrow,) = layout["annotations"]
    assert arrow["x"] == after(21).timestamp() * 1000
    assert [each["lane"] for each in layout["meta"]["running"]] == [0]


@pytest.mark.parametrize(("seconds", "anchor"), [(1, "left"), (30, "center"), (59, "right")])
def test_the_word_stays_on_the_chart(
    viewer: Client, service: Service, set_clock: SetClock, seconds: float, anchor: str
) -> None:
    run = claim(service, "a", now=after(seconds)).execution
    assert run is not None
    set_clock(after(seconds + 0.5))

    (arrow,) = figure_of(get(viewer, page_of(run.run_id)))["layout"]["annotations"]

    assert arrow["xanchor"] == anchor


def test_a_block_is_drawn_with_its_holder(viewer: Client, told: Service) -> None:
    layout = figure_of(get(viewer, page_of("met")))["layout"]

    # Itself, who was scheduled, who held the service.
    assert layout["meta"]["runners"] == ["c", "b", "a"]
    assert layout["annotations"][0]["text"] == "this attempt"


def test_a_run_over_several_cycles_is_drawn_in_the_one_it_began_in(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    finish(story.service, story.running, now=after(200))
    set_clock(after(300))

    layout = figure_of(get(viewer, page_of(story.running)))["layout"]

    (frame,) = (each for each in layout["shapes"] if each["type"] == "rect")
    assert frame["x1"] == after(60).timestamp() * 1000
    assert layout["xaxis"]["range"][1] == after(60).timestamp() * 1000


def test_many_owners_share_the_ribbon(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    service = make_service(dead_after_seconds=600.0)
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(200)), now=after(0))
    run = claim(service, "r100", now=after(30.1)).execution
    assert run is not None
    set_clock(after(40))

    page = get(viewer, page_of(run.run_id))

    ribbon = [each for each in figure_of(page)["data"] if "owner" in each["name"]]
    # All before it, itself, all after it.
    assert sum(len(each["x"]) for each in ribbon) == 3
    assert OTHERS not in figure_of(page)["layout"]["meta"]["runners"]
    assert len(page) < 60_000


def test_the_figure_is_valid(viewer: Client, story: Story) -> None:
    for run_id in (story.completed, story.running, block_of().run_id):
        figure = figure_of(get(viewer, page_of(run_id)))

        go.Figure(figure)
        assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter"}
        named_colours = set(re.findall(r"var\(--([\w-]+)\)", str(figure))) - {"sans"}
        assert named_colours - set(colours("light")) == set()


# ── What ran around it ─────────────────────────────────────────────────────────────────────


def rows_of(html: str, title: str) -> list[str]:
    found = re.search(rf'id="{title}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert found is not None
    return [text_of(each) for each in re.findall(r"<tr\b.*?</tr>", found[1], re.DOTALL)]


def test_before_and_after_tell_how_far_away_they_were(viewer: Client, story: Story) -> None:
    html = get(viewer, page_of(story.running))

    assert rows_of(html, "around-title") == [
        (
            "12:00:22 1 s after its start b Blocked: prior run still running ×3 until 12:00:24 "
            f"b held it, run {story.running[:8]}"
        ),
        "12:00:21 this one b Running 4 s so far",
        "12:00:02 ended 15 s before host-1:412 Completed after 4 s",
    ]
    assert f'href="{page_of(story.completed)}"' in html


def test_gaps_are_told_from_the_end_of_what_is_over(viewer: Client, told: Service) -> None:
    long = rows_of(get(viewer, page_of("long")), "around-title")
    over = rows_of(get(viewer, page_of("over")), "around-title")

    assert [row.split(" Blocked")[0].split(" Completed")[0] for row in long] == [
        "12:00:46 41 s after its start b",
        "12:00:45 40 s after its start c",
        "12:00:35 30 s after its start b",
        "12:00:05 this one a",
    ]
    assert over[0].startswith("12:00:46 6 s after its end b")
    assert over[-1].startswith("12:00:05 still ran a")


def test_a_run_lists_whom_it_blocked(viewer: Client, story: Story) -> None:
    html = get(viewer, page_of(story.running))

    assert "Whom it blocked 3 attempts of 1 runner." in text_of(html)
    assert len(rows_of(html, "blocks-title")) == 1
    assert "Whom it blocked Nobody: no attempt that met it is kept." in said(
        viewer, story.completed
    )


def test_a_long_list_of_blocks_says_of_how_many_it_is(viewer: Client, told: Service) -> None:
    met = [
        ExecutionReport(
            run_id=f"b{number}",
            runner_id="c",
            status=Status.BLOCKED,
            started_at=after(10 + number),
            ended_at=after(10 + number),
            reason="prior_running:long runner:a",
        )
        for number in range(25)
    ]
    report(told, executions=met, now=after(60))

    html = get(viewer, page_of("long"))

    assert "26 attempts of 1 runner; the newest 20 of 26 rows." in text_of(html)
    assert len(rows_of(html, "blocks-title")) == 20


def test_a_block_lists_what_else_its_runner_tried(viewer: Client, story: Story) -> None:
    html = get(viewer, page_of(block_of().run_id))

    assert "What else b tried in this cycle" in text_of(html)
    assert rows_of(html, "same-cycle-title") == ["12:00:21 still ran b Running 4 s so far"]


# ── Ids, polls, links, errors ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("run_id", ["a/b:1", "käfer/ü", "a b?c#d%20", "a/", "<script>", "x" * 200])
def test_any_run_id_has_a_page_that_refreshes(
    viewer: Client, service: Service, set_clock: SetClock, run_id: str
) -> None:
    claim(service, "r", now=after(0), run_id=run_id)
    set_clock(after(1))
    (url,) = re.findall(r'href="([^"]+)"\s+title="Its run"', get(viewer, "/"))

    page = get(viewer, url)
    (polled,) = re.findall(r'hx-get="([^"]+)"', page)

    assert url == reverse("dashboard:execution", args=("service-1", run_id))
    assert polled == url
    assert figure_of(get(viewer, polled, headers=HTMX))["layout"]["meta"]["runners"] == ["r"]
    assert "<script>" not in page.replace("<script ", "")


def test_a_poll_with_nothing_new_costs_one_query_and_draws_nothing(
    viewer: Client, story: Story, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_of(get(viewer, page_of(story.running)))
    set_clock(after(30))
    monkeypatch.delattr("dashboard.pages.execution.attempt_report")

    with CaptureQueriesContext(connection) as queries:
        response = viewer.get(page_of(story.running), {"known": known}, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")
    # Who is signed in takes two.
    assert len(queries) == 3


def test_a_poll_after_its_end_gets_the_fragment_and_is_the_last(
    viewer: Client, story: Story
) -> None:
    page = get(viewer, page_of(story.running))
    finish(story.service, story.running, now=after(25))

    fragment = get(viewer, page_of(story.running), data={"known": known_of(page)}, headers=HTMX)

    assert "data-over" not in page
    assert "data-over" in fragment
    assert "<html" not in fragment
    assert 'id="timeline"' not in fragment
    assert "Completed: b ran for 4 s" in text_of(fragment)


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_takes_the_same_queries_however_much_ran(
    viewer: Client, make_service: Make, set_clock: SetClock, count: int
) -> None:
    service = make_service(dead_after_seconds=100_000.0)
    beat(service, *(Beat(runner_id=f"r{number:02}") for number in range(count + 1)), now=after(-61))
    for cycle in range(5):
        run = claim(service, "r00", now=after(60 * cycle)).execution
        assert run is not None
        for number in range(count):
            claim(service, f"r{number:02}", now=after(60 * (cycle + number / (count + 1)) + 0.3))
        finish(service, run.run_id, now=after(60 * cycle + 59))
    set_clock(after(60 * 5))
    run_id = Execution.objects.filter(status="completed")[2].run_id

    with CaptureQueriesContext(connection) as queries:
        get(viewer, page_of(run_id))

    # Six of them look for runs between many blocks.
    assert len(queries) == (15 if count == 1 else 21)


@pytest.mark.parametrize(
    "path",
    ["/s/service-1/", "/s/service-1/cycles/2026-03-14T12:00:00Z/", "/s/service-1/runners/b/"],
)
def test_what_happened_leads_here_from_logs(viewer: Client, story: Story, path: str) -> None:
    html = get(viewer, path)

    for run_id in (story.running, block_of().run_id):
        assert re.search(rf'<a class="badge [^"]*"\s+href="{page_of(run_id)}"', html)
    assert 'id="execution-' in html
    assert 'data-executions="/s/service-1/executions/"' in html


def test_who_holds_the_service_leads_here(viewer: Client, story: Story) -> None:
    for path in ("/", "/s/service-1/"):
        assert f'href="{page_of(story.running)}"' in get(viewer, path)


def test_nobody_looks_without_signing_in(anonymous: Client, story: Story) -> None:
    path = page_of(story.running)

    response = anonymous.get(path)

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={path}")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/s/nothing/executions/x/", "No service is called “nothing”"),
        ("/s/service-1/executions/nope/", "Service 1 has no run “nope” It may be so old that it"),
        ("/s/service-1/executions/%00/", "Service 1 has no run"),
        (f"/s/service-1/executions/{'x' * 5_000}/", "Service 1 has no run"),
    ],
)
def test_what_is_not_there_is_told_in_words(
    viewer: Client, story: Story, path: str, words: str
) -> None:
    response = viewer.get(path)

    assert response.status_code == 404
    assert words in text_of(response.content.decode())


def test_the_page_is_only_read(viewer: Client, story: Story) -> None:
    assert viewer.post(page_of(story.running)).status_code == 405


def test_times_are_in_the_zone_of_the_page(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, f"{page_of(story.completed)}?tz=Asia/Kolkata"))

    assert "from 17:30:02 to 17:30:06 UTC+05:30." in page
    assert "As decided at 17:30:02 UTC+05:30." in page


def test_the_template_shows_what_is_declared_and_nothing_else() -> None:
    shown = named("page", *SHARED, "dashboard/execution.html")

    assert shown - declared(ExecutionPage) == set()
    assert {name for name in ExecutionPage.__slots__ if name not in shown} == set()
    assert named("fact", "dashboard/execution.html") == set(Fact.__slots__)
    assert named("head", "dashboard/execution.html") == set(AttemptHead.__slots__)
    assert named("log", "dashboard/_near_rows.html") - set(LogRow.__slots__) == set()

"""/s/<slug>/executions/<run_id>/: what ran around an attempt, its address, its polls."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.attempt.facts import Fact
from dashboard.attempt.page import ExecutionPage
from dashboard.attempt.words import AttemptHead
from dashboard.rows.log import LogRow
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Service
from tests.conftest import after
from tests.dashboard.attempt.reading import block_of, page_of, said
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import figure_of, get, known_of, text_of
from tests.dashboard.web.test_contexts import CHART, KNOWN, SHARED, declared, named

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


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


@pytest.mark.parametrize("run_id", ["a/b:1", "käfer/ü", "a b?c#d%20", "a/", "<script>", "x" * 200])
def test_any_run_id_has_a_page_that_refreshes(
    viewer: Client, service: Service, set_clock: SetClock, run_id: str
) -> None:
    claim(service, "r", now=after(0), run_id=run_id)
    set_clock(after(1))
    (url,) = re.findall(r'href="([^"]+)">its run</a>', get(viewer, "/"))

    page = get(viewer, url)
    (polled,) = re.findall(r'hx-get="([^"]+)"', page)

    assert url == reverse("dashboard:execution", args=("service-1", run_id))
    assert polled == url
    assert figure_of(get(viewer, polled, headers=HTMX))["layout"]["meta"]["runners"] == ["r"]
    assert "<script>" not in page.replace("<script ", "")


@pytest.mark.both_databases
def test_a_poll_with_nothing_new_costs_one_query_and_draws_nothing(
    viewer: Client, story: Story, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_of(get(viewer, page_of(story.running)))
    set_clock(after(30))
    monkeypatch.delattr("dashboard.attempt.views.attempt_report")

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


@pytest.mark.both_databases
@pytest.mark.parametrize("count", [1, 12])
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
    assert len(queries) == (16 if count == 1 else 22)


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
    templates = (
        *SHARED,
        CHART,
        KNOWN,
        "dashboard/attempt/attempt.html",
        "dashboard/attempt/_near_rows.html",
    )
    shown = named("page", *templates)

    assert shown - declared(ExecutionPage) == set()
    assert {name for name in ExecutionPage.__slots__ if name not in shown} == set()
    assert named("fact", "dashboard/attempt/attempt.html") == set(Fact.__slots__)
    assert named("head", "dashboard/attempt/attempt.html") == set(AttemptHead.__slots__)
    assert named("log", "dashboard/attempt/_near_rows.html") - set(LogRow.__slots__) == set()

"""The history in a browser: a filter that is shared, the chart, pages, live tail."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import close_old_connections
from playwright.sync_api import Page, Route, expect

from scheduler.db import clock
from scheduler.models import Execution, Runner, Service

OpenPage = Callable[..., Page]
HISTORY = "/s/service-1/history/"
CHART = "#history-chart .nsewdrag"
ROWS = "#rows tr"
RUNS = 120
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return clock.now().replace(microsecond=0)


@pytest.fixture
def runs(fleet: Service, now: datetime) -> list[Execution]:
    """One run a minute until a minute ago, of two runners by turns; every tenth was blocked."""
    runners = list(Runner.objects.filter(service=fleet).order_by("runner_id")[:2])
    return Execution.objects.bulk_create(
        run(fleet, runners[number % 2], number, now - (RUNS - number) * MINUTE)
        for number in range(RUNS)
    )


def run(service: Service, runner: Runner, number: int, at: datetime) -> Execution:
    is_blocked = number % 10 == 0
    return Execution(
        service=service,
        runner=runner,
        run_id=f"run-{number:04}",
        status="blocked" if is_blocked else "completed",
        origin="claimed",
        reason="late_start" if is_blocked else "",
        started_at=at,
        ended_at=at if is_blocked else at + timedelta(seconds=1 + number % 7),
        first_attempt_at=at,
        last_attempt_at=at,
        cycle_start=at,
    )


def run_ids(page: Page) -> list[str]:
    ids = page.locator(f"{ROWS} td:last-child a").evaluate_all("all => all.map(a => a.title)")
    return [str(each) for each in ids]


def test_a_filter_by_runner_is_the_same_in_another_session(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Runner", exact=True).press_sequentially("ER-01")
    page.locator("#runner-options").get_by_role("link", name="worker-01").click()
    expect(page.get_by_role("link", name=re.compile("Runner worker-01"))).to_be_visible()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Completed").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name=re.compile("Status Completed"))).to_be_visible()
    expect(page.locator(".totals").first).to_contain_text("60 executions")
    seen = run_ids(page)

    other = open_page(page.url.partition("/s/")[2].join(("/s/", "")), wait=False)

    assert parse_qs(urlsplit(page.url).query) == {
        "runner_id": ["worker-01"],
        "status": ["completed"],
    }
    assert run_ids(other) == seen
    assert len(seen) == 50
    expect(other.locator(".totals").first).to_contain_text("60 executions")
    other.get_by_role("link", name=re.compile("Status Completed")).click()
    expect(other).to_have_url(re.compile(r"\?runner_id=worker-01$"))


def test_dragging_along_the_chart_chooses_a_time(
    runs: list[Execution], open_page: OpenPage, now: datetime
) -> None:
    page = open_page(f"{HISTORY}?from=now-2h", wait=False)
    box = page.locator(CHART).first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile("to="))

    query = parse_qs(urlsplit(page.url).query)
    since, until = (datetime.fromisoformat(query[name][0]) for name in ("from", "to"))
    # A quarter of two hours into them, for another quarter; a bar of room, and a pixel or two.
    assert abs(since - (now - 90 * MINUTE)) < 4 * MINUTE
    assert abs(until - (now - 60 * MINUTE)) < 4 * MINUTE
    chosen = [each for each in runs if since <= each.started_at < until]
    inside = {each.run_id for each in chosen}
    # And the one that began before and still ran.
    assert inside <= set(run_ids(page))
    assert len(run_ids(page)) <= len(inside) + 1


def test_a_dot_leads_to_its_run(runs: list[Execution], open_page: OpenPage) -> None:
    page = open_page(f"{HISTORY}?run_id=run-0007", wait=False)
    page.wait_for_selector(CHART)
    dot = page.locator("#history-chart .scatterlayer .point").first.bounding_box()
    assert dot is not None
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2, steps=3)
    page.wait_for_selector("#history-chart .hoverlayer .hovertext")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("/executions/run-0007/$"))


def test_the_next_page_leaves_the_chart_where_it_is(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.wait_for_selector(CHART)
    page.evaluate("document.getElementById('history-chart').dataset.witness = 'same'")
    first = run_ids(page)
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.locator("#rows")).not_to_contain_text(first[0][:8])
    second = run_ids(page)
    assert page.locator("#history-chart").get_attribute("data-witness") == "same"
    assert not set(first) & set(second)
    expect(page.locator("#tail")).to_be_hidden()
    page.go_back()
    expect(page.locator(f"{ROWS} td:last-child a").first).to_have_attribute("title", first[0])


def test_new_rows_come_in_without_moving_what_is_read(
    fleet: Service, runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.wait_for_selector(CHART)
    page.get_by_role("button", name="Live tail").click()
    expect(page.locator("#tail-state")).to_have_text("Live")
    read = page.locator(ROWS).nth(30)
    key = read.get_attribute("id")
    read.evaluate("row => row.scrollIntoView({ block: 'center' })")
    before = read.bounding_box()

    close_old_connections()
    run(fleet, runs[0].runner, 9_001, clock.now()).save()
    expect(page.locator(ROWS).first).to_contain_text("run-9001")

    after = page.locator(f"#{key}").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1
    page.get_by_role("button", name="Live tail").click()
    expect(page.locator("#tail-state")).to_have_text("")


def test_a_run_counts_on_with_the_live_tail_alone(
    fleet: Service, runs: list[Execution], now: datetime, open_page: OpenPage
) -> None:
    going = run(fleet, runs[0].runner, 9_001, now - 30 * timedelta(minutes=1))
    going.status, going.ended_at = "running", None
    going.save()
    page = open_page(HISTORY, wait=False, clock=True)
    length, as_of = page.locator(f"#execution-{going.pk} [data-since]"), page.locator("#as-of")
    expect(as_of).to_contain_text("As of ")
    at_first, said = length.inner_text(), as_of.inner_text()
    page.clock.run_for(65_000)
    assert (length.inner_text(), as_of.inner_text()) == (at_first, said)

    page.get_by_role("button", name="Live tail").click()
    expect(page.locator("#tail-state")).to_have_text("Live")
    page.clock.run_for(3_000)
    expect(length).not_to_have_text(at_first)
    expect(as_of).not_to_have_text(said)
    page.get_by_role("button", name="Live tail").click()
    at_last = length.inner_text()
    page.clock.run_for(65_000)
    assert length.inner_text() == at_last


def test_a_live_tail_whose_session_ended_says_so_and_keeps_the_rows(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.wait_for_selector(CHART)
    before = run_ids(page)
    page.route(
        "**/history/tail/**",
        lambda route: route.fulfill(status=200, headers={"HX-Redirect": "/login/?next=/"}),
    )
    page.get_by_role("button", name="Live tail").click()
    expect(page.locator("#tail-state")).to_contain_text("your session has ended")
    assert run_ids(page) == before


@pytest.mark.long
def test_an_answer_of_the_live_tail_that_comes_late_leaves_the_next_page_alone(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.wait_for_selector(CHART)
    first = run_ids(page)
    held: list[Route] = []
    page.route("**/history/tail/**", lambda route: held.append(route))
    with page.expect_request("**/history/tail/**") as asked:
        page.get_by_role("button", name="Live tail").click()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#rows")).not_to_contain_text(first[0][:8])
    second = run_ids(page)

    held[0].continue_()
    answer = asked.value.response()
    assert answer
    answer.finished()
    page.evaluate("new Promise((done) => setTimeout(done))")  # the answer was looked at

    assert run_ids(page) == second
    expect(page.locator("#tail-state")).to_have_text("")


def test_a_link_into_the_page_does_not_load_it_again(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(HISTORY, wait=False)
    page.wait_for_selector(CHART)
    loaded: list[Page] = []
    page.on("domcontentloaded", lambda shown: loaded.append(shown))
    page.evaluate("document.querySelector('a.skip').click()")
    page.evaluate("new Promise((done) => setTimeout(() => setTimeout(done)))")
    page.wait_for_load_state()
    assert page.url.endswith("#main")
    assert not loaded


def test_the_browsers_picker_writes_a_time(runs: list[Execution], open_page: OpenPage) -> None:
    page = open_page(HISTORY, wait=False)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Pick: From").fill("2026-03-14T12:00:00")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"\?from=2026-03-14T12:00:00Z$"))


def test_without_scripts_filter_totals_and_pages_are_there(
    runs: list[Execution], open_page: OpenPage
) -> None:
    page = open_page(f"{HISTORY}?status=completed", wait=False, java_script_enabled=False)
    page.get_by_role("link", name="Next").click()
    expect(page.locator(ROWS)).to_have_count(50)
    page.get_by_role("link", name="First page").click()
    page.get_by_role("link", name="Totals and chart").click()
    expect(page.locator(".totals").first).to_contain_text("108 executions")


@pytest.mark.parametrize("width", [380, 1280])
def test_the_page_is_not_wider_than_its_screen(
    runs: list[Execution], open_page: OpenPage, width: int
) -> None:
    page = open_page(
        f"{HISTORY}?status=completed", wait=False, viewport={"width": width, "height": 800}
    )
    page.wait_for_selector(CHART)
    page.get_by_text("Filter", exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth") == width

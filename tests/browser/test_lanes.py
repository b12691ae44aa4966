"""Lanes in a browser: chosen, kept through refreshes, led on from; steps by key and jumps."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.browser.figure import point_at
from tests.conftest import T0

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"


def test_a_refresh_keeps_the_choice_and_what_is_being_typed(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    page = open_page(f"{LIVE}?runner_id=WORKER-1")
    search = page.get_by_role("searchbox")
    expect(search).to_have_value("WORKER-1")
    search.fill("worker-2")
    jump = page.get_by_label("Jump to a time")
    jump.fill("14:05 yes")

    owner_starts()
    expect(page.locator("#status")).to_contain_text("Running:")

    expect(search).to_have_value("worker-2")
    expect(jump).to_have_value("14:05 yes")
    expect(jump).to_be_focused()
    expect(page.locator(".lane-label")).to_have_text([f"worker-1{number}" for number in range(10)])
    expect(page.locator("#lanes")).to_contain_text("10 of 30 lanes")


def test_a_search_shows_its_lanes_at_their_usual_height(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE)
    height = "(label) => label.getBoundingClientRect().height"
    before = page.locator(".lane-label").first.evaluate(height)

    page.get_by_role("searchbox").fill("worker-07")
    page.keyboard.press("Enter")
    expect(page.locator(".lane-label")).to_have_text(["worker-07"])

    assert before == page.locator(".lane-label").evaluate(height) == 26


def test_around_the_owner_follows_the_owner(
    open_page: OpenPage, make_service: Callable[..., Service]
) -> None:
    service = make_service(service_interval_minutes=0.2, dead_after_seconds=600.0)  # turns of 4 s
    beat(service, *(Beat(runner_id=each) for each in "abc"))
    page = open_page(f"{LIVE}?lanes=owner&limit=1")
    label = page.locator(".lane-label")
    first = label.inner_text()

    expect(label).not_to_have_text(first, timeout=20_000)

    expect(label).to_have_count(1)


def test_a_lane_leads_to_its_runner(open_page: OpenPage, fleet: Service) -> None:
    beat(fleet, Beat(runner_id="odd/id ?#%"))
    page = open_page(f"{LIVE}?runner_id=odd")

    page.locator(".lane-label").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("odd/id ?#%")


def test_what_was_clicked_leads_to_its_runner_and_its_row(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    page = open_page(LIVE)
    point_at(page, "aim")
    expect(page.locator("#timeline .hoverlayer .hovertext")).to_contain_text("Running · worker-")
    page.mouse.down()
    page.mouse.up()

    card = page.locator("#picked")
    expect(card).to_contain_text(f"run {run_id}")
    expect(card.get_by_role("link", name="Runner’s page")).to_have_attribute(
        "href", re.compile(r"^/s/service-1/runners/worker-\d\d/$")
    )
    expect(card.get_by_role("link", name="Run’s page")).to_have_attribute(
        "href", f"/s/service-1/executions/{run_id}/"
    )
    card.get_by_role("link", name="In the log").click()

    expect(page.locator("tr:target")).to_have_attribute("data-run", run_id)


@pytest.fixture
def past(open_page: OpenPage, make_service: Callable[..., Service]) -> Page:
    """The cycle from 12:00 to 13:00 of a day that is over, in which nobody was there."""
    service = make_service(service_interval_minutes=60.0)
    # Of a time before anything was known there is no chart.
    beat(service, Beat(runner_id="first"), now=T0 - timedelta(days=1))
    return open_page(f"{LIVE}cycles/2026-03-14T12:00:00Z/")


def test_the_arrow_keys_step_from_cycle_to_cycle(past: Page) -> None:
    past.keyboard.press("ArrowLeft")
    past.wait_for_url("**/cycles/2026-03-14T11:00:00Z/")

    past.keyboard.press("ArrowRight")
    past.wait_for_url("**/cycles/2026-03-14T12:00:00Z/")


def test_a_key_leads_to_live(past: Page) -> None:
    past.keyboard.press("l")

    past.wait_for_url(f"**{LIVE}")


def test_keys_that_are_typed_or_meant_for_something_else_take_no_step(past: Page) -> None:
    jump = past.get_by_label("Jump to a time")
    jump.fill("12:00 yesterda")
    jump.press("ArrowLeft")
    jump.press("l")
    jump.blur()
    past.keyboard.press("Shift+ArrowRight")
    past.locator(".chart-scroll").evaluate("(box) => { box.tabIndex = 0; box.focus(); }")
    past.keyboard.press("ArrowRight")

    expect(jump).to_have_value("12:00 yesterdla")
    assert urlsplit(past.url).path == f"{LIVE}cycles/2026-03-14T12:00:00Z/"


def as_fine(route: Route) -> None:
    # A browser complains of a 400 on its console, which fails a test here.
    route.fulfill(response=route.fetch(), status=200)


def test_a_jump_that_was_mistyped_can_be_put_right(past: Page) -> None:
    past.route("**/cycles/?at=25*", as_fine)
    jump = past.get_by_label("Jump to a time")
    jump.fill("25:00 yesterday")
    jump.press("Enter")
    expect(past.get_by_role("alert")).to_contain_text("There is no 25:00")
    again = past.get_by_label("Jump to a time")
    expect(again).to_have_value("25:00 yesterday")

    again.fill("2026-03-10 05:30")
    again.press("Enter")

    past.wait_for_url("**/cycles/2026-03-10T05:00:00Z/")

"""A page that refreshes by itself, paused: it asks for nothing, and counts nothing on."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Request, Route, expect

from dashboard.web.addresses import cycle_url
from scheduler.db import clock
from scheduler.models import Service
from scheduler.policies import policy_at
from tests.browser.conftest import long_interval_minutes

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"


def is_poll(request: Request) -> bool:
    return "known=" in request.url


@pytest.mark.parametrize(
    "path", ["/", LIVE, f"{LIVE}runners/", f"{LIVE}runners/worker-01/", f"{LIVE}executions/RUN/"]
)
def test_every_page_that_refreshes_by_itself_can_be_paused_by_key(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str], path: str
) -> None:
    path = path.replace("RUN", owner_starts())
    page = open_page(path, wait=False, clock=True)
    pause, resume = (page.get_by_role("button", name=name) for name in ("Pause", "Resume"))
    freshness, counters = page.locator("#freshness"), page.locator("[data-since], [data-until]")
    expect(pause).to_have_attribute("data-paused", "false")

    pause.focus()
    page.keyboard.press("Enter")
    expect(resume).to_have_attribute("data-paused", "true")
    expect(resume).to_be_focused()
    expect(freshness).to_have_text(re.compile(r"^Paused, as of \d\d:\d\d:\d\d UTC$"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said = [freshness.inner_text(), *counters.all_inner_texts()]
    # The strip of the past asks for itself once a minute.
    page.clock.run_for(130_000)

    assert asked == []
    assert [freshness.inner_text(), *counters.all_inner_texts()] == said
    with page.expect_request(is_poll):
        page.keyboard.press("Enter")
    expect(pause).to_have_attribute("data-paused", "false")
    expect(freshness).to_have_text(re.compile(r"^Updated \d s ago$"))


def test_a_paused_page_asks_for_nothing_when_its_tab_is_seen_again(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE, clock=True)
    page.get_by_role("button", name="Pause").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.run_for(5_000)

    assert asked == []


def test_what_was_on_its_way_is_not_shown_before_the_page_goes_on(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    page = open_page(LIVE, clock=True)
    held: list[Route] = []
    page.route("**/*known=*", lambda route: held.append(route))
    with page.expect_request(is_poll):
        page.clock.fast_forward(2_000)
    page.get_by_role("button", name="Pause").click()
    owner_starts()

    with page.expect_response(lambda response: is_poll(response.request)):
        held[0].continue_()
    page.unroute("**/*known=*")
    page.clock.run_for(3_000)
    expect(page.locator("#status")).not_to_contain_text("Running:")

    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#status")).to_contain_text("Running:")


def test_a_page_that_stands_still_has_nothing_to_pause(open_page: OpenPage, fleet: Service) -> None:
    before = clock.now() - timedelta(minutes=long_interval_minutes())
    start = policy_at(fleet, before).cycle_start(before)

    page = open_page(cycle_url(fleet.slug, start))

    expect(page.locator("#freshness")).to_contain_text("As of")
    expect(page.locator("#pause")).to_be_hidden()

"""Counters in a browser: those in sight count on, the others are left alone until they are seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from scheduler.models import Service

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"


def seldom(route: Route) -> None:
    """The page, which does without an answer for ten minutes: minutes pass here faster than answers
    come, and a page that has none counts nothing on."""
    page = route.fetch()
    route.fulfill(response=page, body=page.text().replace('every="2000"', 'every="600000"'))


@pytest.fixture
def runners(open_page: OpenPage, fleet: Service) -> Page:
    """Thirty runners, all of them heard at the same instant, a week ago; time stands still but for
    what a test lets pass."""
    page = open_page(
        f"{LIVE}runners/",
        wait=False,
        clock=True,
        answer=seldom,
        viewport={"width": 1280, "height": 400},
    )
    assert page.locator("#refresh").get_attribute("data-every") == "600000"
    # The server would tell it what time it is really.
    page.route("**/*known=*", lambda route: route.fulfill(status=204))
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=30))
    return page


def age(page: Page, runner_id: str) -> Locator:
    return page.locator(f"#runner-{runner_id} [data-since]").first


def test_a_counter_that_is_out_of_sight_is_left_alone_and_right_once_it_is_seen(
    runners: Page,
) -> None:
    seen, unseen = age(runners, "worker-00"), age(runners, "worker-29")
    before = unseen.inner_text()

    runners.clock.run_for(120_000)
    expect(seen).not_to_have_text(before)
    assert unseen.inner_text() == before

    # No timer runs now: it is right by being seen.
    unseen.scroll_into_view_if_needed()
    expect(unseen).not_to_have_text(before)


def test_on_paper_every_counter_is_right(runners: Page) -> None:
    runners.clock.run_for(120_000)

    runners.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert age(runners, "worker-29").inner_text() == age(runners, "worker-00").inner_text()


def test_a_counter_that_a_refresh_brought_counts_on(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    page = open_page(LIVE)
    held = page.locator(".state-line [data-since]").first
    expect(held).to_have_count(0)

    owner_starts()
    at_first = held.inner_text()

    expect(held).not_to_have_text(at_first, timeout=10_000)

"""The strip by keyboard: one stop, arrows from cell to cell, Enter opens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduler.cycles.summaries import keep_summaries
from scheduler.db import clock
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service

HOUR = timedelta(hours=1)
OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"
STOPS = "#strip .wide-strip .cells a[tabindex='0']"
CELLS = "#strip .wide-strip .cells a"


@pytest.fixture
def day(server: object, make_service: Callable[..., Service]) -> Service:
    """A service of ten minutes a cycle, known for an hour and more."""
    service = make_service(service_interval_minutes=10.0, dead_after_seconds=7_200.0)
    beat(service, Beat(runner_id="a"), now=clock.now().replace(microsecond=0) - HOUR)
    while keep_summaries(service, now=clock.now()).written:
        pass
    return service


def test_arrows_go_from_cell_to_cell_and_enter_opens_it(open_page: OpenPage, day: Service) -> None:
    page = open_page(LIVE)
    expect(page.locator(STOPS)).to_have_count(1)
    last = page.locator(CELLS).last
    last.focus()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    third = page.locator(CELLS).nth(-3)
    expect(third).to_be_focused()
    expect(page.locator(STOPS)).to_have_count(1)
    page.keyboard.press("End")
    expect(last).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cycles/*/")


def test_a_screen_reader_meets_one_link_in_a_labelled_group(
    open_page: OpenPage, day: Service
) -> None:
    page = open_page(LIVE)

    group = page.get_by_role("group", name="arrow keys")
    expect(group).to_have_count(1)
    expect(group.get_by_role("link")).to_have_count(1)


def test_without_scripts_the_cells_are_links(open_page: OpenPage, day: Service) -> None:
    page = open_page(LIVE, wait=False, java_script_enabled=False)

    assert page.locator(f"{CELLS}:not([aria-hidden])").count() > 3

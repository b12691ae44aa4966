"""The strip of cycles on wide and narrow screens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduler.cycles.summaries import keep_summaries
from scheduler.db import clock
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"
HOUR = timedelta(hours=1)
VISIBLE = """(selector) => [...document.querySelectorAll(selector)]
  .filter((each) => each.getBoundingClientRect().width > 0)
  .map((each) => each.getBoundingClientRect().toJSON())"""


@pytest.fixture
def summed_up(make_service: Callable[..., Service]) -> Service:
    """Five hours of cycles of a minute, which nobody used."""
    service = make_service(dead_after_seconds=86_400.0)
    beat(service, Beat(runner_id="a"), now=clock.now() - 5 * HOUR)
    while keep_summaries(service).written:
        pass
    return service


def test_a_narrow_screen_has_the_last_three_hours_whole(
    open_page: OpenPage, summed_up: Service
) -> None:
    page = open_page(LIVE, viewport={"width": 360, "height": 740}, timezone_id="America/New_York")

    cells = page.evaluate(VISIBLE, "#strip .cells a rect")

    assert 180 <= len(cells) <= 181
    assert min(each["left"] for each in cells) > 0
    assert max(each["right"] for each in cells) <= 360
    assert min(each["width"] for each in cells) > 2
    expect(page.locator(".strip-title")).to_have_text("Last 3 h")


def test_a_wide_screen_has_all_that_is_known(open_page: OpenPage, summed_up: Service) -> None:
    page = open_page(LIVE, viewport={"width": 1440, "height": 900})

    cells = page.evaluate(VISIBLE, "#strip .cells a rect")

    assert 300 <= len(cells) <= 302
    assert max(each["right"] for each in cells) <= 1440


def test_pointing_at_a_cell_says_its_cycle_at_once(open_page: OpenPage, summed_up: Service) -> None:
    page = open_page(LIVE, viewport={"width": 1440, "height": 900})
    cell = page.locator("#strip .strip-cells a").nth(20)

    cell.hover()

    expect(page.locator(".strip-said")).to_have_text(cell.locator("title").text_content() or "")
    expect(page.locator(".strip-said")).to_contain_text("UTC · Empty")


@pytest.mark.parametrize("tab", ["", "history/", "blocked/", "runners/"])
def test_no_tab_is_cut_off(open_page: OpenPage, service: Service, tab: str) -> None:
    page = open_page(LIVE + tab, wait=False)

    for width in (320, 360, 480, 640, 720, 768, 900, 1440):
        page.set_viewport_size({"width": width, "height": 740})
        bar = page.locator(".tabs").bounding_box()
        tabs = page.evaluate(VISIBLE, ".tabs a")

        assert bar is not None
        assert len(tabs) == 5
        assert max(each["right"] for each in tabs) <= min(bar["x"] + bar["width"] + 1, width)
        assert max(each["bottom"] for each in tabs) <= bar["y"] + bar["height"] + 1

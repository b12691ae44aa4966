"""The row of all lanes in a browser: pointed at, clicked, and never crossed by the now line."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scheduler.db import clock
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.browser.conftest import TWO_WEEKS, long_interval_minutes

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"
# Where a column is on the screen, which is first moved to where it can be seen.
PLACE = """(column) => {
  const chart = document.getElementById("timeline");
  const { xaxis2 } = chart._fullLayout;
  const { margin, meta } = chart.layout;
  chart.scrollIntoView({ behavior: "instant" });
  const box = chart.getBoundingClientRect();
  const y = box.top + margin.t + meta.band.top + meta.band.height - 3;
  return [box.left + margin.l + xaxis2.d2p(column), y];
}"""
PATTERNS = """() => document.querySelectorAll("#timeline .x2y3 .point path").length"""


@pytest.fixture
def large(make_service: Callable[..., Service]) -> Service:
    """120 runners in a cycle of about a week, of whom the first was refused just now."""
    service = make_service(
        service_interval_minutes=long_interval_minutes(),
        dead_after_seconds=TWO_WEEKS.total_seconds(),
    )
    runners = [Beat(runner_id=f"worker-{number:03}") for number in range(120)]
    beat(service, *runners, now=clock.now() - TWO_WEEKS / 2)
    for each in runners:
        if claim(service, each.runner_id).execution is not None:
            return service
    raise AssertionError("nobody's turn")


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 360, "height": 640}}])
def test_a_column_says_who_it_is_and_leads_to_where_they_are_shown(
    open_page: OpenPage, large: Service, options: dict[str, object]
) -> None:
    page = open_page(LIVE, **options)
    expect(page.locator(".lane-label").first).not_to_have_text("worker-000")
    assert page.evaluate(PATTERNS) == 60

    page.mouse.move(*page.evaluate(PLACE, 2))
    expect(page.locator("#timeline .hoverlayer .hovertext")).to_contain_text(
        "2 lanes: worker-004 – worker-005"
    )
    page.mouse.down()
    page.mouse.up()

    page.wait_for_url(f"**{LIVE}?lanes=all")
    expect(page.locator(".lane-label").nth(4)).to_have_text("worker-004")


def test_a_click_on_the_last_column_leads_to_the_last_page(
    open_page: OpenPage, large: Service
) -> None:
    page = open_page(LIVE)

    page.mouse.click(*page.evaluate(PLACE, 59))

    page.wait_for_url(f"**{LIVE}?lanes=all&page=3")
    expect(page.locator(".lane-label").last).to_have_text("worker-119")


def test_the_band_stays_whole_while_the_time_is_zoomed(open_page: OpenPage, large: Service) -> None:
    page = open_page(LIVE)
    before = page.evaluate(PLACE, 40)

    page.evaluate(
        """() => {
          const chart = document.getElementById("timeline");
          const [from, to] = chart.layout.xaxis.range.map((each) => Date.parse(`${each}Z`));
          const half = new Date((from + to) / 2).toISOString().replace("T", " ").slice(0, 23);
          return Plotly.relayout(chart, { "xaxis.range[1]": half });
        }"""
    )

    assert page.evaluate(PLACE, 40) == before


def test_the_now_line_does_not_cross_the_band(open_page: OpenPage, large: Service) -> None:
    page = open_page(LIVE)
    line = page.locator(".now-line")

    top = page.evaluate("document.getElementById('timeline').layout.meta.band.top")
    clip = line.evaluate("(line) => getComputedStyle(line).clipPath")
    assert re.search(rf"polygon\(.*{top}px.*{top + 24}px", clip)

    page.goto(page.url + "?limit=200")
    page.wait_for_selector("#timeline .nsewdrag")
    assert line.evaluate("(line) => getComputedStyle(line).clipPath") == "none"


def test_the_band_takes_the_colours_of_the_theme(open_page: OpenPage, large: Service) -> None:
    page = open_page(LIVE, color_scheme="light")
    patterns = "() => document.querySelector('#timeline .x2y3 .point path').style.fill"
    drawn = "() => document.querySelector('#timeline pattern:last-of-type').innerHTML"
    light = page.evaluate(drawn)
    assert "url(" in page.evaluate(patterns)
    assert "rgb(" in light

    page.get_by_role("button", name="Dark theme").click()

    page.wait_for_function(f"(light) => ({drawn})() !== light", arg=light)

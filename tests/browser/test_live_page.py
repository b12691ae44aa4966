"""The live page in a browser: a refresh brings what is new and leaves the rest as it was."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboard.web.addresses import cycle_url
from scheduler.intake.claims import finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from scheduler.policies import policy_at
from tests.browser.conftest import Server

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"
# How many bars of running runs the chart really holds.
RUNNING = """() => {
  const {data} = document.getElementById("timeline");
  return data.filter((trace) => trace.name === "running").flatMap((trace) => trace.x).length;
}"""
SHOWN = "() => document.getElementById('timeline').layout.xaxis.range.map(String)"


def zoom(page: Page) -> list[str]:
    """Drag over the middle of the chart; returns the part of the axis that is then shown."""
    box = page.locator("#timeline .nsewdrag").first.bounding_box()
    assert box is not None
    whole = page.evaluate(SHOWN)
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 12, steps=5)
    page.mouse.up()
    page.wait_for_function(f"(whole) => String(({SHOWN})()) !== whole", arg=",".join(whole))
    shown: list[str] = page.evaluate(SHOWN)
    return shown


def point_at_a_window(page: Page) -> None:
    """Move the mouse to the middle of the first window that is in sight."""
    place = page.evaluate(
        """() => {
          const chart = document.getElementById("timeline");
          const {layout} = chart;
          const window = chart.data.find((trace) => trace.name === "window");
          const { xaxis } = chart._fullLayout;
          const box = chart.getBoundingClientRect();
          const start = xaxis.d2c(window.base[1]);
          const middle = xaxis.c2p(start + window.x[1] / 2);
          const lane = (window.y[1] + 0.5) * layout.meta.lanePx;
          return [
            box.left + layout.margin.l + middle,
            box.top + layout.margin.t + layout.meta.lanesTop + lane,
          ];
        }"""
    )
    page.mouse.move(*place)


@pytest.fixture
def live(open_page: OpenPage, fleet: Service) -> Page:
    return open_page(LIVE)


def test_a_refresh_draws_a_new_run_and_keeps_zoom_scroll_and_focus(
    live: Page, owner_starts: Callable[[], str]
) -> None:
    shown = zoom(live)
    control = live.locator("#runner-20 .copy")
    control.focus()
    live.evaluate("scrollTo(0, 300)")

    owner_starts()
    live.wait_for_function(f"() => ({RUNNING})() === 1")

    assert live.evaluate(SHOWN) == shown
    assert live.evaluate("scrollY") == 300
    expect(control).to_be_focused()
    expect(live.locator("#status")).to_contain_text("Running:")


def test_a_refresh_keeps_what_is_selected(live: Page, owner_starts: Callable[[], str]) -> None:
    live.locator("#runner-20 .times").first.select_text()
    selected = live.evaluate("String(getSelection())")

    owner_starts()
    expect(live.locator(".log")).to_contain_text("Running")

    assert selected
    assert live.evaluate("String(getSelection())") == selected


def test_a_refresh_keeps_an_open_hover(live: Page, owner_starts: Callable[[], str]) -> None:
    point_at_a_window(live)
    hover = live.locator("#timeline .hoverlayer .hovertext")
    expect(hover).to_contain_text("worker-01")

    owner_starts()
    live.wait_for_function(f"() => ({RUNNING})() === 1")

    expect(hover).to_contain_text("worker-01")


def test_a_refresh_keeps_the_chart_itself(live: Page, owner_starts: Callable[[], str]) -> None:
    live.evaluate("document.querySelector('#timeline .main-svg').dataset.kept = 'yes'")

    owner_starts()
    live.wait_for_function(f"() => ({RUNNING})() === 1")

    assert live.locator("#timeline .main-svg[data-kept=yes]").count() == 1


def test_a_click_keeps_what_the_hover_says_and_copies_the_runner(live: Page) -> None:
    live.context.grant_permissions(["clipboard-read", "clipboard-write"])
    point_at_a_window(live)
    expect(live.locator("#timeline .hoverlayer .hovertext")).to_be_visible()
    live.mouse.down()
    live.mouse.up()

    live.get_by_role("button", name="Copy runner id").click()

    expect(live.locator("#picked")).to_contain_text("worker-01")
    assert live.evaluate("navigator.clipboard.readText()") == "worker-01"


@pytest.mark.long
def test_the_whole_cycle_is_one_click_away(live: Page) -> None:
    whole = live.evaluate(SHOWN)
    zoom(live)

    live.get_by_role("button", name="Whole cycle").click()

    live.wait_for_function(
        """(whole) => String(document.getElementById("timeline").layout.xaxis.range) === whole""",
        arg=",".join(whole),
    )


def test_a_run_that_ended_is_drawn_as_such(
    live: Page, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    live.wait_for_function(f"() => ({RUNNING})() === 1")

    finish(fleet, run_id)

    live.wait_for_function(f"() => ({RUNNING})() === 0")
    expect(live.locator(".log")).to_contain_text("Completed")


def test_a_poll_with_nothing_new_touches_nothing(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(LIVE, clock=True)
    page.evaluate(
        """() => {
          window.touched = 0;
          const count = (records) => { window.touched += records.length; };
          const watcher = new MutationObserver(count);
          for (const watched of ["#below", "#timeline .main-svg"]) {
            watcher.observe(document.querySelector(watched), {childList: true, subtree: true});
          }
        }"""
    )

    with page.expect_response(lambda response: response.status == 204):
        page.clock.fast_forward(2_000)

    # Only the counters have counted on.
    changed = page.evaluate("window.touched")
    assert changed <= page.locator("[data-since], [data-until]").count() * 2


def test_a_hidden_tab_rests_and_asks_at_once_when_it_is_seen_again(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE, clock=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    see = """(hidden) => {
      Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""

    page.evaluate(see, True)
    page.clock.fast_forward(60_000)
    assert asked == []

    with page.expect_request(lambda request: "known=" in request.url):
        page.evaluate(see, False)


def test_a_server_that_is_away_is_said_and_its_return_is_noticed(
    server: Server, live: Page, owner_starts: Callable[[], str]
) -> None:
    server.stop()
    trouble = live.get_by_role("alert")
    expect(trouble).to_contain_text("Can't reach Slotwatch since", timeout=15_000)
    expect(trouble).to_contain_text("showing data from")
    expect(trouble).to_contain_text("retrying")
    assert live.evaluate("document.getElementById('timeline').data.length") > 0

    owner_starts()
    server.start()

    expect(trouble).to_be_hidden(timeout=30_000)
    live.wait_for_function(f"() => ({RUNNING})() === 1")


def test_a_session_that_ended_is_said_and_the_page_stays(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE, clock=True)
    page.route(
        "**/*known=*",
        lambda route: route.fulfill(status=200, headers={"HX-Redirect": "/login/?next=/s/x/"}),
    )

    page.clock.fast_forward(2_000)

    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    expect(page.get_by_role("link", name="Sign in").last).to_have_attribute(
        "href", "/login/?next=/s/x/"
    )
    expect(page.locator("#runner-0")).to_be_visible()


def test_offline_the_page_says_as_of_when_it_is_and_counts_nothing_on(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    owner_starts()
    page = open_page(LIVE, clock=True)
    place = "document.querySelector('.now-line').style.transform"
    page.route("**/*known=*", lambda route: route.abort())
    freshness, holds = page.locator("#freshness"), page.locator(".state-line [data-since]")

    page.clock.fast_forward(2_000)
    expect(freshness).to_have_text(re.compile(r"^As of \d\d:\d\d:\d\d.*; not connected$"))
    # What is drawn now and then has gone back to that instant, too.
    page.clock.fast_forward(2_000)
    said, counted, line = freshness.inner_text(), holds.inner_text(), page.evaluate(place)
    page.clock.fast_forward(3 * 3_600_000)

    assert (freshness.inner_text(), holds.inner_text()) == (said, counted)
    assert page.evaluate(place) == line


def test_a_past_cycle_stands_still_whatever_goes_on(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run = fleet.executions.get(run_id=owner_starts())
    before = policy_at(fleet, run.started_at).cycle_start(run.started_at) - timedelta(minutes=1)
    fleet.executions.update(started_at=before, first_attempt_at=before, last_attempt_at=before)
    page = open_page(cycle_url(fleet.slug, before), clock=True)
    so_far, as_of = page.locator("[data-since]"), page.locator("#freshness")
    at_first, said = so_far.all_inner_texts(), as_of.inner_text()

    page.clock.run_for(130_000)

    assert at_first
    assert so_far.all_inner_texts() == at_first
    assert as_of.inner_text() == said


@pytest.mark.long
def test_connected_again_it_counts_on(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    owner_starts()
    page = open_page(LIVE, clock=True)
    page.route("**/*known=*", lambda route: route.abort())
    page.clock.fast_forward(2_000)
    expect(page.locator("#freshness")).to_contain_text("not connected")

    page.unroute("**/*known=*")
    page.clock.fast_forward(60_000)

    expect(page.locator("#freshness")).to_contain_text("Updated")


def test_the_now_line_moves_between_refreshes(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(LIVE, clock=True)
    line = page.locator(".now-line")
    before = line.evaluate("(line) => line.style.transform")
    later = time.time() + 3 * 3_600  # of a week, so some pixels
    page.route(
        "**/*known=*",
        lambda route: route.fulfill(status=204, headers={"Slotwatch-Now": str(later)}),
    )

    page.clock.fast_forward(2_000)

    page.wait_for_function(
        "(before) => document.querySelector('.now-line').style.transform !== before", arg=before
    )


def test_at_the_end_of_a_cycle_the_page_rolls_on_and_shows_the_whole_of_it(
    server: Server, open_page: OpenPage, make_service: Callable[..., Service]
) -> None:
    service = make_service(service_interval_minutes=0.2)  # 12 s
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"))
    page = open_page(LIVE)
    zoom(page)
    cycle = page.locator(".cycle-range").inner_text()

    expect(page.locator(".cycle-range")).not_to_have_text(cycle, timeout=20_000)

    page.wait_for_function(
        """() => {
          const {range} = document.getElementById("timeline").layout.xaxis;
          return new Date(range[1]) - new Date(range[0]) === 12_000;
        }"""
    )

"""Pages in a browser: zones, themes, narrow screens, and no scripts at all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduler.cycles.spans import cycle_start_at
from scheduler.cycles.summaries import keep_summaries
from scheduler.db import clock
from scheduler.intake.claims import claim, finish
from scheduler.models import Service
from scheduler.retention.limits import Retention, change_retention
from tests.browser.conftest import Server
from tests.scheduler.pruning.pruned_rows import prune_all

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"


def test_one_switch_moves_axis_and_tables_to_local_time(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE, timezone_id="Asia/Kathmandu")
    expect(page.locator(".zone-label")).to_have_text("UTC")

    page.get_by_role("link", name="Local").click()

    expect(page.locator(".zone-label")).to_have_text("UTC+05:45")
    expect(page.locator(".decisions thead")).to_contain_text("(UTC+05:45)")
    expect(page.locator(".cycle-range")).to_contain_text("UTC+05:45")


def test_the_zone_stays_as_it_was_set(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(LIVE, timezone_id="Asia/Kathmandu")
    page.get_by_role("link", name="Local").click()
    expect(page.locator(".zone-label")).to_have_text("UTC+05:45")

    page.reload()

    expect(page.locator(".zone-label")).to_have_text("UTC+05:45")


def test_the_theme_recolours_the_chart_without_a_reload(
    open_page: OpenPage, fleet: Service
) -> None:
    page = open_page(LIVE, color_scheme="light")
    ground = (
        "document.getElementById('timeline').data.find((t) => t.name === 'window').marker.color"
    )
    light = page.evaluate(ground)
    page.evaluate("window.kept = true")

    page.get_by_role("button", name="Dark theme").click()

    page.wait_for_function(f"(light) => {ground} !== light", arg=light)
    assert page.evaluate("window.kept")


def test_the_theme_stays_as_it_was_set(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(LIVE, color_scheme="light")
    page.get_by_role("button", name="Dark theme").click()

    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("path", ["/", LIVE, "/login/"])
def test_no_page_is_wider_than_a_narrow_screen(
    open_page: OpenPage, fleet: Service, path: str
) -> None:
    page = open_page(path, wait=path == LIVE, viewport={"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


# The texts that something cuts off, or the screen where nothing scrolls there.
CUT = """() => {
  const cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const text = range.getBoundingClientRect();
    const isShown = parent.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!text.width || !isShown || parent.closest(".unseen, .skip")) {
      continue;
    }
    for (let each = parent; each; each = each.parentElement) {
      const { overflowX, textOverflow } = getComputedStyle(each);
      if (["auto", "scroll"].includes(overflowX) || textOverflow === "ellipsis") {
        break;
      }
      const { left, right } = each.getBoundingClientRect();
      const isCutting = overflowX !== "visible" || each === document.body;
      if (isCutting && (text.left < left - 1 || text.right > right + 1)) {
        cut.push(walker.currentNode.data.trim());
        break;
      }
    }
  }
  return cut;
}"""


@pytest.mark.parametrize(
    "path", ["/", LIVE, *(f"{LIVE}{each}/" for each in ("history", "blocked", "runners"))]
)
def test_nothing_is_cut_off_on_a_narrow_screen(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str], path: str
) -> None:
    owner_starts()
    page = open_page(path, wait=path == LIVE, viewport={"width": 360, "height": 740})
    page.wait_for_load_state("networkidle")

    assert page.evaluate(CUT) == []


def test_the_facts_of_a_runner_are_one_row(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(f"{LIVE}runners/worker-00/")

    tops = page.locator(".runner-facts > div").evaluate_all(
        "facts => facts.map((each) => Math.round(each.getBoundingClientRect().top))"
    )

    assert len(tops) > 3
    assert len(set(tops)) == 1


def test_what_is_cut_off_is_found(open_page: OpenPage, fleet: Service) -> None:
    page = open_page("/", wait=False, viewport={"width": 360, "height": 740})
    page.locator("h1").evaluate("h1 => { h1.style.cssText = 'overflow: clip; width: 9px'; }")

    assert page.evaluate(CUT) == [page.locator("h1").inner_text()]


def test_without_scripts_the_page_is_a_table(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(LIVE, wait=False, java_script_enabled=False)

    expect(page.locator("#runner-0")).to_contain_text("worker-00")
    expect(page.locator("#status")).to_contain_text("30 runners")
    expect(page.get_by_text("The chart needs JavaScript.")).to_be_visible()


def test_a_pruned_cycle_runs_what_it_loads(
    server: Server, make_service: Callable[..., Service], open_page: OpenPage
) -> None:
    service, now = make_service(), clock.now()
    begun = now - timedelta(hours=2)
    run = claim(service, "a", now=begun).execution
    assert run
    finish(service, run.run_id, now=begun)
    while keep_summaries(service, now=now).written:
        pass
    retention = Retention(days=1 / 24, executions=None, summary_days=None)
    change_retention(service, retention)
    prune_all(service, now)
    start = cycle_start_at(service, begun)

    # An error of a script would fail it.
    page = open_page(f"{LIVE}cycles/{start:%Y-%m-%dT%H:%M:%SZ}/", wait=False)

    expect(page.get_by_role("heading", name="Its executions are no longer kept")).to_be_visible()
    assert page.evaluate("typeof htmx") == "object"


def test_the_services_count_on_and_refresh(open_page: OpenPage, fleet: Service) -> None:
    page = open_page("/", wait=False, clock=True)

    with page.expect_response(lambda response: "known=" in response.url) as answer:
        page.clock.fast_forward(5_000)

    assert answer.value.status == 200
    expect(page.locator("#service-service-1")).to_contain_text("30")

"""The page of one attempt in a browser: marked in its cycle, and live while it runs."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from scheduler.intake.claims import claim, finish
from scheduler.models import Execution, Service
from tests.browser.figure import point_at

OpenPage = Callable[..., Page]
LIVE = "/s/service-1/"


def address(run_id: str) -> str:
    return f"/s/service-1/executions/{quote(run_id, safe='')}/"


def test_a_run_is_marked_while_it_runs_and_framed_when_it_is_over(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    page = open_page(address(run_id))
    status = page.locator("#execution .state-line")
    expect(status).to_contain_text("Running: worker-")
    expect(page.locator("#timeline .annotation")).to_contain_text("this run")

    finish(fleet, run_id)

    expect(status).to_contain_text("Completed: worker-")
    # A function: the page's policy forbids to evaluate a text again and again.
    page.wait_for_function("() => document.getElementById('timeline').layout.shapes.length === 1")


def test_nothing_is_asked_for_once_it_is_over(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    page = open_page(address(run_id), clock=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(re.findall("[?]known=", request.url)))

    finish(fleet, run_id)
    page.clock.run_for(2_500)
    expect(page.locator("#execution .state-line")).to_contain_text("Completed: worker-")
    expect(page.locator("#freshness")).to_contain_text("As of")
    before = len(asked)
    page.clock.run_for(60_000)

    assert before > 0
    assert len(asked) == before


def test_a_click_on_the_chart_of_a_cycle_leads_to_the_run(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    page = open_page(LIVE)
    point_at(page, "aim")
    expect(page.locator("#timeline .hoverlayer .hovertext")).to_contain_text("Running · worker-")
    page.mouse.down()
    page.mouse.up()

    page.locator("#picked").get_by_role("link", name="Run’s page").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Run {run_id[:8]}")


def test_from_the_log_of_its_cycle_and_back_to_its_row(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    page = open_page(LIVE)
    page.locator(f"tr[data-run='{run_id}'] a.badge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Run {run_id[:8]}")

    page.get_by_role("link", name="Open the cycle").click()

    expect(page.locator("tr:target")).to_have_attribute("data-run", run_id)


@pytest.mark.parametrize("run_id", ["a/b c?d#e%20", "läuft/ü"])
def test_an_odd_run_id_is_found_and_refreshed(
    open_page: OpenPage, fleet: Service, run_id: str
) -> None:
    for number in range(30):
        if claim(fleet, f"worker-{number:02}", run_id=run_id).started:
            break
    page = open_page(address(run_id))

    finish(fleet, run_id)

    expect(page.locator("#execution .state-line")).to_contain_text("Completed: worker-")
    expect(page.locator(".stored")).to_contain_text(run_id)


def test_the_run_is_in_sight_on_a_narrow_screen(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    page = open_page(address(owner_starts()), viewport={"width": 360, "height": 800})

    box = page.locator("#timeline .annotation").bounding_box()

    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_facts_and_tables_are_there(
    open_page: OpenPage, fleet: Service, owner_starts: Callable[[], str]
) -> None:
    run_id = owner_starts()
    finish(fleet, run_id)
    page = open_page(address(run_id), wait=False, java_script_enabled=False)

    expect(page.locator(".stored")).to_contain_text(run_id)
    expect(page.locator(".checks li")).to_have_count(7)
    expect(page.locator("#around-title ~ .table-scroll tbody tr")).to_have_count(1)
    expect(page.get_by_text("The chart needs JavaScript.")).to_be_visible()
    assert Execution.objects.count() == 1

"""The blocked audit in a browser: bars that filter, and acknowledging with a note."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Locator, Page, expect

from scheduler.db import clock
from scheduler.models import Acknowledgement, Execution, Runner, Service

OpenPage = Callable[..., Page]
PAGE = "/s/service-1/blocked/"
DRAWN = "#reasons-chart .bars .point path"


@pytest.fixture
def blocked(server: object, make_service: Callable[..., Service]) -> Service:
    """In the last six hours: nine late starts of one runner, three oddities of another."""
    service = make_service()
    now = clock.now()
    for number in range(12):
        runner_id, reason = ("b", "odd one") if number >= 9 else ("a", "late_start")
        runner, _ = Runner.objects.get_or_create(
            service=service, runner_id=runner_id, defaults={"first_seen_at": now}
        )
        at = now - timedelta(hours=1 if number % 2 else 5, minutes=number)
        Execution.objects.create(
            service=service,
            runner=runner,
            run_id=f"block-{number}",
            status="blocked",
            origin="reported",
            reason=reason,
            started_at=at,
            ended_at=at,
            first_attempt_at=at,
            last_attempt_at=at,
        )
    return service


@pytest.fixture
def operator_page(blocked: Service, open_page: OpenPage) -> Page:
    """The page of somebody who may acknowledge."""
    kim = get_user_model()(username="kim", is_superuser=True)
    # The hash that the server knows; that of the tests is a cheaper one.
    kim.password = PBKDF2PasswordHasher().encode("kim", "salt", iterations=1)
    kim.save()
    page = open_page(f"/login/?next={PAGE}", wait=False)
    page.get_by_label("Name").fill("kim")
    page.get_by_label("Password").fill("kim")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(DRAWN)
    return page


def rows(page: Page) -> Locator:
    return page.locator("table.blocks tbody tr")


def test_a_click_on_a_bar_filters_the_list(blocked: Service, open_page: OpenPage) -> None:
    page = open_page(PAGE + "?from=now-6h", wait=False)
    page.wait_for_selector(DRAWN)
    count, href = page.evaluate(
        """() => {
            const { y, customdata } = document.getElementById("reasons-chart").data
                .find((trace) => trace.name === "blocked-late-start");
            return [y[0], customdata[0][1]];
        }"""
    )

    page.locator(DRAWN).first.click(force=True)

    page.wait_for_url(re.compile(r"from=\d{4}-"))
    assert page.url.endswith(PAGE + href)
    expect(rows(page)).to_have_count(count)
    expect(page.locator("table.blocks")).to_contain_text("late start")
    expect(page.locator("table.blocks")).not_to_contain_text("odd one")


def test_a_cell_filters_by_runner_and_reason(blocked: Service, open_page: OpenPage) -> None:
    page = open_page(PAGE, wait=False)

    page.locator("table.heat").get_by_role("link", name="3", exact=True).first.click()

    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("list", name="Chosen")).to_contain_text("odd one")


def test_one_block_is_acknowledged_with_a_note(operator_page: Page) -> None:
    page, first = operator_page, rows(operator_page).first
    first.locator("summary").click()
    first.get_by_label("Why does it need no action?").fill("Restarted by hand")

    first.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("status")).to_contain_text("1 block acknowledged: Restarted by hand")
    expect(rows(page).first).to_contain_text("kim")
    expect(rows(page).first).to_contain_text("Restarted by hand")


def test_all_that_a_filter_matches_is_acknowledged_and_undone(operator_page: Page) -> None:
    page = operator_page
    page.locator(".reason-legend").get_by_role("link", name="odd one").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="Not acknowledged").click()
    page.get_by_text("Acknowledge all 3").click()
    page.get_by_label("Why do the 3").fill("A known oddity")

    page.get_by_role("button", name="Acknowledge 3").click()

    notice = page.get_by_role("status")
    expect(notice).to_contain_text("3 blocks acknowledged: A known oddity")
    expect(page.get_by_text("No block matches this filter.")).to_be_visible()
    assert Execution.objects.exclude(acknowledgement=None).count() == 3

    notice.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("status")).to_contain_text("Undone for 3 blocks")
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#actions")).to_contain_text("undone by kim")
    assert Acknowledgement.objects.get().undone_by == "kim"


def test_without_scripts_it_is_tables_and_forms(blocked: Service, open_page: OpenPage) -> None:
    page = open_page(PAGE, wait=False, java_script_enabled=False)

    page.get_by_text("The bars as a table").click()
    page.locator(".bars-table").get_by_role("link").first.click()

    assert rows(page).count() in range(1, 12)
    page.get_by_role("link", name="Clear all").click()
    expect(rows(page)).to_have_count(12)


def test_the_theme_recolours_the_bars(blocked: Service, open_page: OpenPage) -> None:
    page = open_page(PAGE, wait=False, color_scheme="light")
    page.wait_for_selector(DRAWN)
    colour = "document.getElementById('reasons-chart').data[0].marker.color"
    light = page.evaluate(colour)

    page.get_by_role("button", name="Dark theme").click()

    page.wait_for_function(f"(light) => {colour} !== light", arg=light)


# Left and right edge of the table's place, of what it shows first, of what it shows last.
EDGES = """() => {
  const place = document.querySelector("table.heat").closest(".table-scroll");
  const row = document.querySelector("table.heat tbody tr");
  return [place, row.cells[0], row.cells[row.cells.length - 1]].map((each) => {
    const {left, right} = each.getBoundingClientRect();
    return [Math.round(left), Math.round(right)];
  });
}"""
ALL_REASONS = ("prior_running", "scheduled_runner_in_grace", "slot_window_invalid")


@pytest.mark.parametrize("width", [1440, 360])
def test_who_and_how_many_stay_in_sight_beside_four_reasons(
    blocked: Service, open_page: OpenPage, width: int
) -> None:
    for number, reason in enumerate(ALL_REASONS):
        block = Execution.objects.filter(run_id=f"block-{number}")
        block.update(reason=reason)
    page = open_page(PAGE, wait=False, viewport={"width": width, "height": 900})
    expect(page.locator("table.heat thead th")).to_have_count(2 + 5)

    for scrolled in (0, 9_999):
        page.locator("table.heat").evaluate(
            "(table, left) => { table.closest('.table-scroll').scrollLeft = left; }", scrolled
        )
        place, first, last = page.evaluate(EDGES)
        assert place[0] <= first[0] < first[1] <= last[0] < last[1] <= place[1] + 1


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_not_wider_than_its_screen(
    blocked: Service, open_page: OpenPage, width: int
) -> None:
    page = open_page(PAGE, wait=False, viewport={"width": width, "height": 740})
    page.wait_for_selector(DRAWN)

    assert page.evaluate("document.documentElement.scrollWidth") <= width

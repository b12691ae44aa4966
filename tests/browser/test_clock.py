"""A page has the clock of the tests, also where that is moved (`tests.calendar`)."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser

# A loaded machine takes its time between two looks.
SOON = timedelta(seconds=60)


def test_a_page_has_this_process_s_clock(browser: Browser) -> None:
    context = browser.new_context()
    said = context.new_page().evaluate("[Date.now(), +new Date(), Date.parse(Date())]")
    context.close()

    for milliseconds in said:
        assert abs(datetime.fromtimestamp(milliseconds / 1_000, UTC) - datetime.now(UTC)) < SOON

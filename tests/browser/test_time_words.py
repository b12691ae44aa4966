"""The browser writes instants and lengths as the server does."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Route

from dashboard.text.words import TimeWords, duration
from tests.conftest import ROOT

STATIC = ROOT / "dashboard" / "static" / "dashboard"
HOST = "http://words.test/"
WRITE = """async ({ instants, lengths }) => {
  const { clockTime } = await import("/text/time_words.js");
  const { duration } = await import("/text/words.js");
  return {
    clock: instants.map(clockTime),
    lengths: lengths.map((seconds) => duration(seconds * 1000)),
  };
}"""
LENGTHS = [0, 7, 59, 60, 80, 3_600, 11_100, 86_400, 86_640, 187_200, 864_000]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", "2026-11-01T05:00"),
        ("America/New_York", "2026-11-01T05:00"),  # back at 06:00 UTC
        ("America/New_York", "2026-03-08T06:00"),  # forth at 07:00 UTC
        ("America/St_Johns", "2026-11-01T03:00"),  # back at 04:30 UTC
        ("Europe/London", "2026-10-25T00:30"),  # back at 01:00 UTC
        ("Asia/Kolkata", "2026-11-01T05:00"),
        ("Australia/Lord_Howe", "2026-04-04T14:00"),  # half an hour back at 15:00 UTC
    ],
)
def test_instants_and_lengths_read_as_the_servers(browser: Browser, zone: str, day: str) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    instants = [
        at + timedelta(minutes=7 * number, milliseconds=number) for number in range(-40, 40)
    ]

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(HOST)
        if name:
            route.fulfill(path=STATIC / name)
        else:
            route.fulfill(body=f'<html data-zone="{zone}">', content_type="text/html")

    # A browser that is neither on UTC nor in the zone of the page.
    with browser.new_context(timezone_id="America/Los_Angeles") as context:
        page = context.new_page()
        page.route(f"{HOST}**", serve)
        page.goto(HOST)
        written = page.evaluate(
            WRITE,
            {
                "instants": [round(each.timestamp() * 1000) for each in instants],
                "lengths": LENGTHS,
            },
        )

    assert written == {
        "clock": [clock_words(each.replace(microsecond=0), zone) for each in instants],
        "lengths": [duration(each) for each in LENGTHS],
    }, json.dumps(written)


def clock_words(at: datetime, zone: str) -> str:
    """Without its date, whatever the day."""
    return TimeWords(zone=ZoneInfo(zone), now=at, day=at).full(at)

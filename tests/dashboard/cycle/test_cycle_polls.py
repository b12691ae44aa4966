"""/s/<slug>/, polled: what a poll costs and gets."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduler.intake.heartbeats import Beat, beat
from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get, known_of, text_of

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
PRESENT = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]


def test_a_fragment_is_the_part_that_changes(viewer: Client, story: Story) -> None:
    fragment = get(viewer, LIVE, headers=HTMX)

    assert "<html" not in fragment
    assert 'id="status"' in fragment
    assert 'id="below"' in fragment
    assert 'id="timeline"' not in fragment


def test_the_page_tells_the_time_of_the_server(viewer: Client, story: Story) -> None:
    response = viewer.get(LIVE)

    assert float(response["Slotwatch-Now"]) == after(25).timestamp()


def test_a_poll_with_nothing_new_gets_nothing_and_builds_no_figure(
    viewer: Client, story: Story, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_of(get(viewer, LIVE))
    set_clock(after(27))
    monkeypatch.delattr("dashboard.cycle.chart.timeline_chart")

    response = viewer.get(LIVE, {"known": known}, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.both_databases
def test_a_poll_with_nothing_new_costs_one_query_beside_the_session(
    viewer: Client, story: Story
) -> None:
    known = known_of(get(viewer, LIVE))

    with CaptureQueriesContext(connection) as queries:
        viewer.get(LIVE, {"known": known}, headers=HTMX)

    tables = [
        "session" if "django_session" in each["sql"] else
        "user" if "accounts_user" in each["sql"] else
        "service"
        for each in queries
    ]  # fmt: skip
    assert tables == ["session", "user", "service"]


def test_a_poll_after_a_change_of_the_slot_gets_the_fragment(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    known = known_of(get(viewer, LIVE))
    set_clock(after(40))

    fragment = get(viewer, LIVE, data={"known": known}, headers=HTMX)

    assert "c is scheduled" in text_of(fragment)


def test_a_poll_after_something_new_gets_the_fragment(viewer: Client, story: Story) -> None:
    known = known_of(get(viewer, LIVE))
    beat(story.service, Beat(runner_id="d"), now=after(25))

    assert "4 runners" in text_of(get(viewer, LIVE, data={"known": known}, headers=HTMX))


def test_at_the_end_of_a_cycle_the_live_page_rolls_to_the_next(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    known = known_of(get(viewer, LIVE))
    set_clock(after(60))

    fragment = get(viewer, LIVE, data={"known": known}, headers=HTMX)

    assert "12:01:00 – 12:02:00 UTC" in text_of(fragment)


def test_a_poll_without_a_session_is_sent_to_sign_in_and_not_given_a_page(
    anonymous: Client, story: Story
) -> None:
    response = anonymous.get(LIVE, headers=HTMX)

    assert "/login/" in response["HX-Redirect"]
    assert response.content == b""

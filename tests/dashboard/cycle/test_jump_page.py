"""/s/<slug>/cycles/?at=: from a time that is typed to its cycle."""

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

JUMP = "/s/service-1/cycles/"
SetClock = Callable[[datetime], None]


@pytest.mark.parametrize(
    ("at", "start"),
    [
        ("12:00:24", "2026-03-14T12:00:00Z"),
        ("14:05 yesterday", "2026-03-13T14:05:00Z"),
        ("2026-03-10 03:00:59", "2026-03-10T03:00:00Z"),
        ("2026-03-10T03:00:59+01:00", "2026-03-10T02:00:00Z"),
        ("now", "2026-03-14T12:00:00Z"),
        ("now-6h", "2026-03-14T06:00:00Z"),
        ("2026-03-14 12:00:59", "2026-03-14T12:00:00Z"),  # to come, in the present cycle
    ],
)
def test_a_time_leads_to_its_cycle(viewer: Client, story: Story, at: str, start: str) -> None:
    response = viewer.get(JUMP, {"at": at})

    assert (response.status_code, response["Location"]) == (302, f"{JUMP}{start}/")


def test_a_time_is_that_of_the_zone_of_the_page(viewer: Client, story: Story) -> None:
    response = viewer.get(JUMP, {"at": "12:30", "tz": "Europe/Berlin"})

    assert response["Location"] == f"{JUMP}2026-03-14T11:30:00Z/?tz=Europe%2FBerlin"


def test_a_jump_keeps_the_choice_of_lanes(viewer: Client, story: Story) -> None:
    response = viewer.get(JUMP, {"at": "now-1h", "runner_id": "a", "lanes": "trouble"})

    assert response["Location"] == f"{JUMP}2026-03-14T11:00:00Z/?runner_id=a&lanes=trouble"


def test_a_time_to_come_is_told_when(viewer: Client, story: Story) -> None:
    response = viewer.get(JUMP, {"at": "2026-03-14 12:05"})

    assert response.status_code == 404
    assert "It begins at 12:05:00 UTC, in 4 m 35 s." in response.content.decode()


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("25:00", "There is no 25:00"),
        ("yesterday", "is a whole day: write a time of day too"),
        ("half past <b>", "“half past <b>” is not understood as a time."),
        ("", "Write a time."),
    ],
)
def test_what_is_no_time_is_kept_and_told_why(
    viewer: Client, story: Story, at: str, why: str
) -> None:
    response = viewer.get(JUMP, {"at": at})

    page = response.content.decode()
    assert response.status_code == 400
    assert escape(why) in page
    assert re.findall(r'name="at"\s+value="([^"]*)"', page) == [escape(at)]
    assert "now-6h" in text_of(page)


def test_the_form_by_itself_says_what_is_understood(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, JUMP))

    assert "Jump to a time" in page
    assert "14:05 yesterday" in page


@pytest.mark.parametrize("path", ["/s/service-1/", f"{JUMP}2026-03-14T12:00:00Z/"])
def test_every_cycle_has_the_form(viewer: Client, story: Story, path: str) -> None:
    page = get(viewer, f"{path}?lanes=trouble")

    form = re.search(r'<form class="[^"]*jump".*?</form>', page, re.DOTALL)
    assert form is not None
    assert f'action="{JUMP}"' in form[0]
    assert re.search(r'name="lanes"\s+value="trouble"', form[0])


def test_a_poll_leaves_the_form_alone(viewer: Client, story: Story) -> None:
    assert 'id="jump-at"' not in get(viewer, "/s/service-1/", headers=HTMX)


def test_an_unknown_service_is_not_found(viewer: Client) -> None:
    assert viewer.get("/s/nobody/cycles/", {"at": "now"}).status_code == 404


def test_a_wrong_choice_of_lanes_is_refused(viewer: Client, story: Story) -> None:
    assert viewer.get(JUMP, {"at": "now", "lanes": "few"}).status_code == 400


def test_nobody_jumps_without_signing_in(anonymous: Client, story: Story) -> None:
    response = anonymous.get(JUMP, {"at": "now"})

    assert unquote(response["Location"]) == f"/login/?next={JUMP}?at=now"


def test_a_jump_is_only_read(viewer: Client, story: Story) -> None:
    assert viewer.post(JUMP, {"at": "now"}).status_code == 405


@pytest.mark.both_databases
def test_a_jump_reads_little_and_writes_nothing(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(86_400))

    with CaptureQueriesContext(connection) as queries:
        viewer.get(JUMP, {"at": "14:05 yesterday"})

    assert {each["sql"].split()[0] for each in queries} <= {"SELECT"}
    assert len(queries) <= 4  # session, user, service, policy

"""/s/<slug>/cycles/<cycle_start>/: past cycles, who may see them, and wrong addresses."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from tests.conftest import after
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
PRESENT = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]


def test_a_past_cycle_is_frozen(viewer: Client, story: Story, set_clock: SetClock) -> None:
    set_clock(after(200))

    page = get(viewer, PRESENT)

    assert "Stuck: 1 running, 1 completed, 3 blocked, 1 window blocked (derived)." in text_of(page)
    assert "data-over" in page


def test_the_day_of_a_past_cycle_is_told_once(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(86_400))

    page = text_of(get(viewer, PRESENT))

    assert "2026-03-14 12:00:00 – 12:01:00 UTC" in page
    assert "12:00:02 host-1:412 Completed after 4 s" in page
    # The others are the page's title, and the days of the strip, wide and narrow.
    assert page.count("2026-03-14") == 4


def test_a_past_cycle_leads_to_its_neighbours_and_to_live(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    set_clock(after(200))

    page = get(viewer, PRESENT)

    links = re.findall(r'href="(/s/service-1/[^"]*)"', page)
    assert "/s/service-1/cycles/2026-03-14T11:59:00Z/" in links
    assert "/s/service-1/cycles/2026-03-14T12:01:00Z/" in links
    assert links.count(LIVE) >= 2


def test_the_present_cycle_has_no_next_one(viewer: Client, story: Story) -> None:
    assert 'rel="next"' not in get(viewer, LIVE)


@pytest.mark.parametrize(
    "inside",
    [
        "2026-03-14T12:00:24Z",
        "2026-03-14T12:00:00.5Z",
        "2026-03-14T13:00:00+01:00",
        "2026-03-14T12:00Z",
    ],
)
def test_an_instant_inside_a_cycle_leads_to_it(viewer: Client, story: Story, inside: str) -> None:
    response = viewer.get(f"/s/service-1/cycles/{inside}/")

    assert (response.status_code, response["Location"]) == (302, PRESENT)


@pytest.mark.parametrize(
    "wrong",
    [
        "yesterday",
        "2026-03-14",
        "2026-03-14T12:00:00",  # of which zone?
        "2026-13-14T12:00:00Z",
        "1741953600",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_a_malformed_cycle_is_told_the_form(viewer: Client, story: Story, wrong: str) -> None:
    response = viewer.get(f"/s/service-1/cycles/{wrong}/")

    assert response.status_code == 400
    assert "2026-11-24T03:00:00Z" in response.content.decode()


def test_a_cycle_to_come_is_told_when(viewer: Client, story: Story) -> None:
    response = viewer.get("/s/service-1/cycles/2026-03-14T12:05:00Z/")

    assert response.status_code == 404
    assert "It begins at 12:05:00 UTC, in 4 m 35 s." in response.content.decode()


@pytest.mark.parametrize("path", ["/s/nobody/", "/s/nobody/cycles/2026-03-14T12:00:00Z/"])
def test_an_unknown_service_is_not_found(viewer: Client, path: str) -> None:
    response = viewer.get(path)

    assert response.status_code == 404
    assert "No service is called “nobody”" in response.content.decode()


@pytest.mark.parametrize("path", [LIVE, PRESENT])
def test_nobody_looks_without_signing_in(anonymous: Client, story: Story, path: str) -> None:
    response = anonymous.get(path)

    assert response.status_code == 302
    assert unquote(response["Location"]) == f"/login/?next={path}"


@pytest.mark.parametrize("path", [LIVE, PRESENT])
def test_everyone_looks_where_that_is_public(
    anonymous: Client, story: Story, settings: Any, path: str
) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert anonymous.get(path).status_code == 200


@pytest.mark.parametrize("path", [LIVE, PRESENT])
def test_a_page_is_only_read(viewer: Client, story: Story, path: str) -> None:
    assert viewer.post(path).status_code == 405

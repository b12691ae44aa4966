"""The replay on /s/<slug>/cycles/<cycle_start>/: where it is, and the instant in its address."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
CYCLE = "/s/service-1/cycles/2026-03-14T12:00:00Z/"
SetClock = Callable[[datetime], None]


@pytest.fixture
def over(story: Story, set_clock: SetClock) -> Story:
    """The story, long after its cycle."""
    set_clock(after(200))
    return story


def replay_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="replay-data" type="application/json">(.*?)</script>', html)
    assert found is not None
    payload: dict[str, Any] = json.loads(found[1])
    return payload


def test_a_cycle_that_is_over_can_be_replayed(viewer: Client, over: Story) -> None:
    page = get(viewer, CYCLE)

    assert replay_of(page)["names"] == ["host-1:412", 0, 0]
    assert "dashboard/replay" in page


def test_without_scripts_there_is_no_scrubber(viewer: Client, over: Story) -> None:
    panel = re.search(r'<section id="replay"[^>]*>', get(viewer, CYCLE), re.DOTALL)

    assert panel is not None
    assert panel[0].endswith("hidden>")


@pytest.mark.parametrize("path", [LIVE, CYCLE])
def test_a_cycle_that_goes_on_has_no_replay(viewer: Client, story: Story, path: str) -> None:
    page = get(viewer, path)

    assert "replay" not in page


def test_a_fragment_has_no_replay(viewer: Client, over: Story) -> None:
    assert "replay" not in get(viewer, CYCLE, headers=HTMX)


@pytest.mark.both_databases
def test_a_replay_costs_no_query(
    viewer: Client, over: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            get(viewer, CYCLE)
        return len(captured)

    with_replay = queries()
    monkeypatch.setattr("dashboard.cycle.views.replay", lambda *_, **__: None)

    assert with_replay == queries()


@pytest.mark.parametrize(
    ("asked", "milliseconds"),
    [
        ("2026-03-14T12:00:00Z", 0),
        ("2026-03-14T12:00:24.5Z", 24_500),
        ("2026-03-14T13:00:24%2B01:00", 24_000),
        ("2026-03-14T12:00:59.999999Z", 59_999),
    ],
)
def test_the_address_opens_the_page_at_an_instant(
    viewer: Client, over: Story, asked: str, milliseconds: int
) -> None:
    assert f'data-at="{milliseconds}"' in get(viewer, f"{CYCLE}?t={asked}")


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "noon",
        "24.5",
        "2026-03-14T12:00:24",  # of which zone?
        "2026-03-14T11:59:59Z",
        "2026-03-14T12:01:00Z",  # the next cycle's first
    ],
)
def test_an_instant_that_is_none_of_the_cycle_is_told(
    viewer: Client, over: Story, asked: str
) -> None:
    response = viewer.get(CYCLE, {"t": asked})

    assert response.status_code == 400
    page = response.content.decode()
    assert f"t=“{asked}” is not an instant of this cycle" in page
    assert "from 2026-03-14T12:00:00Z on, before 2026-03-14T12:01:00Z" in page


def test_an_instant_inside_a_cycle_leads_to_it_with_its_query(viewer: Client, over: Story) -> None:
    response = viewer.get("/s/service-1/cycles/2026-03-14T12:00:24Z/?t=2026-03-14T12:00:30Z")

    assert (response.status_code, response["Location"]) == (302, f"{CYCLE}?t=2026-03-14T12:00:30Z")

"""The tabs of the benchmark poll as the page does."""

import re
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from django.test import Client

from bench import tab
from bench.fleet import PART_OVER, policy_of
from bench.server import Answer
from bench.tab import Shown
from tests.conftest import T0
from tests.dashboard.conftest import HTMX, Story, set_clock, story, viewer
from tests.house.tree import ROOT

__all__ = ["set_clock", "story", "viewer"]

SCRIPT = "dashboard/static/dashboard/web/refresh.js"


@pytest.mark.parametrize(
    ("seconds", "file", "pattern"),
    [
        (tab.AT_LEAST_SECONDS, SCRIPT, r"const AT_LEAST = ([\d_]+);"),
        (tab.AT_MOST_SECONDS, SCRIPT, r"const AT_MOST = ([\d_]+);"),
        (tab.AFTER_CHANGE_SECONDS, SCRIPT, r"const AFTER_CHANGE = ([\d_]+);"),
        (tab.SPREAD_SECONDS, SCRIPT, r"const SPREAD = ([\d_]+);"),
        (tab.EVERY_SECONDS, "templates/dashboard/cycle/cycle.html", r"every=(\d+)"),
        (tab.GIVES_UP_SECONDS, "templates/base.html", r'"timeout": (\d+)'),
    ],
)
def test_a_tab_waits_as_long_as_the_page(seconds: float, file: str, pattern: str) -> None:
    found = re.search(pattern, (ROOT / file).read_text())

    assert found is not None
    assert seconds == float(found[1]) / 1_000


@pytest.mark.django_db
def test_a_tab_that_shows_a_page_gets_nothing_new(viewer: Client, story: Story) -> None:
    page = viewer.get("/s/service-1/")
    shown = Shown.of(
        "/s/service-1/", Answer(status=200, headers={}, body=page.content, seconds=0.0)
    )

    query = urlencode({"tz": "UTC", "known": shown.known})
    answer = viewer.get(f"{shown.path}?{query}", headers=HTMX)

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert shown.next_change_at is not None
    # 25 s into the cycle: what is shown is so until the start limit or the slot of `b` is over.
    assert 25 < shown.next_change_at - T0.timestamp() <= 40


@pytest.mark.parametrize("runner_count", [10, 500, 1_000])
def test_the_present_cycle_does_not_end_while_something_is_measured(runner_count: int) -> None:
    policy = policy_of(runner_count, T0)

    cycle = policy.service_interval_minutes * 60
    assert cycle == pytest.approx(runner_count * 12, rel=1e-4)
    over = (T0 - policy.cycle_start(T0)).total_seconds() / cycle
    assert over == pytest.approx(PART_OVER, rel=1e-3)

"""The history, the blocked audit and their exports mean the same time where none is named."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from scheduler.models import Runner, Service
from tests.conftest import T0, after
from tests.dashboard.history.test_history_page import block
from tests.dashboard.web.reading import text_of

pytestmark = pytest.mark.django_db

NOW = after(3_600)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def one_of_each_age(service: Service, set_clock: Callable[[datetime], None]) -> None:
    """A block of half a day, and one of two days ago."""
    set_clock(NOW)
    runner = Runner.objects.create(service=service, runner_id="runner-a", first_seen_at=T0)
    for number, at in ((1, NOW - DAY / 2), (2, NOW - 2 * DAY)):
        times = dict.fromkeys(("started_at", "first_attempt_at", "last_attempt_at"), at)
        block(runner, number, **times, ended_at=at, cycle_start=at)


@pytest.mark.parametrize("page", ["history", "blocked"])
@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("?from=now-24h", 1), ("?to=now", 2), ("?from=now-7d", 2)],
)
def test_a_list_its_export_and_its_buttons_mean_the_same_time(
    viewer: Client, page: str, query: str, found: int
) -> None:
    listed = viewer.get(f"/s/service-1/{page}/{query}").content.decode()
    export = viewer.get(f"/s/service-1/{page}/export.ndjson{query}").getvalue().decode()

    current = {"": "24 h", "?from=now-24h": "24 h", "?to=now": "All", "?from=now-7d": "7 d"}[query]
    assert sum(f"/executions/{run}/" in listed for run in ("run-0001", "run-0002")) == found
    assert len(export.splitlines()) == found
    assert f'aria-current="true">{current}</a>' in " ".join(listed.split())


def test_what_an_address_names_is_all_that_is_meant(viewer: Client) -> None:
    at = f"{NOW - 2 * DAY:%Y-%m-%dT%H:%M:%SZ}"

    page = text_of(viewer.get(f"/s/service-1/history/?cycle_start={at}").content.decode())

    assert "run-0002" in page

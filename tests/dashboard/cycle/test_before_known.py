"""Times before anything was known of a service."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

CYCLES = "/s/service-1/cycles/"
MADE_UP = ("Empty", "nothing ran", "Interval", "windows of", "Capacity")


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-14T11:58:00Z",
        "2026-03-13T12:00:00Z",
        "1999-12-31T23:59:00Z",
        "1970-01-01T00:00:00Z",
    ],
)
def test_a_cycle_before_the_first_word_of_a_service_is_not_known(
    viewer: Client, story: Story, start: str
) -> None:
    page = text_of(get(viewer, f"{CYCLES}{start}/"))

    assert "Not known: first heard of on 2026-03-14 11:59:59 UTC" in page
    assert [word for word in MADE_UP if word in page] == []


def test_it_leads_to_the_first_cycle_that_is_known_and_no_further_back(
    viewer: Client, story: Story
) -> None:
    page = get(viewer, f"{CYCLES}2026-03-14T10:00:00Z/")

    assert f'href="{CYCLES}2026-03-14T11:59:00Z/"' in page
    assert 'rel="prev"' not in page


def test_the_first_cycle_that_is_known_has_none_before_it(viewer: Client, story: Story) -> None:
    assert 'rel="prev"' not in get(viewer, f"{CYCLES}2026-03-14T11:59:00Z/")
    assert 'rel="prev"' in get(viewer, f"{CYCLES}2026-03-14T12:00:00Z/")


def test_the_date_of_the_first_word_is_told_in_the_zone_of_the_page(
    viewer: Client, story: Story, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(after(200 * 86_400))

    page = text_of(get(viewer, f"{CYCLES}2026-03-01T00:00:00Z/?tz=America/New_York"))

    assert "first heard of on 2026-03-14 07:59:59 UTC−04:00" in page


def test_a_jump_leads_there_too(viewer: Client, story: Story) -> None:
    response = viewer.get(CYCLES, {"at": "2020-01-01 00:00"}, follow=True)

    assert "Not known: first heard of on" in text_of(response.content.decode())


def test_a_service_that_was_never_heard_of_says_so(
    viewer: Client, service: Service, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(after(3_600))

    page = text_of(get(viewer, f"{CYCLES}2026-03-14T12:00:00Z/"))

    assert "Not known: nothing has been heard of Service 1 yet." in page
    assert [word for word in MADE_UP if word in page] == []


def test_an_empty_cycle_after_the_first_word_is_empty(
    viewer: Client, service: Service, set_clock: Callable[[datetime], None]
) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(3_600))

    assert "Empty: nothing ran" in text_of(get(viewer, f"{CYCLES}2026-03-14T12:30:00Z/"))


def test_what_is_reported_of_an_earlier_time_is_known_from_then_on(
    viewer: Client, observed: Service, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(after(3_600))
    run = ExecutionReport(
        run_id="r",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(-86_400),
        ended_at=after(-86_390),
    )
    report(observed, executions=[run])

    page = text_of(get(viewer, f"{CYCLES}2026-03-13T11:58:00Z/"))

    assert "Not known: first heard of on 2026-03-13 12:00:00 UTC" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("to=2026-03-01T00:00:00Z", "Service 1 was first heard of on 2026-03-14 11:59:59 UTC."),
        ("from=2026-03-20T00:00:00Z", "That time is yet to come."),
    ],
)
@pytest.mark.parametrize("page", ["history", "blocked"])
def test_lists_of_such_times_say_so(
    viewer: Client, story: Story, page: str, query: str, said: str
) -> None:
    finish(story.service, story.running, now=after(25))

    response = viewer.get(f"/s/service-1/{page}/?{query}", follow=True)

    assert said in text_of(response.content.decode())


def test_the_strip_has_no_cell_from_before(
    viewer: Client, story: Story, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(after(180))
    while keep_summaries(story.service, now=after(180)).written:
        pass

    strip = get(viewer, "/s/service-1/past/?strip=24h")

    assert 'T11:59:00Z/"' in strip
    assert 'T11:58:00Z/"' not in strip

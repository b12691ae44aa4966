"""/: the services at a glance."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import T0, after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db


def test_a_service_is_told_in_a_few_words(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, "/"))

    assert "Service 1 coordinated Running: b holds for 4 s ( its run ). Next: c in 15 s ." in page
    assert "Last good run 19 s ago" in page
    assert "Runners live 3" in page
    assert "Blocked: prior run still running:" in page


def test_the_services_in_trouble_come_first(
    viewer: Client,
    story: Story,
    make_service: Callable[..., Service],
) -> None:
    stopped = make_service(spread_margin_minutes=0.5)
    beat(stopped, Beat(runner_id="a"), Beat(runner_id="b"), now=after(24))

    page = get(viewer, "/")

    assert re.findall(r'id="service-(service-\d)"', page) == ["service-2", "service-1"]
    assert "2 services · 1 in trouble" in text_of(page)
    assert "Stopped. No slot has a window: nobody can start." in text_of(page)


def test_how_many_more_runners_fit_is_said(viewer: Client, story: Story) -> None:
    policy = replace(policy_at(story.service, T0), spread_margin_minutes=0.2)
    change_policy(story.service, policy, changed_by="", effective_from=after(10))

    page = text_of(get(viewer, "/"))

    assert "3 of 4 at most" in page
    assert "1 more runner fits before windows vanish." in page


def test_no_services_yet_says_what_would_fill_the_page(viewer: Client) -> None:
    page = text_of(get(viewer, "/"))

    assert "No services yet" in page
    assert "manage.py watch_pynenc" in page


def test_what_went_wrong_lately_decides_the_order_and_is_on_the_card(
    viewer: Client,
    make_service: Callable[..., Service],
    set_clock: Callable[[datetime], None],
) -> None:
    """Services 1 and 2 are well, 3 had a run that outlived its cycle ten minutes ago."""
    for service in (make_service(), make_service(), make_service()):
        beat(service, Beat(runner_id="a"), now=after(0))
        run = claim(service, "a", now=after(5)).execution
        assert run is not None
        beat(service, Beat(runner_id="a"), now=after(30))
        is_late = service.slug == "service-3"
        finish(service, run.run_id, now=after(59 if not is_late else 59.5))
        if is_late:
            again = claim(service, "a", now=after(59.6)).execution
            assert again is not None
            for second in (85, 110):
                beat(service, Beat(runner_id="a"), now=after(second))
            finish(service, again.run_id, now=after(118))
        while keep_summaries(service, now=after(600)).written:
            pass
        beat(service, Beat(runner_id="a"), now=after(600))
    set_clock(after(601))

    html = get(viewer, "/")
    page = text_of(html)

    assert page.index("Service 3") < page.index("Service 1") < page.index("Service 2")
    # It passed its cycle's end at 60 s and ended at 118 s.
    assert "Stuck run 12:01:00, 58 s" in page
    assert '/s/service-3/cycles/2026-03-14T12:01:00Z/"' in html

    set_clock(after(3_600 + 121))
    assert "Stuck run" not in text_of(get(viewer, "/"))


def test_a_clock_that_is_too_far_off_is_on_the_card(
    viewer: Client,
    make_service: Callable[..., Service],
    set_clock: Callable[[datetime], None],
) -> None:
    service = make_service(spread_margin_minutes=0.05)
    ahead = Beat(runner_id="a", runner_time=after(4), round_trip_seconds=0.2)
    beat(service, ahead, now=after(0))
    set_clock(after(1))

    assert "a&#x27;s clock is 4.1 s ahead ± 100 ms, more than the margin of 3 s." in text_of(
        get(viewer, "/")
    )


def test_an_observed_service_that_nobody_watches_is_in_trouble(
    viewer: Client, observed: Service, set_clock: Callable[[datetime], None]
) -> None:
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(0))], now=after(0))
    watched(observed, "pynenc", at=after(0), good_for_seconds=10)
    set_clock(after(5))
    assert "Not watched" not in text_of(get(viewer, "/"))

    set_clock(after(11))
    sentence = "Not watched since 12:00:10: what runs now is not known."
    page = text_of(get(viewer, "/"))
    assert "1 in trouble" in page
    assert f"Service 1 observed {sentence}" in page
    assert "Runners live not known" in page


def test_a_fragment_is_the_list_alone(viewer: Client, story: Story) -> None:
    fragment = get(viewer, "/", headers=HTMX)

    assert "<html" not in fragment
    assert 'id="services"' in fragment


@pytest.mark.both_databases
@pytest.mark.parametrize("services", [1, 12])
def test_the_page_costs_the_same_queries_however_many_services(
    viewer: Client,
    make_service: Callable[..., Service],
    set_clock: Callable[[datetime], None],
    services: int,
) -> None:
    for _ in range(services):
        beat(make_service(), Beat(runner_id="a"), now=after(1))
    set_clock(after(2))

    with CaptureQueriesContext(connection) as queries:
        get(viewer, "/")

    assert len(queries) <= 12


def test_nobody_looks_without_signing_in(anonymous: Client) -> None:
    response = anonymous.get("/")

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/")


def test_everyone_looks_where_that_is_public(anonymous: Client, settings: Any) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert anonymous.get("/").status_code == 200


def test_the_page_is_only_read(viewer: Client) -> None:
    assert viewer.post("/").status_code == 405

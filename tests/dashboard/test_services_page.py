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

from scheduler.heartbeats import Beat, beat
from scheduler.models import Service
from scheduler.services import change_policy, policy_at
from tests.conftest import T0, after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.reading import get, text_of

pytestmark = pytest.mark.django_db


def test_a_service_is_told_in_a_few_words(viewer: Client, story: Story) -> None:
    page = text_of(get(viewer, "/"))

    assert "Service 1 coordinated Running: b holds for 4 s . Next: c in 15 s ." in page
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


def test_a_fragment_is_the_list_alone(viewer: Client, story: Story) -> None:
    fragment = get(viewer, "/", headers=HTMX)

    assert "<html" not in fragment
    assert 'id="services"' in fragment


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

    assert len(queries) <= 8


def test_nobody_looks_without_signing_in(anonymous: Client) -> None:
    response = anonymous.get("/")

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/")


def test_everyone_looks_where_that_is_public(anonymous: Client, settings: Any) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert anonymous.get("/").status_code == 200


def test_the_page_is_only_read(viewer: Client) -> None:
    assert viewer.post("/").status_code == 405

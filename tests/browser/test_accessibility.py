"""Axe, on every page: wide in the light or narrow in the dark, and with `make test-long` both."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import Browser, Page

from scheduler.cycles.summaries import keep_summaries
from scheduler.db import clock
from scheduler.models import Service, ServiceMode
from scheduler.services import create_service
from scheduler.simulation.demo import troubled
from scheduler.simulation.history import play_history
from tests.browser.conftest import Server
from tests.browser.tour import NO_PAGES, kind_of, pages
from tests.lengths import first_of

HOURS = 1
# Pages that no link leads to, and the same pages with nothing to show, or something to complain of.
OTHERS = (
    "/nowhere/",
    "/archived/",
    "/s/nobody/",
    "/?tz=Nowhere",
    "/history/?status=nonsense",
    "/history/summary/",
    "/history/?run_id=none",
    "/s/stock-sync/blocked/?run_id=none",
    "/s/stock-sync/blocked/?from=now-1h",
    "/s/stock-sync/runners/?runner_id=none",
    "/s/stock-sync/?lanes=trouble",
    "/s/stock-sync/?runner_id=none",
    "/s/stock-sync/?strip=7d",
    "/s/stock-sync/cycles/?at=nonsense",
    "/s/stock-sync/cycles/2020-01-01T00:00:00Z/",
    "/s/empty/cycles/2020-01-01T00:00:00Z/",
)
PARTS_OF_TOUR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    width: int
    height: int
    scheme: Literal["light", "dark"]


WIDE = Look(width=1440, height=900, scheme="light")
NARROW = Look(width=360, height=740, scheme="dark")
SIGNED_OUT = ("/login/", "/login/?next=/nowhere/")
# Parts of pages, which are asked for by pages, and addresses that take no GET.
PARTS = frozenset(
    {
        *("past", "jump", "acknowledge", "undo", "healthz", "readyz"),
        *("history_tail", "history_runners", "all_history_tail", "all_history_runners"),
        "blocked_runners",
    }
)


@pytest.fixture
def lived_in(server: Server, make_service: Callable[..., Service]) -> None:
    """A service in trouble, and two in which nothing ever happened."""
    scenario = troubled(HOURS * 3_600.0)
    now = clock.now()
    start = scenario.policy.cycle_start(now) - timedelta(hours=HOURS)
    service = create_service("stock-sync", policy=scenario.policy, effective_from=start)
    play_history(service, scenario, seed="stock-sync 7", start=start, end=now)
    while keep_summaries(service, now=now).written:
        pass
    create_service("empty", policy=scenario.policy, effective_from=start)
    create_service(
        "unseen", mode=ServiceMode.OBSERVED, policy=scenario.policy, effective_from=start
    )


@pytest.fixture
def operator(lived_in: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("kim"))
    return client


@pytest.fixture
def toured(operator: Client) -> list[str]:
    def fetch(address: str) -> str:
        response = operator.get(address)
        is_page = response.headers["Content-Type"].startswith("text/html")
        return response.content.decode() if is_page and response.status_code != 302 else ""

    return pages(fetch, "/", *OTHERS)


def test_the_tour_misses_no_page(toured: list[str]) -> None:
    seen = {kind[0] for kind in map(kind_of, (*toured, *SIGNED_OUT)) if kind}
    named = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    nested = {
        str(name)
        for _, resolver in get_resolver().namespace_dict.values()
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }

    assert (named | nested) - seen - PARTS - NO_PAGES == set()


# In parts, so that several workers share them. Every second page is wide, every other one narrow;
# the rest of the looks is the long form's.
@pytest.mark.parametrize("part", range(PARTS_OF_TOUR))
@pytest.mark.parametrize(
    "looks", first_of(1, [(WIDE, NARROW), (NARROW, WIDE)]), ids=("each", "the other")
)
def test_axe_finds_nothing_on_any_page(
    server: Server,
    browser: Browser,
    operator: Client,
    toured: list[str],
    part: int,
    looks: tuple[Look, Look],
) -> None:
    axe, found = Axe(), list[str]()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": operator.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": server.url("/"),
            }
        ]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    # Signed out last: with the cookies goes the operator.
    addresses = (*toured[part::PARTS_OF_TOUR], *SIGNED_OUT[part::PARTS_OF_TOUR])
    for address, look in zip(addresses, cycle(looks), strict=False):
        if address in SIGNED_OUT:
            context.clear_cookies()
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme=look.scheme)
        page.goto(server.url(address))
        _until_drawn(page)
        found += _violations(axe, page, f"{address} {look.scheme}")
    context.close()

    assert not found, "\n".join(found)


def _until_drawn(page: Page) -> None:
    page.wait_for_function(
        "() => !document.getElementById('timeline')"
        " || document.querySelector('#timeline .nsewdrag')"
    )


def _violations(axe: Axe, page: Page, where: str) -> list[str]:
    found = axe.run(page).response["violations"]
    return [
        f"{where}: {each['id']}: {[node['target'] for node in each['nodes'][:3]]}" for each in found
    ]

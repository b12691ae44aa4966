"""What whoever watches a fleet has to say is on its pages, and only while it watches."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from scheduler.intake.reports import watched
from scheduler.intake.sources import SourceAddress, require_source, tell_notices
from scheduler.models import Service, ServiceMode
from tests.conftest import after
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

ADDRESS = SourceAddress(kind="pynenc", app_id="shop", store="/srv/shop.sqlite3")
SELDOM = "cycles of 600 ms are looked at every 2 s"


@pytest.fixture
def quick(make_service: Callable[..., Service], set_clock: Callable[[datetime], None]) -> Service:
    set_clock(after(1))
    return make_service(ServiceMode.OBSERVED, service_interval_minutes=0.01)


def pages(viewer: Client, service: Service) -> list[str]:
    return [text_of(get(viewer, url)) for url in ("/", f"/s/{service.slug}/")]


@pytest.mark.parametrize(("every", "is_warned"), [(2.0, True), (0.3, False), (None, False)])
def test_looks_that_are_too_seldom_are_warned_about(
    viewer: Client, quick: Service, every: float | None, is_warned: bool
) -> None:
    watched(quick, "pynenc", at=after(0), good_for_seconds=10, every_seconds=every)

    assert [SELDOM in page for page in pages(viewer, quick)] == [is_warned, is_warned]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("changed at 2026-03-14 12:00:01 UTC: it", "changed at 13:00:01 UTC+01:00: it"),
        ("since 2026-07-01 12:00:01 UTC.", "since 2026-07-01 14:00:01 UTC+02:00."),
        ("2026-99-14 12:00:01 UTC", "2026-99-14 12:00:01 UTC"),
        ("9999-12-31 23:30:00 UTC", "9999-12-31 23:30:00 UTC"),
    ],
)
def test_a_notice_tells_its_instants_in_the_zone_of_the_page(
    viewer: Client, quick: Service, told: str, shown: str
) -> None:
    require_source(quick, ADDRESS, at=after(0))
    tell_notices(quick, [f"The settings, {told}"], at=after(0))
    watched(quick, "pynenc", at=after(0), good_for_seconds=10)

    for url in ("/", f"/s/{quick.slug}/"):
        assert f"The settings, {shown}" in text_of(get(viewer, f"{url}?tz=Europe/Berlin"))


@pytest.mark.parametrize(("seconds", "is_said"), [(1, True), (11, False)])
def test_a_notice_is_said_while_its_collector_watches(
    viewer: Client,
    quick: Service,
    set_clock: Callable[[datetime], None],
    seconds: float,
    is_said: bool,
) -> None:
    require_source(quick, ADDRESS, at=after(0))
    tell_notices(quick, ["Restart <b>them</b>."], at=after(0))
    watched(quick, "pynenc", at=after(0), good_for_seconds=10)
    set_clock(after(seconds))

    said = [("Restart &lt;b&gt;them&lt;/b&gt;." in page) for page in pages(viewer, quick)]
    assert said == [is_said, is_said]

"""One switch for all times: ?tz=, else the cookies, else UTC."""

import pytest
from django.test import Client

from tests.dashboard.conftest import Story

pytestmark = pytest.mark.django_db


def zone_of(client: Client, path: str = "/s/service-1/") -> str:
    zone: str = client.get(path).context["page"].chrome.zone
    return zone


def test_times_are_utc_at_first(viewer: Client, story: Story) -> None:
    assert zone_of(viewer) == "UTC"


def test_the_zone_of_the_browser_is_used_when_chosen(viewer: Client, story: Story) -> None:
    viewer.cookies.load({"slotwatch_zone": "Asia/Tokyo", "slotwatch_times": "local"})

    assert zone_of(viewer) == "Asia/Tokyo"


def test_the_zone_of_the_browser_is_left_alone_until_chosen(viewer: Client, story: Story) -> None:
    viewer.cookies.load({"slotwatch_zone": "Asia/Tokyo"})

    assert zone_of(viewer) == "UTC"


def test_the_address_overrides_the_choice(viewer: Client, story: Story) -> None:
    viewer.cookies.load({"slotwatch_zone": "Asia/Tokyo", "slotwatch_times": "local"})

    assert zone_of(viewer, "/s/service-1/?tz=UTC") == "UTC"


@pytest.mark.parametrize("cookie", ["Nowhere/Land", "../../etc/passwd", "", "x" * 300, "localtime"])
def test_a_cookie_that_names_no_zone_is_left_alone(
    viewer: Client, story: Story, cookie: str
) -> None:
    viewer.cookies.load({"slotwatch_zone": cookie, "slotwatch_times": "local"})

    assert zone_of(viewer) == "UTC"


@pytest.mark.parametrize(
    "zone", ["Nowhere/Land", "", "localtime", "Factory", "../../etc/passwd", "%00", "Europe"]
)
def test_an_address_that_names_no_zone_is_told_the_form(viewer: Client, zone: str) -> None:
    response = viewer.get(f"/?tz={zone}")

    assert response.status_code == 400
    assert "tz=Europe/Berlin" in response.content.decode()

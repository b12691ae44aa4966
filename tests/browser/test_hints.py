"""What a word means, beside it: by the pointer, by keyboard, by touch."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scheduler.models import Service

OpenPage = Callable[..., Page]


@pytest.fixture
def services(open_page: OpenPage, fleet: Service) -> Page:
    return open_page("/", wait=False)


@pytest.mark.parametrize("way", ["hover", "focus", "click"])
def test_a_word_explains_itself(services: Page, way: str) -> None:
    margin = services.get_by_role("button", name="margin").first
    hint = services.locator("#hint-margin")
    expect(hint).to_be_hidden()

    if way == "focus":
        services.get_by_role("button", name="every").focus()
        services.keyboard.press("Tab")
    else:
        getattr(margin, way)()

    expect(hint).to_be_visible()
    expect(hint.get_by_role("link")).to_have_attribute("href", "/glossary/#margin")
    assert margin.get_attribute("aria-describedby") == "hint-margin"


def test_a_touch_explains_it_without_scripts(open_page: OpenPage, fleet: Service) -> None:
    page = open_page(
        "/",
        wait=False,
        java_script_enabled=False,
        has_touch=True,
        viewport={"width": 360, "height": 740},
    )

    page.get_by_role("button", name="margin").first.tap()

    expect(page.locator("#hint-margin")).to_be_visible()

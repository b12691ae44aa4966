"""The README's own way to one's own fleet, with its very commands."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from bench.walk import steps, walk_through, walking
from tests.house.tree import ROOT


def link_what_was_installed(clone: Path) -> None:
    """What the clone would install anew is the same here; `make bench-walk` does install it."""
    for name in (".venv", ".vendor"):
        (clone / name).symlink_to(ROOT / name)


def test_its_three_commands_lead_to_a_fleet_that_lives(browser: Browser, tmp_path: Path) -> None:
    assert len(steps()[1]) == 3

    with walking(tmp_path) as walk:
        page = walk_through(walk, browser, after_cloning=link_what_was_installed)

        expect(page.locator("h1")).to_contain_text("shop")
        page.close()

"""Colours: text at 4.5 : 1, graphics at 3 : 1 or outlined so, in both themes."""

import re

import pytest

from dashboard.text.signals import BLOCKED, STATUSES
from tests.dashboard.web.tokens import THEMES, TOKENS, colours, contrast, mixed

TEXTS = [
    ("text", "background"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "accent-tint"),
    ("text", "owner-even"),
    ("text", "owner-odd"),
    ("muted", "background"),
    ("muted", "surface"),
    ("accent", "background"),
    ("accent", "surface"),
]
GRAPHICS = ["accent", "edge", "track", "late", "grace", "unwatched", "running", "completed"]
SIGNALS = sorted({signal.key for signal in (*STATUSES.values(), *BLOCKED.values())})
BADGE_TINT = 0.14


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    palette = colours(theme)

    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("signal", SIGNALS)
def test_the_text_of_a_badge_can_be_read(theme: str, signal: str) -> None:
    palette = colours(theme)
    ground = mixed(palette[signal], BADGE_TINT, palette["surface"])

    assert contrast(palette["text"], ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", GRAPHICS)
def test_graphics_can_be_seen(theme: str, name: str) -> None:
    palette = colours(theme)

    assert contrast(palette[name], palette["surface"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_or_its_outline_can_be_seen(theme: str, signal: str) -> None:
    palette = colours(theme)

    seen = [contrast(palette[name], palette["surface"]) for name in (signal, "mark-outline")]

    assert max(seen) >= 3


def test_every_colour_is_defined_once_for_both_themes() -> None:
    names = re.findall(r"^\s*--([\w-]+):\s*(?:light-dark|#)", TOKENS.read_text(), re.MULTILINE)

    assert sorted(names) == sorted(set(names))
    assert set(names) == set(colours("light"))


def test_the_badge_has_the_tint_that_is_tested() -> None:
    style = (TOKENS.parent / "components.css").read_text()

    assert f"color-mix(in srgb, var(--tint) {BADGE_TINT:.0%}, var(--surface))" in style

"""tokens.css as the tests read it: the colours of each theme, and their contrast."""

import re
from pathlib import Path

import dashboard

TOKENS = Path(dashboard.__file__).parent / "static" / "dashboard" / "tokens.css"
THEMES = ("light", "dark")
_COLOUR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme, by name: ``{"text": "#1a1d21", …}``."""
    found = _COLOUR.findall(TOKENS.read_text())
    return {name: light if theme == "light" else dark for name, light, dark in found}


def mixed(colour: str, share: float, ground: str) -> str:
    """``color-mix(in srgb, colour share, ground)``."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in pairs)


def contrast(one: str, two: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

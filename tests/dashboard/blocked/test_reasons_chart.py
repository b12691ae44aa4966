"""The chart of blocks over time: a valid figure, and every reason told apart."""

from collections import Counter
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.blocked.chart import PATTERNS, bar_cells, reasons_chart
from dashboard.blocked.heat_map import STEPS, step_of
from dashboard.blocked.reason_groups import reason_groups
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import BLOCKED, blocked_signal
from scheduler.blocks.bars import Bar, Bars
from scheduler.history.filters import HistoryFilter, Sort
from tests.conftest import T0, after
from tests.dashboard.web.tokens import THEMES, TOKENS, colours, contrast, mixed

REASONS = (*map(str, BLOCKED), "no_margin", "odd <one>")
QUERY = HistoryQuery(
    asked=HistoryFilter(), sort=Sort.NEWEST, limit=50, cursor=None, given=(("from", "now-1h"),)
)


def bars(*, derived: bool = True) -> Bars:
    """For each reason, as many blocks as its place says, at 0 s and, derived, at 60 s."""
    return Bars(
        start=T0,
        end=after(3_600),
        length=timedelta(minutes=1),
        bars=tuple(
            Bar(
                start=after(60 * is_derived),
                end=after(60 * is_derived + 60),
                reason=reason,
                is_derived=is_derived,
                blocks=number,
            )
            for is_derived in ((False, True) if derived else (False,))
            for number, reason in enumerate(REASONS, 1)
        ),
    )


def figure(drawn: Bars, zone: Any = UTC) -> dict[str, Any]:
    groups = reason_groups(Counter(REASONS), QUERY)
    return reasons_chart(bar_cells(drawn, groups, QUERY), drawn, zone=zone, now=after(3_600))


def test_the_figure_is_valid() -> None:
    go.Figure(**figure(bars()))
    go.Figure(**figure(Bars(start=T0, end=T0, length=timedelta(seconds=1), bars=())))


def test_each_reason_has_a_colour_and_a_pattern_of_its_own() -> None:
    markers = [trace["marker"] for trace in figure(bars(derived=False))["data"]]

    looks = {(each["color"], each.get("pattern", {}).get("shape", "")) for each in markers}

    assert len(looks) == len(markers) == 5
    assert len(set(PATTERNS.values())) == len(PATTERNS)
    assert set(PATTERNS) == {*(each.key for each in BLOCKED.values()), blocked_signal("").key}


def test_derived_bars_are_hollow_and_in_their_reasons_colour() -> None:
    for trace in figure(bars())["data"]:
        marker, colour = trace["marker"], f"var(--{trace['name'].removesuffix(' derived')})"
        if trace["name"].endswith("derived"):
            assert marker["color"] == "rgba(0,0,0,0)"
            assert (marker["line"]["color"], marker["pattern"]["fgcolor"]) == (colour, colour)
            assert marker["pattern"]["shape"]
        else:
            assert marker["color"] == colour


def test_the_stack_has_one_order() -> None:
    names = [trace["name"] for trace in figure(bars())["data"]]

    assert names == [f"{key}{derived}" for key in PATTERNS for derived in ("", " derived")]


def test_a_bar_is_as_wide_as_its_interval_and_as_high_as_its_count() -> None:
    first, *_ = figure(bars(derived=False))["data"]

    assert (first["x"], first["width"], first["y"]) == (["2026-03-14 12:00:00"], [60_000], [1])
    assert first["offset"] == 0


def test_reasons_of_a_fleets_own_are_one_bar() -> None:
    other = figure(bars(derived=False))["data"][-1]

    # The fifth and the sixth reason.
    assert other["y"] == [11]
    ((hover, href),) = other["customdata"]
    assert hover.startswith("11 blocks: 2 other reasons<br>")
    assert "reason=no_margin&reason=odd+%3Cone%3E" in href


def test_a_bar_knows_its_address() -> None:
    ((_, recorded),) = figure(bars())["data"][0]["customdata"]
    ((_, derived),) = figure(bars())["data"][1]["customdata"]
    ((_, alone),) = figure(bars(derived=False))["data"][0]["customdata"]

    times = "from=2026-03-14T12:00:00Z&to=2026-03-14T12:01:00Z"
    assert alone == f"?reason=late_start&{times}"
    assert recorded == f"?reason=late_start&origin=claimed&origin=reported&{times}"
    later = "from=2026-03-14T12:01:00Z&to=2026-03-14T12:02:00Z"
    assert derived == f"?reason=late_start&origin=derived&{later}"


def test_the_axis_shows_the_zone_of_the_page() -> None:
    drawn = figure(bars(derived=False), ZoneInfo("Asia/Kathmandu"))

    # 5 h 45 m ahead.
    assert drawn["data"][0]["x"] == ["2026-03-14 17:45:00"]
    assert drawn["layout"]["meta"]["clock"]["offsets"][0][2] == "UTC+05:45"
    assert "17:45:00" in drawn["data"][0]["customdata"][0][0]


@pytest.mark.parametrize(
    ("number", "most", "step"),
    [(0, 10, 0), (1, 10, 1), (2, 10, 1), (3, 10, 2), (9, 10, 5), (10, 10, 5), (1, 1, 5), (0, 0, 0)],
)
def test_a_tint_is_as_strong_as_the_share_of_the_most(number: int, most: int, step: int) -> None:
    assert step_of(number, most) == step


def test_the_least_is_tinted_and_the_others_of_all_runners_not_beyond_the_strongest() -> None:
    assert step_of(1, 10_000) == 1
    assert step_of(50, 10) == STEPS


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("key", sorted(PATTERNS))
def test_the_number_in_the_strongest_tint_can_be_read(theme: str, key: str) -> None:
    palette = colours(theme)

    assert contrast(palette["text"], mixed(palette[key], 0.45, palette["surface"])) >= 4.5


def test_the_tints_are_those_that_are_tested() -> None:
    style = (TOKENS.parent / "blocked" / "blocked.css").read_text()

    for step in range(1, STEPS + 1):
        tint = f"color-mix(in srgb, var(--tint) {9 * step}%, var(--surface))"
        assert f".heat-{step} {{ background: {tint}; }}" in style

"""Blocks over time: stacked bars, a colour and a pattern for each reason, hollow where derived.

A bar knows the address that filters by it (`customdata`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dashboard.blocked.query import within
from dashboard.blocked.reason_groups import OLDER, BarCell, ReasonGroup
from dashboard.history.filter_kinds import Values
from dashboard.history.filters import ORIGIN, REASON, RECORDED
from dashboard.history.query import HistoryQuery
from dashboard.plot.drawn import escape
from dashboard.plot.instants import TimeScale, time_axis, unix_ms
from dashboard.plot.layout import COMMON
from dashboard.plot.traces import Trace
from dashboard.text.words import TimeWords, count
from scheduler.blocks.bars import Bars
from scheduler.blocks.older import OlderBlocks
from scheduler.history.filters import DERIVED

# blocked.css keeps this height free until the chart is drawn.
HEIGHT_PX = 232
# By the key of the signal: what tells it apart where its colour does not.
PATTERNS = {
    "blocked-late-start": "/",
    "blocked-in-grace": ".",
    "blocked-no-window": "x",
    "blocked-prior-running": "",
    "blocked-other": "|",
}
# A derived bar without a pattern of its own would be an empty box.
_HOLLOW = "-"
_PATTERN_PX = 7


def bar_cells(
    bars: Bars, groups: Sequence[ReasonGroup], query: HistoryQuery
) -> tuple[BarCell, ...]:
    """What is drawn, in order of time."""
    # Only where both kinds are drawn, a bar's link has to say which it is.
    is_mixed = len({each.is_derived for each in bars.bars}) > 1
    found: dict[tuple[datetime, datetime, bool], Counter[str]] = defaultdict(Counter)
    for each in bars.bars:
        found[each.start, each.end, each.is_derived][each.reason] += each.blocks
    return tuple(
        BarCell(
            start=start,
            end=end,
            group=group,
            is_derived=is_derived,
            blocks=blocks,
            href=_href(query, group, start, end, _origins(query, is_derived) if is_mixed else None),
        )
        for (start, end, is_derived), reasons in sorted(found.items())
        for group in groups
        if (blocks := group.number_in(reasons))
    )


def older_cells(older: OlderBlocks, group: ReasonGroup, query: HistoryQuery) -> tuple[BarCell, ...]:
    """What is drawn of all reasons together, in order of time."""
    return tuple(
        BarCell(
            start=each.start,
            end=each.end,
            group=group,
            is_derived=False,
            blocks=each.blocks,
            href=query.query(within(query, each.start, min(each.end, older.until))),
        )
        for each in older.bars
    )


def _origins(query: HistoryQuery, is_derived: bool) -> Values:
    if is_derived:
        return (DERIVED,)
    # No value means "not derived": the recorded origins are named, those that were asked for.
    return tuple(each for each in query.values(ORIGIN) if each != DERIVED) or RECORDED


def _href(
    query: HistoryQuery,
    group: ReasonGroup,
    start: datetime,
    end: datetime,
    origins: Values | None,
) -> str:
    # They are more than one filter takes: no address lists these blocks.
    if not group.reasons:
        return ""
    changes = {REASON: group.reasons, **within(query, start, end)}
    return query.query(changes if origins is None else changes | {ORIGIN: origins})


def reasons_chart(
    cells: Sequence[BarCell], bars: Bars, *, zone: tzinfo, now: datetime
) -> dict[str, Any]:
    """The figure."""
    # Of an empty range there has to be an axis.
    end = max(bars.end, bars.start + timedelta(seconds=1))
    scale = TimeScale(start=bars.start, end=end, zone=zone)
    words = TimeWords(zone=zone, now=now)
    return {
        "data": list(_traces(cells, scale, words)),
        "layout": _layout(scale),
    }


def _traces(cells: Sequence[BarCell], scale: TimeScale, words: TimeWords) -> Iterator[Trace]:
    # One order of the stack, whatever came first.
    traces: dict[tuple[str, bool], list[BarCell]] = {
        (key, is_derived): [] for key in (*PATTERNS, OLDER.key) for is_derived in (False, True)
    }
    for cell in cells:
        traces[cell.group.signal.key, cell.is_derived].append(cell)
    for (key, is_derived), each in traces.items():
        if not each:
            continue
        yield {
            "type": "bar",
            "name": f"{key} derived" if is_derived else key,
            "x": [scale.x(cell.start) for cell in each],
            "y": [cell.blocks for cell in each],
            "width": [unix_ms(cell.end) - unix_ms(cell.start) for cell in each],
            "offset": 0,
            "marker": _marker(key, f"var(--{key})", is_derived=is_derived),
            # A click follows the address (reasons.js).
            "customdata": [[_hover(cell, words), cell.href] for cell in each],
            "hovertemplate": "%{customdata[0]}<extra></extra>",
        }


def _marker(key: str, colour: str, *, is_derived: bool) -> dict[str, Any]:
    # What is told without reasons is plain.
    shape = PATTERNS.get(key, "")
    line = {"color": colour if is_derived else "var(--surface)", "width": 1}
    if is_derived:
        pattern = {"shape": shape or _HOLLOW, "bgcolor": "rgba(0,0,0,0)", "fgcolor": colour}
        solidity = {"size": _PATTERN_PX, "solidity": 0.3}
        return {"color": "rgba(0,0,0,0)", "line": line, "pattern": pattern | solidity}
    if not shape:
        return {"color": colour, "line": line}
    pattern = {"shape": shape, "bgcolor": colour, "fgcolor": "var(--mark-outline)"}
    return {
        "color": colour,
        "line": line,
        "pattern": pattern | {"size": _PATTERN_PX, "solidity": 0.18},
    }


def _hover(cell: BarCell, words: TimeWords) -> str:
    derived = ", derived" if cell.is_derived else ""
    said = f"{count(cell.blocks, 'block')}: {cell.group.word}{derived}"
    return f"{escape(said)}<br>{words.range(cell.start, cell.end)}"


def _layout(scale: TimeScale) -> dict[str, Any]:
    axis = {
        "tickfont": {"size": 12, "color": "var(--muted)"},
        "gridcolor": "var(--grid)",
        "zeroline": False,
        "fixedrange": True,
    }
    return {
        **COMMON,
        "height": HEIGHT_PX,
        "margin": {"l": 44, "r": 12, "t": 8, "b": 40, "pad": 0},
        "barmode": "stack",
        "dragmode": False,
        "xaxis": time_axis(scale)
        | {
            "fixedrange": True,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": "var(--edge)",
            "showgrid": False,
        },
        "yaxis": axis | {"rangemode": "tozero", "nticks": 5, "tickformat": ",d"},
        "meta": {"clock": scale.clock("time over date")},
    }

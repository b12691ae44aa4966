"""All lanes of a cycle in one thin row, where not all are drawn: so that trouble on one that is
left out is seen, too.

A column is a few lanes beside each other in their order, and shows the worst of them. It is as
high as that is bad, and has a pattern beside its colour: a narrow screen leaves little but heights.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.plot.drawn import escape
from dashboard.plot.layout import LANE_AXIS
from dashboard.plot.traces import Trace
from dashboard.text.words import count
from dashboard.timeline.lane_states import LaneState, Standing
from scheduler.core.timeline import Lane

BAND_PX = 22
# Five pixels a column on the narrowest chart: with more, neighbours are one to the eye, and to the
# pointer. So a fleet of 10,000 has no larger figure than one of 100.
MOST_COLUMNS = 100
# Of a column, the others are counted.
NAMES_LISTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """``addresses`` are where each column leads, ``present`` the legend's names of its marks."""

    trace: Trace
    addresses: tuple[str, ...]
    label: str
    present: frozenset[str]

    def axes(self, top: float, bottom: float) -> dict[str, Any]:
        """Its own axes, between these parts of the plot's height: it is not of time."""
        columns = len(self.addresses)
        return {
            "xaxis2": LANE_AXIS | {"anchor": "y3", "range": [-0.5, columns - 0.5]},
            "yaxis3": LANE_AXIS | {"anchor": "x2", "domain": [bottom, top], "range": [0, 1]},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    height: float
    colour: str
    # Of the pattern; without one, all of it has the colour.
    shape: str = ""
    ground: str = "var(--surface)"


_LOOKS = {
    Standing.RUN_IN_TROUBLE: _Look(height=1, colour="var(--abandoned)"),
    Standing.ABANDONED: _Look(height=1, colour="var(--abandoned)", shape="\\"),
    Standing.NO_START: _Look(height=0.75, colour="var(--muted)", shape="-"),
    Standing.UNSTABLE: _Look(height=0.75, colour="var(--muted)", shape="|"),
    Standing.RUNNING: _Look(height=0.55, colour="var(--running)"),
    Standing.UNKNOWN: _Look(height=0.55, colour="var(--unwatched)", shape="x"),
    Standing.COMPLETED: _Look(height=0.4, colour="var(--completed)"),
    Standing.TO_COME: _Look(height=0.25, colour="var(--track)"),
    Standing.IDLE: _Look(height=0.25, colour="var(--track)"),
    Standing.GONE: _Look(height=0.25, colour="var(--track)", shape="/"),
}
_BLOCKED = {
    "blocked-late-start": "/",
    "blocked-in-grace": ".",
    "blocked-no-window": "x",
    "blocked-prior-running": "",
    "blocked-other": "+",
}
# What the legend calls them; what is calm needs no word.
_LEGEND = {
    Standing.RUN_IN_TROUBLE: "incident",
    Standing.UNSTABLE: "incident",
    Standing.NO_START: "no-start",
    Standing.UNKNOWN: "unknown",
}


def band_of(
    lanes: Sequence[Lane],
    states: Mapping[str, LaneState],
    names: Mapping[str, str],
    address_of: Callable[[int], str],
) -> Band:
    """The band of all ``lanes`` of a cycle.

    Args:
        states: how each of their runners stands.
        names: what each runner is called.
        address_of: where the lane of this number is shown.
    """
    size = max(1, -(-len(lanes) // MOST_COLUMNS))
    columns = [range(start, min(start + size, len(lanes))) for start in range(0, len(lanes), size)]
    all_states = [states[lane.runner_id] for lane in lanes]
    worst = [min(column, key=lambda number: all_states[number].standing) for column in columns]
    looks = [_look(all_states[number]) for number in worst]
    called = [names.get(lane.runner_id, lane.runner_id) for lane in lanes]
    hovers = [_hover(column, all_states, called) for column in columns]
    return Band(
        trace=_trace(looks, hovers),
        addresses=tuple(map(address_of, worst)),
        label=f"all {len(lanes):,}",
        present=frozenset(_legend(all_states[number]) for number in worst),
    )


def _trace(looks: Sequence[_Look], hovers: Sequence[str]) -> Trace:
    return {
        "type": "bar",
        "name": "band",
        "x": list(range(len(looks))),
        "y": [look.height for look in looks],
        "width": 1,
        "xaxis": "x2",
        "yaxis": "y3",
        "customdata": list(hovers),
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {
            # One for all: beside a colour for each, Plotly draws patterns without their grounds. So
            # what is of one colour has a pattern, too, on a ground of its own colour.
            "color": "var(--surface)",
            "line": {"color": "var(--surface)", "width": 1},
            "pattern": {
                "shape": [look.shape or "-" for look in looks],
                "fgcolor": [look.colour for look in looks],
                "bgcolor": [look.ground if look.shape else look.colour for look in looks],
                "size": 5,
                "solidity": 0.35,
            },
        },
    }


def _look(state: LaneState) -> _Look:
    if state.standing is not Standing.BLOCKED:
        return _LOOKS[state.standing]
    shape, colour = _BLOCKED[state.signal.key], state.signal.colour
    # Some of the colours are too light to be seen on white: dark lines lie on them.
    if shape:
        return _Look(height=0.9, colour="var(--mark-outline)", shape=shape, ground=colour)
    return _Look(height=0.9, colour=colour)


def _legend(state: LaneState) -> str:
    return _LEGEND.get(state.standing, state.signal.key)


def _hover(column: range, states: Sequence[LaneState], names: Sequence[str]) -> str:
    """Which runners they are; who is in trouble, and by what; and how many are not."""
    first, last = escape(names[column[0]]), escape(names[column[-1]])
    lines = [first if len(column) == 1 else f"{count(len(column), 'lane')}: {first} – {last}"]
    troubled = sorted(
        (number for number in column if states[number].is_trouble),
        key=lambda number: states[number].standing,
    )
    lines += [
        f"{escape(names[each])} · {escape(states[each].word)}" for each in troubled[:NAMES_LISTED]
    ]
    if len(troubled) > NAMES_LISTED:
        lines.append(f"and {len(troubled) - NAMES_LISTED:,} more with trouble")
    calm = Counter(states[number].word for number in column if not states[number].is_trouble)
    lines += [f"{escape(word)}: {number:,}" for word, number in calm.items()]
    return "<br>".join(lines)

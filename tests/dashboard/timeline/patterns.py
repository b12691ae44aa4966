"""Reading a figure: which of its patterned bars lie over one another, ground and all."""

from itertools import combinations
from typing import Any

from tests.dashboard.timeline.drawn import bars_of

# A line of two pixels has no room for a pattern to be seen in.
LINE = 0.1
NO_GROUND = "rgba(0,0,0,0)"


def moire(figure: dict[str, Any]) -> list[tuple[str, str]]:
    """The names of what has a pattern, and of what has one without a ground right over it."""
    traces = [each for each in figure["data"] if _has_pattern(each)]
    return [
        (lower["name"], upper["name"])
        for lower, upper in combinations(traces, 2)
        if lower.get("yaxis") == upper.get("yaxis")
        and upper["marker"]["pattern"]["bgcolor"] == NO_GROUND
        and _meet(lower, upper)
    ]


def _has_pattern(trace: dict[str, Any]) -> bool:
    return trace["type"] == "bar" and "pattern" in trace["marker"] and trace["width"] > LINE


def _meet(lower: dict[str, Any], upper: dict[str, Any]) -> bool:
    reach = (lower["width"] + upper["width"]) / 2
    return any(
        abs(one[0] - other[0]) < reach and one[1] < other[2] and other[1] < one[2]
        for one in bars_of(lower)
        for other in bars_of(upper)
    )

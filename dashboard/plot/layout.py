"""What the layouts of all charts have in common; colours are named, the browser fills them in."""

from typing import Any

TEXT = {"family": "var(--sans)", "size": 12, "color": "var(--text)"}
COMMON: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": TEXT,
    "showlegend": False,
    "hovermode": "closest",
    "hoverlabel": {
        "align": "left",
        "bgcolor": "var(--raised)",
        "bordercolor": "var(--edge)",
        "font": TEXT,
    },
}
# Lanes of bars over each other, zoomed along the axis of time alone.
LANES_LAYOUT: dict[str, Any] = {
    **COMMON,
    # Bars lie where `base` puts them; by default Plotly would split a lane among its traces.
    "barmode": "overlay",
    "bargap": 0,
    "hoverdistance": 8,
    "dragmode": "zoom",
}
# The browser writes the labels of lanes: as ticks, 1,000 cost Plotly ten seconds of measuring.
LANE_AXIS = {"fixedrange": True, "showticklabels": False, "showgrid": False, "zeroline": False}

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

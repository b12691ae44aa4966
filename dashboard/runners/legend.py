"""The marks of a runner's chart, lane by lane."""

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.text.signals import BLOCKED, STATUSES, blocked_reason
from dashboard.timeline.legend import LegendItem
from scheduler.core.types import AtomicServiceExecutionStatus as Status

# By the names of traces, so that only what is drawn is explained.
LEGEND = {
    "heard": {
        "heard": LegendItem(mark="heard", word="heard"),
        "not eligible": LegendItem(mark="track", word="not eligible"),
        "tail": LegendItem(mark="window", word="no heartbeat, not given up yet"),
        "unheard": LegendItem(mark="unheard", word="not heard"),
    },
    "slots": {
        "slots served": LegendItem(mark="heard", word="served"),
        "slots abandoned": LegendItem(mark="abandoned", word="abandoned"),
        "slots blocked": LegendItem(mark="blocked-other", word="blocked"),
        "slots unserved": LegendItem(mark="warning", word="no start"),
        "slots explained": LegendItem(mark="window", word="no start needed"),
        "slots unknown": LegendItem(mark="unknown", word="not watched"),
    },
    "runs": {
        signal.key: LegendItem(mark=signal.key, word=signal.word.lower())
        for status, signal in STATUSES.items()
        if status != Status.BLOCKED
    },
    "blocked": {
        **{
            signal.key: LegendItem(mark=signal.key, word=blocked_reason(reason))
            for reason, signal in BLOCKED.items()
        },
        # Any reason of a fleet's own: they share one mark.
        "blocked-other": LegendItem(mark="blocked-other", word="other reason"),
    },
    "all": {"unwatched": LegendItem(mark="unknown", word="not watched")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLegend:
    """The marks of one lane of the chart."""

    lane: str
    items: tuple[LegendItem, ...]


def lane_legends(present: Collection[str]) -> tuple[LaneLegend, ...]:
    """The lanes of which any mark is on the chart, with those that are."""
    lanes = {
        lane: tuple(item for name, item in known.items() if name in present)
        for lane, known in LEGEND.items()
    }
    return tuple(LaneLegend(lane=lane, items=items) for lane, items in lanes.items() if items)

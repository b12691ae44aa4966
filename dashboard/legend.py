"""The legend of the timeline: the marks that are really on it, and no other."""

from dataclasses import dataclass

from dashboard.signals import BLOCKED, STATUSES
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendItem:
    """``mark`` is a shape of marks.svg and a class of components.css."""

    mark: str
    word: str


# By the name of the trace, in the order in which they are shown.
ITEMS: dict[str, LegendItem] = {
    **{
        signal.key: LegendItem(mark=signal.key, word=signal.word)
        for status, signal in STATUSES.items()
        if status != Status.BLOCKED
    },
    **{signal.key: LegendItem(mark=signal.key, word=signal.word) for signal in BLOCKED.values()},
    "blocked-other": LegendItem(mark="blocked-other", word="Blocked: other reason"),
    "window": LegendItem(mark="window", word="Window"),
    "late": LegendItem(mark="late", word="Too late to start"),
    "grace": LegendItem(mark="grace", word="In grace"),
    "silence": LegendItem(mark="silence", word="Heartbeats begin or end"),
    "not eligible": LegendItem(mark="track", word="Not eligible"),
    "change": LegendItem(mark="change", word="Membership or policy changed"),
    "unwatched": LegendItem(mark="unknown", word="Not watched"),
}


def legend_of(present: frozenset[str]) -> tuple[LegendItem, ...]:
    """The items of the traces that are there."""
    return tuple(item for name, item in ITEMS.items() if name in present)

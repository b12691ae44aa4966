"""The legend of the timeline: the marks that are really on it, and no other."""

from dataclasses import dataclass

from dashboard.text.signals import BLOCKED, STATUSES
from dashboard.timeline.verdicts import DERIVED
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendItem:
    """``mark`` is a shape of marks.svg and a class of components.css; hollow where derived."""

    mark: str
    word: str
    is_derived: bool = False


# Reasons that we don't know share one trace, and so one item (runs.py, verdicts.py).
_BLOCKED_WORDS = {
    **{signal.key: signal.word for signal in BLOCKED.values()},
    "blocked-other": "Blocked: other reason",
}

# By the name of the trace, or of what the band has (band.py), in the order in which they are shown.
ITEMS: dict[str, LegendItem] = {
    **{
        signal.key: LegendItem(mark=signal.key, word=signal.word)
        for status, signal in STATUSES.items()
        if status != Status.BLOCKED
    },
    **{key: LegendItem(mark=key, word=word) for key, word in _BLOCKED_WORDS.items()},
    **{
        f"{key}{DERIVED}": LegendItem(mark=key, word=f"{word} (derived)", is_derived=True)
        for key, word in _BLOCKED_WORDS.items()
    },
    "no-start": LegendItem(mark="no-start", word="No start"),
    "incident": LegendItem(mark="warning", word="Incident"),
    "window": LegendItem(mark="window", word="Window"),
    "late": LegendItem(mark="late", word="Too late to start"),
    "grace": LegendItem(mark="grace", word="In grace"),
    "silence": LegendItem(mark="silence", word="Heartbeats begin or end"),
    "not eligible": LegendItem(mark="track", word="Not eligible"),
    "change": LegendItem(mark="change", word="Membership or policy changed"),
    # One shape for both: of a window some may have been watched, of a gap nothing was.
    "unknown": LegendItem(mark="unknown", word="Window not watched throughout"),
    "unwatched": LegendItem(mark="unknown", word="Not watched"),
}


def legend_of(present: frozenset[str]) -> tuple[LegendItem, ...]:
    """The items of the traces that are there."""
    return tuple(item for name, item in ITEMS.items() if name in present)

"""How well a fleet is known that is looked at now and then: what is finer is no incident.

Who is a member is known as of each look, so a plan is as sure as the looks are close. Starts and
ends are told by the runners' own clocks, which differ by milliseconds even where all is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scheduler.core.timeline import CycleTimeline

# Clocks that are kept by NTP are this close, and a row takes some time to be written.
_CLOCKS_APART = timedelta(milliseconds=50)
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`looks_apart`: how far apart the looks of a cycle were; nothing where all is told exactly.
    `blurs_plan`: they are no closer than cycles are long, so that no plan of one is sure."""

    looks_apart: timedelta
    blurs_plan: bool

    def blurs_overlap(self, length: timedelta) -> bool:
        """Whether an overlap that cost nothing may be none, for all one knows."""
        if self.blurs_plan:
            return length <= self.looks_apart
        return length <= min(self.looks_apart, _CLOCKS_APART)


def resolution_of(timeline: CycleTimeline) -> Resolution:
    """How well the cycle is known."""
    # The longest pause counts: a cycle is known no better than at its worst.
    seconds = max((watch.every_seconds for watch in timeline.watches), default=0.0)
    interval = timeline.plan.policy.interval_seconds
    return Resolution(
        looks_apart=timedelta(seconds=seconds) if seconds else _NOTHING,
        blurs_plan=seconds >= interval,
    )

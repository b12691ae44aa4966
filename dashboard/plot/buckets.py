"""The intervals that are counted in, on the axis of a chart."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.plot.instants import TimeScale
from scheduler.core.interval import TimeRange
from scheduler.words.round_steps import RoundSteps, round_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """``steps`` cover the axis; they begin at round times of its zone."""

    scale: TimeScale
    steps: RoundSteps

    def number(self, at: datetime) -> int:
        """The number of the interval that an instant is in; off the axis, that of the nearest."""
        return self.steps.number(at)

    def interval(self, number: int) -> TimeRange:
        """What of an interval is on the axis."""
        start, end = self.steps.edges[number : number + 2]
        return max(start, self.scale.start), min(end, self.scale.end)


def buckets_of(scale: TimeScale) -> Buckets:
    """The shortest intervals of which few are needed."""
    return Buckets(scale=scale, steps=round_steps(scale.start, scale.end, scale.zone))

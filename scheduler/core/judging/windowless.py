"""Where runners have a slot and no window: the margin takes all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.core.interval import Interval
from scheduler.core.plan import CyclePlan
from scheduler.core.timeline import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowless(Interval):
    """An interval without a window. Position and plan are those in which it began."""

    position: int
    plan: CyclePlan


def windowless_intervals(epochs: Sequence[Epoch]) -> Mapping[str, list[Windowless]]:
    """Each runner's intervals in order of time, unbroken over neighbouring epochs of one cycle."""
    intervals: defaultdict[str, list[Windowless]] = defaultdict(list)
    for epoch in epochs:
        plan = epoch.plan
        # All windows of a plan are equally long: the first speaks for all.
        if not plan.runners or plan.slot(0) is not None:
            continue
        for position, runner in enumerate(plan.runners):
            mine = intervals[runner.runner_id]
            last = mine[-1] if mine else None
            # A new cycle is a new slot with a verdict of its own.
            if last and last.end == epoch.start and last.plan.cycle_start == plan.cycle_start:
                mine[-1] = replace(last, end=epoch.end)
            else:
                mine.append(
                    Windowless(start=epoch.start, end=epoch.end, position=position, plan=plan)
                )
    return intervals

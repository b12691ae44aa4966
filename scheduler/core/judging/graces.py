"""When each member of a cycle was in grace, by the policy that was in force at each instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.core.interval import Interval
from scheduler.core.timeline import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace(Interval):
    """When a member was in grace. `end` may lie after the cycle."""


def graces(epochs: Sequence[Epoch]) -> Mapping[str, Sequence[Grace]]:
    """The graces of each runner that has any, in order of time, none of which touches the next."""
    found: defaultdict[str, list[Grace]] = defaultdict(list)
    for number, epoch in enumerate(epochs):
        is_last = number + 1 == len(epochs)
        # Who came last leaves grace last: behind one that is out of it, all are.
        for runner in reversed(epoch.plan.runners):
            end = epoch.plan.policy.grace_end(runner.creation_time)
            if end is None or end <= epoch.start:
                break
            mine = found[runner.runner_id]
            # Only a following plan could cut it short.
            until = end if is_last else min(end, epoch.end)
            # The same grace, carried over a change of plan.
            if mine and mine[-1].end == epoch.start:
                mine[-1] = replace(mine[-1], end=until)
            else:
                mine.append(Grace(start=epoch.start, end=until))
    return found

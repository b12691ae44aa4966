"""How long a run may hold the service: the limits that a run which goes on passes, one by one.

A run is *overdue* once it has passed one: it keeps others out in time that is not its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.core.policy import SchedulingPolicy


class RunLimit(StrEnum):
    """What a run can go on past, the worst last."""

    PAST_SLOT = "past_slot"
    PAST_CYCLE = "past_cycle"
    PAST_HEARTBEAT = "past_heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """The worst limit that a run has passed, and when it did."""

    limit: RunLimit
    since: datetime


def planned_limits(
    started_at: datetime,
    *,
    slot_end: datetime | None,
    policy: SchedulingPolicy,
    runner_count: int,
) -> dict[RunLimit, datetime | None]:
    """When a run passes its slot (its window and the margin after it, which is there for that; None
    where it has none) and its cycle.

    Args:
        slot_end: the end of the window it began in.
        policy: that of its start.
        runner_count: how many shared the cycle then: a single runner has no margin.
    """
    # Nobody may start in the margin: a run that ends there has kept nobody out.
    margin = timedelta(seconds=0.0 if runner_count == 1 else policy.spread_seconds)
    return {
        RunLimit.PAST_SLOT: slot_end and slot_end + margin,
        RunLimit.PAST_CYCLE: policy.cycle_end(started_at),
    }


def overdue_at(limits: Mapping[RunLimit, datetime | None], at: datetime) -> Overdue | None:
    """The worst of the limits, in the order given, that are passed at `at`."""
    # A limit that is not known (None) is never passed.
    passed = [(limit, since) for limit, since in limits.items() if since and since <= at]
    return Overdue(limit=passed[-1][0], since=passed[-1][1]) if passed else None

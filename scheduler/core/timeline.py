"""One cycle as it really was, as values: epochs, owners, lanes of slots and executions.

How it is put together from rows is in reconstruction.py; figures are drawn in the layers above.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.interval import CycleSpan
from scheduler.core.plan import CyclePlan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution

__all__ = [
    "CycleSpan",
    "CycleTimeline",
    "Epoch",
    "Lane",
    "LaneSlot",
    "Ownership",
    "PolicyRevision",
    "PresenceSpan",
    "RecordedExecution",
    "RunLimits",
    "WatchSpan",
]

_start = attrgetter("start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A part [start, end) of a cycle in which membership and policy stayed the same.

    `joined` and `left` are the runners whose coming and going opened it, and `is_new_policy` tells
    whether another policy came into force with it. It never outlasts the cycle of its plan: a
    policy with a shorter interval cuts the rest into cycles of its own.
    """

    start: datetime
    end: datetime
    plan: CyclePlan
    joined: tuple[str, ...]
    left: tuple[str, ...]
    is_new_policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """An interval [start, end) with one assigned runner (None: nobody was there), in grace or
    not."""

    runner_id: str | None
    start: datetime
    end: datetime
    in_grace: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSlot:
    """A window as planned, and the part [start, end) of it for which that plan was in force.

    One slot a window: it reaches over neighbouring epochs that keep the window as it is.
    `startable_until` is the last instant that is not a late start, or `slot_end`.
    """

    runner_id: str
    position: int
    slot_start: datetime
    slot_end: datetime
    startable_until: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """All of one runner. `position` is that of the last epoch it was a member in, if in any."""

    runner_id: str
    position: int | None
    slots: tuple[LaneSlot, ...]
    presences: tuple[PresenceSpan, ...]
    executions: tuple[RecordedExecution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """Until when a run may go on: its window and the margin after it (None: it had no window), and
    the cycle in which it began."""

    slot: datetime | None
    cycle: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleTimeline:
    """The cycle [cycle_start, cycle_end) as seen at `now`.

    `policy` and `plan` are those in force at `now`, or at the nearest instant of the cycle; a past
    cycle tells the policy it began under. `epochs` and `ownership` tile the cycle. `lanes` are in
    slot order of the last epoch, then those who left. `unwatched` are the gaps that the `watches`
    of the cycle leave up to `now`; a service that nothing of can go unseen has neither.
    `watching` are the watches that are known, those of other times too (None: nothing goes unseen),
    and `watched_until` the last instant up to `now` that was watched (None: there was none).
    `lives` are the presences of each runner in order, of other times too where they are known.
    `limits` are those of runs that began before the cycle, by execution, as far as they are known.
    `next_change_at` is the next instant at which decisions or drawing change without a new row;
    None for a past cycle.
    """

    cycle_start: datetime
    cycle_end: datetime
    now: datetime
    policy: SchedulingPolicy
    plan: CyclePlan
    epochs: tuple[Epoch, ...]
    ownership: tuple[Ownership, ...]
    lanes: tuple[Lane, ...]
    executions: tuple[RecordedExecution, ...]
    watches: tuple[WatchSpan, ...]
    unwatched: tuple[WatchSpan, ...]
    # How much of other times was read makes no other cycle.
    watching: tuple[WatchSpan, ...] | None = field(compare=False)
    watched_until: datetime | None
    lives: Mapping[str, Sequence[PresenceSpan]] = field(compare=False)
    limits: Mapping[int, RunLimits]
    next_change_at: datetime | None

    def plan_at(self, at: datetime) -> CyclePlan:
        """The plan in force at `at`; before the cycle its first one, after it its last one."""
        return self.epochs[max(0, bisect_right(self.epochs, at, key=_start) - 1)].plan

    def known_end(self, run: RecordedExecution) -> datetime:
        """The end of a run, or the last instant at which it is known to go on."""
        if run.ended_at is not None:
            return run.ended_at
        # A start told later than the last look: known to go on in that instant at least.
        return max(run.started_at, self.watched_until or run.started_at)

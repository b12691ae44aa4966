"""The plan of one cycle: whose window is when, for a membership that does not change.

Laid in O(n) for n runners, with the very windows that a decision compares against. What happened to
a plan when the membership did change is in reconstruction.py.

A plan agrees with the decision at every instant but one: where a cycle starts between two
microseconds and is rounded down, the decision still counts that first microsecond to the cycle
before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import repeat
from operator import add, sub
from typing import NamedTuple, overload

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.instants import MICROSECOND, first_instant
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.slots import consumed_fraction, position_at, slot_window
from scheduler.core.types import ActiveRunnerInfo, AtomicServiceClaim


class PlannedSlot(NamedTuple):
    """One runner's window in one cycle, [slot_start, slot_end).

    `startable_until` is the last instant that is not a late start, or `slot_end` when late starts
    are not limited.
    """

    runner_id: str
    position: int
    slot_start: datetime
    slot_end: datetime
    startable_until: datetime

    def is_startable_at(self, at: datetime) -> bool:
        return self.slot_start <= at < self.slot_end and at <= self.startable_until


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlots(Sequence[PlannedSlot]):
    """The slots of a plan, kept as columns; each slot is made when it is read.

    A large plan is laid in two thirds of the time that way, and is seldom read whole.
    """

    runners: tuple[ActiveRunnerInfo, ...]
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    limits: tuple[datetime, ...]

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> PlannedSlot: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PlannedSlot, ...]: ...
    def __getitem__(self, index: int | slice) -> PlannedSlot | tuple[PlannedSlot, ...]:
        # A range knows the rules of negative and sliced indices.
        positions = range(len(self))[index]
        if isinstance(positions, range):
            return tuple(self[position] for position in positions)
        return PlannedSlot(
            self.runners[positions].runner_id,
            positions,
            self.starts[positions],
            self.ends[positions],
            self.limits[positions],
        )

    def __iter__(self) -> Iterator[PlannedSlot]:
        ids = (runner.runner_id for runner in self.runners)
        return map(PlannedSlot, ids, range(len(self)), self.starts, self.ends, self.limits)


# Without slots: `cached_property` keeps its value in the instance.
@dataclass(frozen=True, kw_only=True)
class CyclePlan:
    """The plan of the cycle [cycle_start, cycle_end) for `runners` in their order."""

    cycle_start: datetime
    cycle_end: datetime
    policy: SchedulingPolicy
    runners: tuple[ActiveRunnerInfo, ...]

    @cached_property
    def slots(self) -> PlannedSlots:
        """The windows in time order, one a runner; empty when there are none.

        Laid on first use and all at once: column by column takes half the time of a loop.
        """
        count = len(self.runners)
        first = self.slot(0) if count else None
        if first is None:
            return PlannedSlots(runners=self.runners, starts=(), ends=(), limits=())
        # A lone runner's window ignores the margin, which the columns below take off.
        if count == 1:
            return PlannedSlots(
                runners=self.runners,
                starts=(first.slot_start,),
                ends=(first.slot_end,),
                limits=(first.startable_until,),
            )
        # The same float operations in the same order as `slot_window`: edges agree to the
        # microsecond.
        origin = self.cycle_start.timestamp()
        slot = self.policy.interval_seconds / count
        length = slot - self.policy.spread_seconds
        begins = [origin + position * slot for position in range(count)]
        starts = tuple(map(datetime.fromtimestamp, begins, repeat(UTC)))
        ends = tuple(map(datetime.fromtimestamp, [begin + length for begin in begins], repeat(UTC)))
        limits = ends
        if self.policy.limits_late_starts:
            limits = tuple(map(add, starts, self._startable_parts(tuple(map(sub, ends, starts)))))
        return PlannedSlots(runners=self.runners, starts=starts, ends=ends, limits=limits)

    def _startable_parts(self, lengths: Sequence[timedelta]) -> Iterable[timedelta]:
        """The startable part of each of these lengths, which differ by rounding only."""
        allowed = self.policy.max_start_slot_fraction
        shortest, longest = min(lengths), max(lengths)
        # A few microseconds apart at most, so each limit is searched for once.
        steps = range((longest - shortest) // MICROSECOND + 1)
        parts = {
            length: _startable_part(length, allowed)
            for length in (shortest + step * MICROSECOND for step in steps)
        }
        if parts[shortest] == parts[longest]:
            return repeat(parts[shortest])
        return map(parts.__getitem__, lengths)

    def slot(self, position: int) -> PlannedSlot | None:
        """The window of one position in this cycle; None when the margin leaves none."""
        return self._slot_in(self.cycle_start, position)

    def turn_start(self, position: int) -> datetime:
        """The first instant of this cycle at which that position is the assigned one."""
        count = len(self.runners)
        interval = self.policy.interval_seconds
        origin = self.cycle_start.timestamp()
        # Position 0 opens the cycle, however its start was rounded.
        if position == 0:
            return self.cycle_start
        return first_instant(
            datetime.fromtimestamp(origin + position * (interval / count), UTC),
            lambda at: position_at(at.timestamp() - origin, interval, count) >= position,
        )

    def position_at(self, at: datetime) -> int | None:
        """Whose turn it is, margins included; None when nobody is there.

        `at` may lie in another cycle: the plan then stands for that one with the same runners.
        """
        if not self.runners:
            return None
        into_cycle = at.timestamp() - self._cycle_start_at(at).timestamp()
        return position_at(into_cycle, self.policy.interval_seconds, len(self.runners))

    def owner_at(self, at: datetime) -> ActiveRunnerInfo | None:
        """The assigned runner at `at`, as `position_at`; also where no slot has a window."""
        position = self.position_at(at)
        return None if position is None else self.runners[position]

    def next_turn(self, position: int, at: datetime) -> datetime | None:
        """The start of that position's current window while it can be started in, else of its next.

        The next may lie in the next cycle. Membership grace is left out. None without a window.
        """
        this_cycle = self._cycle_start_at(at)
        current = self._slot_in(this_cycle, position)
        if current is None or (at < current.slot_end and at <= current.startable_until):
            return current and current.slot_start
        following = self._slot_in(self.policy.cycle_end(this_cycle), position)
        return following and following.slot_start

    def decisions_at(self, at: datetime) -> tuple[AtomicServiceClaim, ...]:
        """What each runner would be told at `at`, in their order."""
        owner = self.owner_at(at)
        if owner is None:
            return ()
        now = at.timestamp()
        return tuple(
            decide_seat_claim(
                runner_id=runner.runner_id,
                seat=Seat(
                    position=position,
                    runner_count=len(self.runners),
                    assigned_runner_id=owner.runner_id,
                    assigned_creation_time=owner.creation_time,
                ),
                current_time=now,
                **self.policy.decision_arguments(),
            )
            for position, runner in enumerate(self.runners)
        )

    def _cycle_start_at(self, at: datetime) -> datetime:
        inside = self.cycle_start <= at < self.cycle_end
        return self.cycle_start if inside else self.policy.cycle_start(at)

    def _slot_in(self, cycle_start: datetime, position: int) -> PlannedSlot | None:
        window = slot_window(
            cycle_start.timestamp(),
            position,
            len(self.runners),
            self.policy.interval_seconds,
            self.policy.spread_seconds,
        )
        if window is None:
            return None
        start, end = window
        limit = end
        if self.policy.limits_late_starts:
            limit = start + _startable_part(end - start, self.policy.max_start_slot_fraction)
        return PlannedSlot(self.runners[position].runner_id, position, start, end, limit)


@lru_cache(maxsize=256)
def _startable_part(length: timedelta, allowed_fraction: float) -> timedelta:
    """The longest delay into a window of that length that is not a late start."""
    if length < MICROSECOND:
        return length
    # Any start will do: only the length matters.
    start = datetime(2000, 1, 1, tzinfo=UTC)
    late = first_instant(
        start + length * allowed_fraction,
        lambda at: consumed_fraction(at, start, start + length) > allowed_fraction,
    )
    return late - MICROSECOND - start


def plan_cycle(
    *, runners: Sequence[ActiveRunnerInfo], at: datetime, policy: SchedulingPolicy
) -> CyclePlan:
    """The plan of the cycle that holds `at`, for runners ordered by creation time, then id."""
    start = policy.cycle_start(at)
    return CyclePlan(
        cycle_start=start,
        cycle_end=policy.cycle_end(start),
        policy=policy,
        runners=tuple(runners),
    )

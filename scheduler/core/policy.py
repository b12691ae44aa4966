"""The rules of a service: their validation, what they leave each runner, and their cycle grid.

What is wrong with a policy comes as data: hard errors (`ValueFinding`) from `check`, warnings for a
number of runners (`PolicyFinding`) from `findings`. The decision is in claim.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from scheduler.core.findings import (
    MAX_SECONDS,
    InvalidPolicy,
    Level,
    PolicyFinding,
    ValueFinding,
    error_in,
    warnings_for,
)
from scheduler.core.instants import first_instant
from scheduler.core.slots import in_grace

__all__ = [
    "Capacity",
    "DecisionArguments",
    "InvalidPolicy",
    "Level",
    "NoWindow",
    "PolicyFinding",
    "SchedulingPolicy",
    "ValueFinding",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a policy leaves each of `runner_count` runners in one cycle.

    `window_seconds` is 0.0 when there is no window. `startable_seconds` is its part before the
    late-start limit; `hit_chance` (0..1) is the chance that one periodic check falls into it.
    """

    runner_count: int
    slot_seconds: float = 0.0
    window_seconds: float = 0.0
    startable_seconds: float = 0.0
    hit_chance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWindow:
    """Why no runner has a window: so many of them, each with that margin, in such an interval.
    `max_runners` would have one."""

    runner_count: int
    margin_seconds: float
    interval_seconds: float
    max_runners: int | None


class DecisionArguments(TypedDict):
    """The arguments that the two forms of the decision take from a policy."""

    service_interval_minutes: float
    spread_margin_minutes: float
    membership_stabilization_seconds: float
    max_start_slot_fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulingPolicy:
    """The rules of one service. Raises InvalidPolicy; numbers are kept as floats.

    Outside (0, 1), `max_start_slot_fraction` switches the late-start limit off.
    """

    service_interval_minutes: float = 5.0
    spread_margin_minutes: float = 1.0
    check_interval_seconds: float = 30.0
    membership_stabilization_seconds: float = 0.0
    max_start_slot_fraction: float = 0.5
    dead_after_seconds: float = 600.0

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        if errors := self.check(**values):
            raise InvalidPolicy(errors)
        # Frozen: this is the one way in. As floats, 5 and 5.0 are one policy everywhere.
        for name, value in values.items():
            object.__setattr__(self, name, float(value))

    @classmethod
    def check(cls, **values: object) -> tuple[ValueFinding, ...]:
        """The hard errors of these field values, in the order given; empty when a policy can be
        made of them. TypeError for a name that is no field."""
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise TypeError(f"a scheduling policy has no field {', '.join(unknown)}")
        found = (error_in(name, value) for name, value in values.items())
        return tuple(error for error in found if error is not None)

    @property
    def interval_seconds(self) -> float:
        return self.service_interval_minutes * 60

    @property
    def spread_seconds(self) -> float:
        return self.spread_margin_minutes * 60

    @property
    def limits_late_starts(self) -> bool:
        return 0 < self.max_start_slot_fraction < 1

    def decision_arguments(self) -> DecisionArguments:
        """The four keyword arguments of `decide_seat_claim` and `decide_atomic_service_claim`."""
        return {
            "service_interval_minutes": self.service_interval_minutes,
            "spread_margin_minutes": self.spread_margin_minutes,
            "membership_stabilization_seconds": self.membership_stabilization_seconds,
            "max_start_slot_fraction": self.max_start_slot_fraction,
        }

    def capacity(self, runner_count: int) -> Capacity:
        """What is left to each of `runner_count` runners; nothing at all for none.

        ValueError below 0.
        """
        if runner_count < 0:
            raise ValueError(f"a fleet cannot have {runner_count} runners")
        if runner_count == 0:
            return Capacity(runner_count=0)
        slot = self.interval_seconds / runner_count
        # As decided: a lone runner ignores the margin.
        window = slot if runner_count == 1 else max(0.0, slot - self.spread_seconds)
        startable = window * self.max_start_slot_fraction if self.limits_late_starts else window
        return Capacity(
            runner_count=runner_count,
            slot_seconds=slot,
            window_seconds=window,
            startable_seconds=startable,
            # Checks come evenly and at any phase: the share of phases that hit the window.
            hit_chance=min(1.0, startable / self.check_interval_seconds),
        )

    def no_window(self, runner_count: int) -> NoWindow:
        """The numbers for so many runners, where they leave none of them a window."""
        return NoWindow(
            runner_count=runner_count,
            margin_seconds=self.spread_seconds,
            interval_seconds=self.interval_seconds,
            max_runners=self.max_runners,
        )

    @property
    def max_runners(self) -> int | None:
        """The most runners that still have a window; None when the margin sets no limit."""
        interval, margin = self.interval_seconds, self.spread_seconds
        # So small a margin never takes a window away (and must not be divided by).
        if margin * MAX_SECONDS < interval:
            return None
        most = max(1, int(interval / margin))
        # A slot exactly as long as the margin has no window, and the quotient is rounded.
        while most > 1 and interval / most - margin <= 0:
            most -= 1
        while interval / (most + 1) - margin > 0:
            most += 1
        return most

    def cycle_start(self, at: datetime) -> datetime:
        """The start of the cycle that holds `at`: the latest cycle edge not after it."""
        return self._edge(self._cycle_number(at))

    def cycle_end(self, cycle_start: datetime) -> datetime:
        """The end of the cycle that holds `cycle_start`, which is the start of the next one."""
        return self._edge(self._cycle_number(cycle_start) + 1)

    def _cycle_number(self, at: datetime) -> float:
        number = at.timestamp() // self.interval_seconds
        # An edge between two microseconds is rounded, perhaps to before itself: `at` may be that
        # rounded edge and belong to the cycle it opens, although the division says otherwise.
        return number + 1 if self._edge(number + 1) <= at else number

    def _edge(self, number: float) -> datetime:
        return datetime.fromtimestamp(number * self.interval_seconds, UTC)

    def grace_end(self, creation_time: datetime) -> datetime | None:
        """The first instant at which a runner of that age is out of grace; None without a grace."""
        grace = self.membership_stabilization_seconds
        if grace <= 0:
            return None
        return first_instant(
            creation_time + timedelta(seconds=grace),
            lambda at: not in_grace(creation_time, at.timestamp(), grace),
        )

    def findings(self, runner_count: int) -> tuple[PolicyFinding, ...]:
        """The warnings for `runner_count` runners, the worst first; empty when all is well."""
        return warnings_for(self, runner_count)

"""What can be wrong with a policy, in words: hard errors field by field, warnings for n runners.

Every message says what is, why, and what to do. The arithmetic is the policy's (policy.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scheduler.core.durations import duration

if TYPE_CHECKING:
    from scheduler.core.policy import SchedulingPolicy

# Far above any real setting, and low enough that an instant plus a setting is still a datetime.
MAX_SECONDS = 1e9
LEAST_SECONDS = 0.001


class Level(StrEnum):
    """How bad a finding is: an error keeps the policy from existing, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """One thing wrong with one field: what is, why, what to do."""

    level: Level
    code: str
    field: str
    message: str


class InvalidPolicy(ValueError):
    """Values no policy can have; `findings` holds every error found."""

    def __init__(self, findings: tuple[PolicyFinding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        return " ".join(finding.message for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """What one field may hold, in its own unit."""

    label: str
    unit: str = " s"
    least: float = 0.0
    most: float = MAX_SECONDS


_RANGES = {
    "service_interval_minutes": _Range(
        label="service interval", unit=" min", least=0.001, most=MAX_SECONDS / 60
    ),
    "spread_margin_minutes": _Range(label="spread margin", unit=" min", most=MAX_SECONDS / 60),
    "check_interval_seconds": _Range(label="check interval", least=LEAST_SECONDS),
    "membership_stabilization_seconds": _Range(label="membership stabilization"),
    # Outside (0, 1) it means "no limit": odd numbers are a warning, not an error.
    "max_start_slot_fraction": _Range(label="late-start fraction", unit="", least=-MAX_SECONDS),
    "dead_after_seconds": _Range(label="time until a runner counts as dead", least=LEAST_SECONDS),
}


def error_in(field: str, value: object) -> PolicyFinding | None:
    """The hard error of one value, or None."""
    allowed = _RANGES[field]
    if isinstance(value, bool) or not isinstance(value, int | float):
        code, what = "not_a_number", f"is {value!r}, not a number. Write one, such as 1.5."
    elif isinstance(value, float) and not math.isfinite(value):
        code, what = "not_finite", f"is {value}, not a finite number. Write one, such as 1.5."
    elif value < allowed.least:
        code = "too_small"
        what = f"is below its least value. Write at least {plain(allowed.least)}{allowed.unit}."
    elif value > allowed.most:
        code = "too_large"
        what = f"is above its greatest value. Write at most {plain(allowed.most)}{allowed.unit}."
    else:
        return None
    message = f"The {allowed.label} {what}"
    return PolicyFinding(level=Level.ERROR, code=code, field=field, message=message)


def warnings_for(policy: SchedulingPolicy, runner_count: int) -> tuple[PolicyFinding, ...]:
    """The warnings of a valid policy for `runner_count` runners, the worst first."""
    found = []
    for code, (field, sentence) in _WARNINGS.items():
        message = sentence(policy, runner_count)
        if message is not None:
            found.append(
                PolicyFinding(level=Level.WARNING, code=code, field=field, message=message)
            )
    return tuple(found)


def plain(number: float) -> str:
    """A number as people write it: thousands separated, no trailing zeros, no exponent."""
    if number != 0 and abs(number) < 0.001:
        return f"{number:.9f}".rstrip("0")
    return f"{number:,.3f}".rstrip("0").rstrip(".")


def reckoned(seconds: float) -> str:
    """A length in a calculation, whose parts are to be compared at sight: ``300 s``; from 1,000 s
    on, which nobody reads at a glance, as `duration` has it."""
    return f"{plain(seconds)} s" if abs(seconds) < 1_000 else duration(seconds)


def _too_many(policy: SchedulingPolicy, runner_count: int) -> str:
    margin = reckoned(policy.spread_seconds)
    interval = reckoned(policy.interval_seconds)
    return f"{runner_count:,} runners × margin {margin} ≥ interval {interval}."


def _no_window(policy: SchedulingPolicy, runner_count: int) -> str | None:
    limit = policy.max_runners
    if limit is None or runner_count <= limit:
        return None
    return (
        f"No slot has a window: {_too_many(policy, runner_count)} Lower the margin below"
        f" {reckoned(policy.interval_seconds / runner_count)} or run at most {limit:,}."
    )


def _last_runner(policy: SchedulingPolicy, runner_count: int) -> str | None:
    if runner_count != policy.max_runners:
        return None
    more = runner_count + 1
    return (
        f"One more runner removes every window: {_too_many(policy, more)} Lower the margin below"
        f" {reckoned(policy.interval_seconds / more)} before adding one."
    )


def _missed_turns(policy: SchedulingPolicy, runner_count: int) -> str | None:
    capacity = policy.capacity(runner_count)
    if capacity.window_seconds == 0 or capacity.hit_chance >= 1:
        return None
    startable = reckoned(capacity.startable_seconds)
    return (
        f"A runner misses {(1 - capacity.hit_chance) * 100:.0f} % of its turns: it checks every"
        f" {reckoned(policy.check_interval_seconds)}, and of its slot only {startable} can be"
        f" started in. Check at least every {startable}, or lower the margin."
    )


def _late_limit_off(policy: SchedulingPolicy, _runner_count: int) -> str | None:
    fraction = policy.max_start_slot_fraction
    if 0 <= fraction <= 1:
        return None
    return (
        f"Late starts are not limited: {plain(fraction)} is not between 0 and 1. Write 0.5 for"
        " half of the window, or 1 to keep it so."
    )


def _long_grace(policy: SchedulingPolicy, runner_count: int) -> str | None:
    grace, interval = policy.membership_stabilization_seconds, policy.interval_seconds
    if grace > interval:
        return (
            f"A new runner blocks whole cycles: its grace of {reckoned(grace)} is longer than the"
            f" interval of {reckoned(interval)}. Lower the membership stabilization."
        )
    slot = policy.capacity(runner_count).slot_seconds
    if runner_count > 1 and grace > slot:
        return (
            f"A new runner can lose its first turn: its grace of {reckoned(grace)} is longer than"
            f" its slot of {reckoned(slot)}. Lower the membership stabilization below that."
        )
    return None


def _early_death(policy: SchedulingPolicy, _runner_count: int) -> str | None:
    dead, check = policy.dead_after_seconds, policy.check_interval_seconds
    if dead > check:
        return None
    return (
        f"A healthy runner can count as dead: it is given up after {reckoned(dead)}, and checks"
        f" every {reckoned(check)}. Allow at least {reckoned(3 * check)}."
    )


type _Sentence = Callable[[SchedulingPolicy, int], str | None]
_WARNINGS: dict[str, tuple[str, _Sentence]] = {
    "no_window": ("spread_margin_minutes", _no_window),
    "last_runner": ("spread_margin_minutes", _last_runner),
    "missed_turns": ("check_interval_seconds", _missed_turns),
    "early_death": ("dead_after_seconds", _early_death),
    "long_grace": ("membership_stabilization_seconds", _long_grace),
    "late_limit_off": ("max_start_slot_fraction", _late_limit_off),
}

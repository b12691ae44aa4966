"""What can be wrong with a policy, in codes and numbers: hard errors field by field, warnings for n
runners. `scheduler.words.findings` has the sentences, and policy.py the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

# policy.py imports this module.
if TYPE_CHECKING:
    from scheduler.core.policy import SchedulingPolicy

# Far above any real setting, and low enough that an instant plus a setting is still a datetime.
MAX_SECONDS = 1e9
LEAST_SECONDS = 0.001


class Level(StrEnum):
    """How bad a finding is: an error keeps the policy from existing, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(StrEnum):
    """The errors of a value, then the warnings, the worst first."""

    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NO_WINDOW = "no_window"
    LAST_RUNNER = "last_runner"
    MISSED_TURNS = "missed_turns"
    EARLY_DEATH = "early_death"
    LONG_GRACE = "long_grace"
    LATE_LIMIT_OFF = "late_limit_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFinding:
    """The hard error of one field: no policy has this ``value`` there."""

    code: FindingCode
    field: str
    value: object

    @property
    def level(self) -> Level:
        return Level.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """A warning: what one field of the ``policy`` does to so many runners."""

    code: FindingCode
    field: str
    policy: SchedulingPolicy
    runner_count: int

    @property
    def level(self) -> Level:
        return Level.WARNING


class InvalidPolicy(ValueError):
    """Values no policy can have; `findings` holds every error found."""

    def __init__(self, findings: tuple[ValueFinding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        return "; ".join(map(_in_short, self.findings))


def _in_short(finding: ValueFinding) -> str:
    """For who has no words for it: the field, what is wrong with it, and what would be right."""
    allowed = RANGES[finding.field]
    wrong = finding.code.replace("_", " ")
    return f"{finding.field} is {wrong}: {allowed.least:g} to {allowed.most:g} would do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What one field may hold, in its own unit."""

    least: float = 0.0
    most: float = MAX_SECONDS


RANGES = {
    "service_interval_minutes": Range(least=0.001, most=MAX_SECONDS / 60),
    "spread_margin_minutes": Range(most=MAX_SECONDS / 60),
    "check_interval_seconds": Range(least=LEAST_SECONDS),
    "membership_stabilization_seconds": Range(),
    # Outside (0, 1) it means "no limit": odd numbers are a warning, not an error.
    "max_start_slot_fraction": Range(least=-MAX_SECONDS),
    "dead_after_seconds": Range(least=LEAST_SECONDS),
}


def error_in(field: str, value: object) -> ValueFinding | None:
    """The hard error of one value, or None."""
    code = _wrong(value, RANGES[field])
    return None if code is None else ValueFinding(code=code, field=field, value=value)


def _wrong(value: object, allowed: Range) -> FindingCode | None:
    # `True` is an int to Python, and no number of minutes to anybody.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return FindingCode.NOT_A_NUMBER
    # NaN is below no bound and above none: it would pass.
    if isinstance(value, float) and not math.isfinite(value):
        return FindingCode.NOT_FINITE
    if value < allowed.least:
        return FindingCode.TOO_SMALL
    return FindingCode.TOO_LARGE if value > allowed.most else None


def warnings_for(policy: SchedulingPolicy, runner_count: int) -> tuple[PolicyFinding, ...]:
    """The warnings of a valid policy for `runner_count` runners, the worst first."""
    return tuple(
        PolicyFinding(code=code, field=field, policy=policy, runner_count=runner_count)
        for code, (field, is_so) in _WARNINGS.items()
        if is_so(policy, runner_count)
    )


def _has_no_window(policy: SchedulingPolicy, runner_count: int) -> bool:
    limit = policy.max_runners
    return limit is not None and runner_count > limit


def _is_full(policy: SchedulingPolicy, runner_count: int) -> bool:
    # One runner more, and nobody has a window.
    return runner_count == policy.max_runners


def _misses_turns(policy: SchedulingPolicy, runner_count: int) -> bool:
    capacity = policy.capacity(runner_count)
    # Without any window, NO_WINDOW has said the worse.
    return capacity.window_seconds > 0 and capacity.hit_chance < 1


def _dies_early(policy: SchedulingPolicy, _runner_count: int) -> bool:
    # Equal is too short as well: any delay of the next beat is a death.
    return policy.dead_after_seconds <= policy.check_interval_seconds


def _has_long_grace(policy: SchedulingPolicy, runner_count: int) -> bool:
    grace = policy.membership_stabilization_seconds
    # Whole cycles are blocked then, however many runners share them.
    if grace > policy.interval_seconds:
        return True
    # A newcomer's first turn may lie within its grace.
    return runner_count > 1 and grace > policy.capacity(runner_count).slot_seconds


def _has_odd_limit(policy: SchedulingPolicy, _runner_count: int) -> bool:
    # 0 and 1 switch the limit off in so many words; beyond them it looks like a slip.
    return not 0 <= policy.max_start_slot_fraction <= 1


# The worst first: findings are told in this order.
_WARNINGS: dict[FindingCode, tuple[str, Callable[[SchedulingPolicy, int], bool]]] = {
    FindingCode.NO_WINDOW: ("spread_margin_minutes", _has_no_window),
    FindingCode.LAST_RUNNER: ("spread_margin_minutes", _is_full),
    FindingCode.MISSED_TURNS: ("check_interval_seconds", _misses_turns),
    FindingCode.EARLY_DEATH: ("dead_after_seconds", _dies_early),
    FindingCode.LONG_GRACE: ("membership_stabilization_seconds", _has_long_grace),
    FindingCode.LATE_LIMIT_OFF: ("max_start_slot_fraction", _has_odd_limit),
}

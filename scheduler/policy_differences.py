"""How two policies differ, in words."""

from collections.abc import Callable

from scheduler.core.findings import plain
from scheduler.core.policy import SchedulingPolicy


def _seconds(seconds: float) -> str:
    return f"{plain(seconds)} s"


def _start_part(policy: SchedulingPolicy) -> str:
    if not policy.limits_late_starts:
        return "all of a window"
    return f"the first {plain(policy.max_start_slot_fraction * 100)} % of a window"


_TERMS: tuple[tuple[str, Callable[[SchedulingPolicy], str]], ...] = (
    ("cycles of", lambda policy: _seconds(policy.interval_seconds)),
    ("a margin of", lambda policy: _seconds(policy.spread_seconds)),
    ("a check every", lambda policy: _seconds(policy.check_interval_seconds)),
    ("a grace of", lambda policy: _seconds(policy.membership_stabilization_seconds)),
    ("starts in", _start_part),
    ("dead after", lambda policy: _seconds(policy.dead_after_seconds)),
)


def differences(before: SchedulingPolicy, after: SchedulingPolicy) -> list[tuple[str, str, str]]:
    """What differs, each as a term with what it was and what it is: ``cycles of``, 30 s, 60 s."""
    told = ((term, text(before), text(after)) for term, text in _TERMS)
    return [(term, was, now) for term, was, now in told if was != now]


def difference_words(before: SchedulingPolicy, after: SchedulingPolicy) -> str:
    """The same as one phrase: ``cycles of 60 s instead of 30 s``."""
    told = [f"{term} {now} instead of {was}" for term, was, now in differences(before, after)]
    return ", ".join(told) or "settings that differ by less than can be shown"

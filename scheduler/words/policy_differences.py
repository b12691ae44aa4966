"""A policy in words, and how two of them differ."""

from collections.abc import Callable

from scheduler.core.policy import SchedulingPolicy
from scheduler.words.durations import duration
from scheduler.words.numbers import plain


def _start_part(policy: SchedulingPolicy) -> str:
    if not policy.limits_late_starts:
        return "all of a window"
    return f"the first {plain(policy.max_start_slot_fraction * 100)} % of a window"


# A length in seconds, or words.
_TERMS: tuple[tuple[str, Callable[[SchedulingPolicy], float | str]], ...] = (
    ("cycles of", lambda policy: policy.interval_seconds),
    ("a margin of", lambda policy: policy.spread_seconds),
    ("a check every", lambda policy: policy.check_interval_seconds),
    ("a grace of", lambda policy: policy.membership_stabilization_seconds),
    ("starts in", _start_part),
    ("dead after", lambda policy: policy.dead_after_seconds),
)


def policy_line(policy: SchedulingPolicy) -> str:
    """The whole of a policy as one phrase: ``cycles of 30 s, a margin of 3 s, …``."""
    return ", ".join(f"{term} {_words(value(policy))}" for term, value in _TERMS)


def differences(before: SchedulingPolicy, after: SchedulingPolicy) -> list[tuple[str, str, str]]:
    """What differs, each as a term with what it was and what it is: ``cycles of``, 30 s, 1 m."""
    told = ((term, *_pair(value(before), value(after))) for term, value in _TERMS)
    return [(term, was, now) for term, was, now in told if was != now]


def difference_words(before: SchedulingPolicy, after: SchedulingPolicy) -> str:
    """The same as one phrase: ``cycles of 1 m instead of 30 s``."""
    told = [f"{term} {now} instead of {was}" for term, was, now in differences(before, after)]
    return ", ".join(told) or "settings that differ by less than can be shown"


def _pair(before: float | str, after: float | str) -> tuple[str, str]:
    was, now = _words(before), _words(after)
    if was == now and isinstance(before, float | int) and isinstance(after, float | int):
        # Lengths of hours that differ by seconds.
        return f"{plain(before)} s", f"{plain(after)} s"
    return was, now


def _words(value: float | str) -> str:
    return value if isinstance(value, str) else duration(value)

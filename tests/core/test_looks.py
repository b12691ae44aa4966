import pytest

from scheduler.core.cycle.looks import (
    beat_good_for_seconds,
    longest_pause_seconds,
    seldom_looks,
    silent_after_seconds,
)
from scheduler.core.policy import SchedulingPolicy


def policy(**values: float) -> SchedulingPolicy:
    return SchedulingPolicy(spread_margin_minutes=0.0, **values)


@pytest.mark.parametrize(
    ("check", "dead_after", "every", "expected"),
    [
        (1, 12, None, 2),  # two checks
        (1, 12, 2, 6),  # and two looks
        (1, 12, 60, 123 - 1),  # 2 × 1 + 2 × 60
        (1, 2, 2, 6),  # a beat is good for longer than its runner's 2 s
        (1, 1.5, None, 1.5),  # never later than its end
        (30, 600, 2, 64),
    ],
)
def test_silence_allows_for_the_pause_between_two_looks(
    check: float, dead_after: float, every: float | None, expected: float
) -> None:
    rules = policy(check_interval_seconds=check, dead_after_seconds=dead_after)

    assert silent_after_seconds(rules, every) == expected


@pytest.mark.parametrize("every", [0.1, 0.5, 2, 10, 60])
@pytest.mark.parametrize("check", [0.05, 1, 30])
@pytest.mark.parametrize("dead_after", [0.5, 2, 12, 600])
def test_no_healthy_runner_is_silent_before_a_look_that_comes_late_once(
    every: float, check: float, dead_after: float
) -> None:
    rules = policy(check_interval_seconds=check, dead_after_seconds=max(dead_after, check))
    # It beat just after the look before: found a check later, and read until the next look.
    oldest = check + 2 * every

    assert silent_after_seconds(rules, every) >= min(oldest, rules.dead_after_seconds)
    assert beat_good_for_seconds(rules, every) >= max(oldest, rules.dead_after_seconds)


@pytest.mark.parametrize(
    ("interval_seconds", "dead_after", "expected"),
    [
        (300, 600, 150),
        (0.6, 600, 0.3),
        (1, 600, 0.5),
        (0.7, 600, 0.35),
        (30, 2, 2),
        (1000, 333.3333, 333),  # three digits, rounded down
    ],
)
def test_two_looks_a_cycle_are_enough_and_one_a_life(
    interval_seconds: float, dead_after: float, expected: float
) -> None:
    rules = policy(service_interval_minutes=interval_seconds / 60, dead_after_seconds=dead_after)

    assert longest_pause_seconds(rules) == expected


@pytest.mark.parametrize("every", [None, 0.1, 0.3])
def test_who_looks_often_enough_is_told_nothing(every: float | None) -> None:
    assert seldom_looks(policy(service_interval_minutes=0.01), every) is None


@pytest.mark.parametrize(
    ("dead_after", "every", "expected"),
    [
        (600.0, 40.0, (30.0, True, 60.0)),  # two looks in cycles of 60 s
        (2.0, 10.0, (2.0, False, 2.0)),  # a life shorter than the pause
    ],
)
def test_who_looks_too_seldom_is_told_how_often_is_enough(
    dead_after: float, every: float, expected: tuple[float, bool, float]
) -> None:
    said = seldom_looks(policy(service_interval_minutes=1, dead_after_seconds=dead_after), every)

    assert said is not None
    assert (said.longest_seconds, said.is_of_cycles, said.lost_seconds) == expected

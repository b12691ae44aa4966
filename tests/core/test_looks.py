import pytest

from scheduler.core.looks import (
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


def test_who_looks_too_seldom_is_told_how_often_is_enough() -> None:
    said = seldom_looks(policy(service_interval_minutes=0.01), 2)

    assert said is not None
    assert "cycles of 600 ms are looked at every 2 s" in said
    assert "Look at least every 300 ms: manage.py watch_pynenc with --every 0.3." in said


def test_a_life_shorter_than_the_pause_is_told_too() -> None:
    said = seldom_looks(policy(service_interval_minutes=1, dead_after_seconds=2), 10)

    assert said is not None
    assert "runners that count as dead after 2 s are looked at every 10 s" in said
    assert "--every 2." in said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7_200, "cycles of 2 h are looked at every 2 h 30 m"),
        (7_200, "Look at least every 1 h: manage.py watch_pynenc with --every 3600."),
        (133.3, "Look at least every 1 m 06 s: manage.py watch_pynenc with --every 66.6."),
    ],
)
def test_lengths_are_told_as_everywhere(seconds: float, words: str) -> None:
    rules = policy(service_interval_minutes=seconds / 60, dead_after_seconds=seconds)

    assert words in str(seldom_looks(rules, 9_000))


@pytest.mark.parametrize("seconds", [0.0601, 0.0667, 0.7, 1 / 3, 7, 11.11, 1e6, 1e9])
def test_what_is_recommended_is_fine(seconds: float) -> None:
    rules = policy(service_interval_minutes=seconds / 60, dead_after_seconds=seconds)
    said = seldom_looks(rules, 1e9)

    assert said is not None
    every = float(said.rpartition("--every ")[2].rstrip("."))
    assert seldom_looks(rules, every) is None

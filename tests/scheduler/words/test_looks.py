"""What is said to who looks too seldom, and that what it recommends is enough."""

import pytest

from scheduler.core.cycle.looks import seldom_looks
from scheduler.core.policy import SchedulingPolicy
from scheduler.words.looks import seldom_words


def policy(seconds: float, dead_after: float = 600.0) -> SchedulingPolicy:
    return SchedulingPolicy(service_interval_minutes=seconds / 60, dead_after_seconds=dead_after)


def said(rules: SchedulingPolicy, every: float) -> str:
    seldom = seldom_looks(rules, every)
    assert seldom is not None
    return seldom_words(seldom)


@pytest.mark.parametrize(
    ("rules", "every", "words"),
    [
        (policy(0.6), 2, "cycles of 600 ms are looked at every 2 s"),
        (
            policy(0.6),
            2,
            "Look at least every 300 ms: manage.py watch_pynenc with --every 0.3.",
        ),
        (policy(60, 2), 10, "runners that count as dead after 2 s are looked at every 10 s"),
        (policy(7_200, 7_200), 9_000, "cycles of 2 h are looked at every 2 h 30 m"),
        (
            policy(7_200, 7_200),
            9_000,
            "Look at least every 1 h: manage.py watch_pynenc with --every 3600.",
        ),
        (
            policy(133.3, 133.3),
            9_000,
            "Look at least every 1 m 06 s: manage.py watch_pynenc with --every 66.6.",
        ),
    ],
)
def test_it_is_told_how_often_is_enough(rules: SchedulingPolicy, every: float, words: str) -> None:
    assert words in said(rules, every)


@pytest.mark.parametrize("seconds", [0.0601, 0.0667, 0.7, 1 / 3, 7, 11.11, 1e6, 1e9])
def test_what_is_recommended_is_fine(seconds: float) -> None:
    rules = policy(seconds, seconds)

    every = float(said(rules, 1e9).rpartition("--every ")[2].rstrip("."))

    assert seldom_looks(rules, every) is None

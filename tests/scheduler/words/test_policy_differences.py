"""How two policies differ, in words."""

import pytest

from scheduler.core.policy import SchedulingPolicy
from scheduler.words.policy_differences import difference_words, policy_line


def every(seconds: float) -> SchedulingPolicy:
    return SchedulingPolicy(
        service_interval_minutes=seconds / 60, spread_margin_minutes=0, check_interval_seconds=1
    )


def test_a_policy_is_told_in_the_words_of_every_page() -> None:
    assert policy_line(every(3_600)).startswith(
        "cycles of 1 h, a margin of 0 s, a check every 1 s, a grace of "
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (60, 3_600, "cycles of 1 h instead of 1 m"),
        (0.6, 90, "cycles of 1 m 30 s instead of 600 ms"),
        # Alike in words, and not the same.
        (3_660, 3_661, "cycles of 3,661 s instead of 3,660 s"),
        (90.2, 90.4, "cycles of 90.4 s instead of 90.2 s"),
        (60, 60, "settings that differ by less than can be shown"),
    ],
)
def test_lengths_that_differ_are_told_so_that_they_do(
    before: float, after: float, words: str
) -> None:
    assert difference_words(every(before), every(after)) == words

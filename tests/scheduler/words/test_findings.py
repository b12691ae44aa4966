"""What is wrong with a policy, in sentences.

The default one has 300 s, a margin of 60 s, and checks every 30 s.
"""

import math

import pytest

from scheduler.core.findings import RANGES, FindingCode, InvalidPolicy
from scheduler.core.policy import SchedulingPolicy
from scheduler.words.findings import ERRORS, FIELDS, WARNINGS, finding_words, invalid_words


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "The service interval is below its least value. Write at least 0.001 min."),
        (math.inf, "The service interval is inf, not a finite number. Write one, such as 1.5."),
        ("5 m", "The service interval is '5 m', not a number. Write one, such as 1.5."),
    ],
)
def test_an_error_says_what_to_write(value: object, message: str) -> None:
    (error,) = SchedulingPolicy.check(service_interval_minutes=value)

    assert finding_words(error) == message


@pytest.mark.parametrize(
    ("runners", "message"),
    [
        (
            5,
            (
                "No slot has a window: 5 runners × margin 60 s ≥ interval 300 s."
                " Lower the margin below 60 s or run at most 4."
            ),
        ),
        (
            4,
            (
                "One more runner removes every window: 5 runners × margin 60 s ≥ interval 300 s."
                " Lower the margin below 60 s before adding one."
            ),
        ),
        (
            3,
            (
                "A runner misses 33 % of its turns: it checks every 30 s, and of its slot only 20 s"
                " can be started in. Check at least every 20 s, or lower the margin."
            ),
        ),
    ],
)
def test_a_warning_says_what_is_why_and_what_to_do(runners: int, message: str) -> None:
    assert finding_words(SchedulingPolicy().findings(runners)[0]) == message


@pytest.mark.parametrize(
    ("changes", "start", "end"),
    [
        (
            {"membership_stabilization_seconds": 301},
            "A new runner blocks whole cycles: its grace of 301 s is longer than the interval",
            "Lower the membership stabilization.",
        ),
        (
            {"membership_stabilization_seconds": 151},
            "A new runner can lose its first turn: its grace of 151 s is longer than its slot",
            "Lower the membership stabilization below that.",
        ),
        (
            {"dead_after_seconds": 30},
            "A healthy runner can count as dead: it is given up after 30 s, and checks every 30 s.",
            "Allow at least 90 s.",
        ),
        (
            {"max_start_slot_fraction": 50},
            "Late starts are not limited: 50 is not between 0 and 1.",
            "or 1 to keep it so.",
        ),
    ],
)
def test_the_other_warnings(changes: dict[str, float], start: str, end: str) -> None:
    (finding,) = SchedulingPolicy(**changes).findings(2)

    assert finding_words(finding).startswith(start)
    assert finding_words(finding).endswith(end)


def test_a_policy_of_wrong_values_tells_them_all() -> None:
    with pytest.raises(InvalidPolicy) as caught:
        SchedulingPolicy(service_interval_minutes=0, spread_margin_minutes=1e12)

    assert invalid_words(caught.value) == (
        "The service interval is below its least value. Write at least 0.001 min."
        " The spread margin is above its greatest value. Write at most 16,666,666.667 min."
    )


def test_every_code_and_every_field_has_its_words() -> None:
    assert [*ERRORS, *WARNINGS] == list(FindingCode)
    assert set(FIELDS) == set(RANGES) == set(SchedulingPolicy.__slots__)

"""What each check of a decision found, in a sentence: 300 s, margin 60 s, starts in the first half
of a window."""

import pytest

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.explain import CheckName, Explanation, explain_claim
from scheduler.core.policy import SchedulingPolicy
from scheduler.words.decisions import CHECKS, check_words
from tests.core.build import T0, at

POLICY = SchedulingPolicy(membership_stabilization_seconds=60)


def explained(seat: Seat | None, seconds: float, policy: SchedulingPolicy = POLICY) -> Explanation:
    now = T0.timestamp() + seconds
    numbers = policy.decision_arguments()
    claim = decide_seat_claim(runner_id="me", seat=seat, current_time=now, **numbers)
    return explain_claim(claim=claim, seat=seat, current_time=now, **numbers)


def all_words(told: Explanation) -> list[str]:
    return [check_words(told, each, {}) for each in CheckName]


def seat(position: int | None = 0, count: int = 3, created: float = -400) -> Seat:
    return Seat(
        position=position,
        runner_count=count,
        assigned_runner_id="host-3",
        assigned_creation_time=at(created),
    )


@pytest.mark.parametrize(
    ("place", "seconds", "failed", "sentence"),
    [
        (None, 0, "fleet", "No runner is active."),
        (seat(None), 0, "membership", "me is not among them, so it has no slot."),
        (
            seat(count=5),
            0,
            "window",
            (
                "300 s / 5 runners = 60 s a slot, all of it taken by the margin of 60 s:"
                " no slot has a window."
            ),
        ),
        (
            seat(created=-40),
            2.5,
            "grace",
            (
                "The assigned runner host-3 has been known for 42.5 s, less than its grace of 60 s:"
                " its slot is kept free."
            ),
        ),
        (
            seat(1),
            10,
            "turn",
            "The window goes from 100 s to 140 s of the cycle, and it is at 10 s: outside it.",
        ),
        (
            seat(1),
            130,
            "late_start",
            "30 s of the window's 40 s have passed, 75.00 %: more than the 50.00 % allowed.",
        ),
    ],
)
def test_the_check_that_failed_says_why(
    place: Seat | None, seconds: float, failed: str, sentence: str
) -> None:
    assert check_words(explained(place, seconds), CheckName(failed), {}) == sentence


def test_a_check_not_reached_says_so() -> None:
    words = check_words(explained(None, 0), CheckName.TURN, {})

    assert words == "Not asked: an earlier check has answered."


def test_an_assigned_runner_passed_every_check_for_a_reason() -> None:
    told = explained(seat(1), 110)

    assert all_words(told) == [
        "3 runners are active.",
        "me is among them, in slot 2 of 3.",
        "300 s / 3 runners = 100 s a slot, less a margin of 60 s: a window of 40 s.",
        "The assigned runner host-3 has been known for 510 s, so its grace of 60 s is over.",
        "The window goes from 100 s to 140 s of the cycle, and it is at 110 s: inside it.",
        "10 s of the window's 40 s have passed, 25.00 %: not more than the 50.00 % allowed.",
    ]


def test_a_single_runner_without_limits_is_told_so() -> None:
    told = explained(seat(count=1), 110, SchedulingPolicy(max_start_slot_fraction=1))

    assert all_words(told) == [
        "1 runner is active.",
        "me is among them, in slot 1 of 1.",
        "A single runner has the whole cycle of 300 s, without a margin.",
        "New runners have no grace to wait for.",
        "A single runner has its turn all the time.",
        "Late starts are not limited.",
    ]


def test_names_stand_for_ids() -> None:
    told, names = explained(seat(1), 110), {"me": "host-1:7", "host-3": "host-3:812"}

    assert check_words(told, CheckName.MEMBERSHIP, names).startswith("host-1:7 is among them")
    assert "runner host-3:812 has been known" in check_words(told, CheckName.GRACE, names)


def test_every_check_has_its_words() -> None:
    assert set(CHECKS) == set(CheckName)

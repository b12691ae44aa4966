import pytest

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.explain import Check, CheckName, CheckState, explain_claim
from scheduler.core.policy import SchedulingPolicy
from tests.core.build import T0, at

# 300 s, margin 60 s, start in the first half of the window
POLICY = SchedulingPolicy(membership_stabilization_seconds=60)


def explained(
    seat: Seat | None, seconds: float, policy: SchedulingPolicy = POLICY
) -> dict[CheckName, Check]:
    now = T0.timestamp() + seconds
    numbers = policy.decision_arguments()
    claim = decide_seat_claim(runner_id="me", seat=seat, current_time=now, **numbers)
    checks = explain_claim(claim=claim, seat=seat, current_time=now, **numbers)
    return {each.name: each for each in checks}


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
    checks = explained(place, seconds)

    assert checks[CheckName(failed)].state is CheckState.FAILED
    assert checks[CheckName(failed)].sentence == sentence


@pytest.mark.parametrize(
    ("place", "seconds", "failed"),
    [
        (None, 0, 0),
        (seat(None), 0, 1),
        (seat(count=5), 0, 2),
        (seat(created=-40), 0, 3),
        (seat(1), 10, 4),
        (seat(1), 130, 5),
        (seat(), 10, 6),
    ],
)
def test_checks_before_the_failed_one_passed_and_later_ones_were_not_reached(
    place: Seat | None, seconds: float, failed: int
) -> None:
    states = [each.state.value for each in explained(place, seconds).values()]

    assert states == (["passed"] * failed + ["failed"] + ["not_reached"] * 6)[:6]


def test_a_check_not_reached_says_so() -> None:
    checks = explained(None, 0)

    assert checks[CheckName.TURN].sentence == "Not asked: an earlier check has answered."


def test_an_assigned_runner_passed_every_check_for_a_reason() -> None:
    checks = explained(seat(1), 110)

    assert [each.sentence for each in checks.values()] == [
        "3 runners are active.",
        "me is among them, in slot 2 of 3.",
        "300 s / 3 runners = 100 s a slot, less a margin of 60 s: a window of 40 s.",
        "The assigned runner host-3 has been known for 510 s, so its grace of 60 s is over.",
        "The window goes from 100 s to 140 s of the cycle, and it is at 110 s: inside it.",
        "10 s of the window's 40 s have passed, 25.00 %: not more than the 50.00 % allowed.",
    ]


def test_a_single_runner_without_limits_is_told_so() -> None:
    checks = explained(seat(count=1), 110, SchedulingPolicy(max_start_slot_fraction=1))

    assert [each.sentence for each in checks.values()] == [
        "1 runner is active.",
        "me is among them, in slot 1 of 1.",
        "A single runner has the whole cycle of 300 s, without a margin.",
        "New runners have no grace to wait for.",
        "A single runner has its turn all the time.",
        "Late starts are not limited.",
    ]


def test_the_checks_are_named_in_their_order() -> None:
    assert list(explained(None, 0)) == list(CheckName)

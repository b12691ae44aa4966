import pytest

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.explain import CheckName, CheckState, explain_claim
from scheduler.core.policy import SchedulingPolicy
from tests.core.build import T0, at

# 300 s, margin 60 s, start in the first half of the window
POLICY = SchedulingPolicy(membership_stabilization_seconds=60)


def explained(
    seat: Seat | None, seconds: float, policy: SchedulingPolicy = POLICY
) -> dict[CheckName, CheckState]:
    now = T0.timestamp() + seconds
    numbers = policy.decision_arguments()
    claim = decide_seat_claim(runner_id="me", seat=seat, current_time=now, **numbers)
    return explain_claim(claim=claim, seat=seat, current_time=now, **numbers).checks


def seat(position: int | None = 0, count: int = 3, created: float = -400) -> Seat:
    return Seat(
        position=position,
        runner_count=count,
        assigned_runner_id="host-3",
        assigned_creation_time=at(created),
    )


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
    states = [each.value for each in explained(place, seconds).values()]

    assert states == (["passed"] * failed + ["failed"] + ["not_reached"] * 6)[:6]


def test_the_checks_are_named_in_their_order() -> None:
    assert list(explained(None, 0)) == list(CheckName)

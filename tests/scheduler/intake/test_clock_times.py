"""What a runner can tell of its clock, and what is said of what it can't."""

from datetime import datetime, timedelta

import pytest

from scheduler.intake.clock_times import clock_problem
from tests.core.build import T0


@pytest.mark.parametrize("days", [-366, 0, 366])
@pytest.mark.parametrize("round_trip", [None, 0.0, 86_400.0])
def test_times_that_can_be(days: int, round_trip: float | None) -> None:
    assert not clock_problem(
        runner_time=T0 + timedelta(days=days), received_at=T0, round_trip_seconds=round_trip
    )


@pytest.mark.parametrize("seconds", [-0.001, 86_400.5, float("nan"), float("inf")])
def test_a_round_trip_that_cannot_be(seconds: float) -> None:
    problem = clock_problem(runner_time=None, received_at=T0, round_trip_seconds=seconds)

    assert problem == (
        f"round_trip_seconds must be from 0 to 86400 seconds, not {seconds}; "
        "send how long the runner's call before this one took, such as 0.12, or leave it out"
    )


def test_a_time_without_a_zone_cannot_be_told() -> None:
    naive = datetime(2026, 3, 1, 14, 5)  # noqa: DTZ001 - the mistake

    assert clock_problem(runner_time=naive, received_at=T0, round_trip_seconds=None) == (
        "runner_time 2026-03-01T14:05:00 has no time zone; send UTC, such as 2026-01-31T14:05:09Z"
    )


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (timedelta(days=1_000), "1,000 days after"),
        (timedelta(days=366, seconds=1), "366 days after"),
        (timedelta(days=-367), "367 days before"),
    ],
)
def test_a_time_that_cannot_be(offset: timedelta, words: str) -> None:
    told = T0 + offset

    assert clock_problem(runner_time=told, received_at=T0, round_trip_seconds=0.1) == (
        f"runner_time {told.isoformat()} is {words} the {T0.isoformat()} at which it came; "
        "send the time that the runner's clock shows (at most 366 days off), "
        "or leave it out where that was never set"
    )

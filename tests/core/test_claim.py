from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.core.claim import Seat, decide_atomic_service_claim, decide_seat_claim
from scheduler.core.policy import DecisionArguments, SchedulingPolicy
from scheduler.core.slots import assigned_position
from scheduler.core.types import ActiveRunnerInfo, AtomicServiceClaim
from tests.core.build import T0, at, fleet, runner

POLICY = SchedulingPolicy()  # 300 s, margin 60 s, start in the first half of the window


class Wanted(TypedDict, total=False):
    runner_position: int | None
    slot_start: datetime | None
    slot_end: datetime | None
    is_slot_owner_now: bool
    assigned_runner_id: str | None
    late_start_fraction: float | None
    skip_message: str


def told(
    runner_id: str,
    seconds: float,
    runners: Sequence[ActiveRunnerInfo],
    policy: SchedulingPolicy = POLICY,
) -> AtomicServiceClaim:
    return decide_atomic_service_claim(
        runner_id=runner_id,
        active_runners=runners,
        current_time=T0.timestamp() + seconds,
        **policy.decision_arguments(),
    )


@pytest.mark.parametrize(
    ("count", "asker", "seconds", "reason", "wanted"),
    [
        (0, "r0000", 10, "no_stable_runners", Wanted(assigned_runner_id=None)),
        # 3 runners: slots of 100 s, windows of 40 s, start in the first 20 s of them
        (3, "r0000", 0, "assigned", Wanted(slot_start=T0, slot_end=at(40), is_slot_owner_now=True)),
        (3, "r0000", 20, "assigned", Wanted(runner_position=0)),  # 20 / 40 = 0.5, not more
        (3, "r0000", 20.000001, "late_start", Wanted(late_start_fraction=20.000001 / 40)),
        (3, "r0000", 40, "not_assigned_slot", Wanted(is_slot_owner_now=True)),  # in the margin
        (3, "r0000", 100, "not_assigned_slot", Wanted(assigned_runner_id="r0001")),
        (3, "r0002", 199, "not_assigned_slot", Wanted(slot_start=at(200), slot_end=at(240))),
        (3, "r0002", 300, "not_assigned_slot", Wanted(slot_start=at(500))),  # the next cycle
        (3, "other", 0, "not_assigned_slot", Wanted(runner_position=None, slot_start=None)),
        # 1 runner: the whole 300 s, no margin, start in the first 150 s
        (1, "r0000", 150, "assigned", Wanted(slot_end=at(300))),
        (1, "r0000", 225, "late_start", Wanted(late_start_fraction=0.75)),
        # 5 runners: 60 s slots - 60 s margin = 0
        (5, "r0004", 290, "slot_window_invalid", Wanted(runner_position=4, slot_start=None)),
    ],
)
def test_what_a_runner_is_told(
    count: int, asker: str, seconds: float, reason: str, wanted: Wanted
) -> None:
    claim = told(asker, seconds, fleet(count))

    assert claim.reason == reason
    assert claim.stable_runner_count == count
    assert {name: getattr(claim, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("age", "reason"),
    [(60, "assigned"), (59.999999, "scheduled_runner_in_grace"), (-5, "scheduled_runner_in_grace")],
)
def test_an_assigned_runner_in_grace_keeps_everybody_waiting(age: float, reason: str) -> None:
    policy = SchedulingPolicy(membership_stabilization_seconds=60)
    runners = [runner("new", created=10 - age), runner("old")]

    assert told("new", 10, runners, policy).reason == reason


def test_grace_is_answered_to_others_than_the_assigned_too() -> None:
    policy = SchedulingPolicy(membership_stabilization_seconds=60)

    claim = told("old", 10, [runner("new", created=0), runner("old")], policy)

    assert claim.skip_message == (
        "assigned runner new is still in its 1.0m membership grace window; slot held reserved"
    )
    assert claim.slot_start == at(150)


def test_a_cleared_run_carries_cycle_slot_and_start() -> None:
    run = told("r0001", 110, fleet(3)).atomic_service_run

    assert run is not None
    assert (run.cycle_start, run.slot_start, run.slot_end) == (T0, at(100), at(140))
    assert run.started_at == at(110)


def test_a_cleared_run_takes_the_run_id_given() -> None:
    seat = Seat(position=0, runner_count=1, assigned_runner_id="r", assigned_creation_time=T0)

    claim = decide_seat_claim(
        runner_id="r",
        seat=seat,
        current_time=T0.timestamp(),
        run_id="a1",
        **POLICY.decision_arguments(),
    )

    assert claim.atomic_service_run is not None
    assert claim.atomic_service_run.atomic_service_run_id == "a1"


@pytest.mark.parametrize("minutes", [0, 0.0, -5.0, float("nan")])
@pytest.mark.parametrize("count", [0, 2])
def test_an_interval_that_is_none_is_refused(minutes: float, count: int) -> None:
    numbers = POLICY.decision_arguments() | {"service_interval_minutes": minutes}

    with pytest.raises(ValueError, match="interval must be above 0 s"):
        decide_atomic_service_claim(
            runner_id="r0000",
            active_runners=fleet(count),
            current_time=T0.timestamp(),
            **DecisionArguments(**numbers),
        )


def test_nobody_can_be_assigned_among_none() -> None:
    with pytest.raises(ValueError, match="among 0 runners"):
        assigned_position(current_time=0.0, service_interval_minutes=5, runner_count=0)


@pytest.mark.parametrize(
    ("seconds", "count", "position"),
    [(0, 3, 0), (99.999999, 3, 0), (100, 3, 1), (299.999999, 3, 2), (300, 3, 0), (299, 1, 0)],
)
def test_the_assigned_position_counts_slots(seconds: float, count: int, position: int) -> None:
    found = assigned_position(
        current_time=T0.timestamp() + seconds, service_interval_minutes=5, runner_count=count
    )

    assert found == position


def test_without_a_margin_a_rounded_edge_can_belong_to_two_windows() -> None:
    # 13 slots of 6 s / 13: the end of one and the start of the next are rounded apart by 1 µs. The
    # package says the same; the gate of the store is what keeps two runs apart.
    numbers = DecisionArguments(
        service_interval_minutes=0.1,
        spread_margin_minutes=0,
        membership_stabilization_seconds=0,
        max_start_slot_fraction=0,
    )
    now = datetime(2026, 2, 2, 8, 26, 17, 538461, tzinfo=UTC).timestamp()

    cleared = [
        each.runner_id
        for each in fleet(13)
        if decide_atomic_service_claim(
            runner_id=each.runner_id, active_runners=fleet(13), current_time=now, **numbers
        ).should_try_start
    ]

    assert cleared == ["r0011", "r0012"]


@settings(deadline=None)
@given(
    count=st.integers(1, 12),
    seconds=st.floats(-1e9, 1e9),
    asker=st.integers(0, 12),
    grace=st.sampled_from((0.0, 1e9)),
    margin=st.sampled_from((0.0, 0.1, 1.0)),
)
def test_a_seat_is_told_the_same_as_the_list(
    count: int, seconds: float, asker: int, grace: float, margin: float
) -> None:
    policy = SchedulingPolicy(membership_stabilization_seconds=grace, spread_margin_minutes=margin)
    runners = fleet(count)
    now = T0.timestamp() + seconds
    assigned = runners[
        assigned_position(current_time=now, service_interval_minutes=5.0, runner_count=count)
    ]
    seat = Seat(
        position=asker if asker < count else None,
        runner_count=count,
        assigned_runner_id=assigned.runner_id,
        assigned_creation_time=assigned.creation_time,
    )

    by_list = told(f"r{asker:04}", seconds, runners, policy)
    run = by_list.atomic_service_run
    by_seat = decide_seat_claim(
        runner_id=f"r{asker:04}",
        seat=seat,
        current_time=now,
        run_id=run.atomic_service_run_id if run else None,
        **policy.decision_arguments(),
    )

    assert by_seat == by_list

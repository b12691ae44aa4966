from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from tests.core.build import MICROSECOND, T0, around, at, fleet, runner

POLICY = SchedulingPolicy()  # 300 s, margin 60 s, start in the first half of the window


def plan_of(count: int, seconds: float = 0, policy: SchedulingPolicy = POLICY) -> CyclePlan:
    return plan_cycle(runners=fleet(count), at=at(seconds), policy=policy)


def test_the_plan_of_three() -> None:
    plan = plan_of(3, 120)

    assert (plan.cycle_start, plan.cycle_end) == (T0, at(300))
    assert [tuple(slot) for slot in plan.slots] == [
        ("r0000", 0, T0, at(40), at(20)),  # 300 / 3 - 60 = 40, half of it to start in
        ("r0001", 1, at(100), at(140), at(120)),
        ("r0002", 2, at(200), at(240), at(220)),
    ]


def test_a_single_runner_has_the_cycle() -> None:
    assert [tuple(slot) for slot in plan_of(1).slots] == [("r0000", 0, T0, at(300), at(150))]


@pytest.mark.parametrize("count", [0, 5])
def test_without_runners_or_windows_there_are_no_slots(count: int) -> None:
    assert list(plan_of(count).slots) == []


def test_without_a_late_start_limit_a_slot_is_startable_to_its_end() -> None:
    slots = plan_of(3, policy=SchedulingPolicy(max_start_slot_fraction=1)).slots

    assert slots[1].startable_until == slots[1].slot_end
    assert not slots[1].is_startable_at(slots[1].slot_end)


def test_windows_that_rounding_makes_unequal_keep_limits_of_their_own() -> None:
    # 300 s / 9 - 0.6 s = 32.733333… s: some windows are 1 µs longer than others, and so are halves
    plan = plan_of(9, policy=SchedulingPolicy(spread_margin_minutes=0.01))

    assert {each.startable_until - each.slot_start for each in plan.slots} == {
        timedelta(seconds=16, microseconds=366_666),
        timedelta(seconds=16, microseconds=366_667),
    }
    assert [plan.slot(position) for position in range(9)] == list(plan.slots)


def test_slots_are_read_like_a_tuple() -> None:
    slots = plan_of(4).slots

    assert slots[1:3] == (slots[1], slots[2])
    assert slots[-1].position == 3
    assert list(slots) == [slots[position] for position in range(len(slots))]
    with pytest.raises(IndexError):
        slots[4]


@pytest.mark.parametrize(
    ("seconds", "owner"),
    [(0, "r0000"), (99.999999, "r0000"), (100, "r0001"), (299, "r0002"), (301, "r0000")],
)
def test_the_owner_at_an_instant_keeps_it_through_the_margin(seconds: float, owner: str) -> None:
    found = plan_of(3).owner_at(at(seconds))

    assert found is not None
    assert found.runner_id == owner


def test_there_is_an_owner_even_where_no_slot_has_a_window() -> None:
    assert plan_of(5).owner_at(at(61)) == fleet(5)[1]


def test_nobody_owns_an_empty_fleet() -> None:
    assert plan_of(0).owner_at(T0) is None
    assert plan_of(0).decisions_at(T0) == ()


@pytest.mark.parametrize(
    ("seconds", "turn"),
    [
        (0, 100),  # its window is [100, 140), startable to 120
        (100, 100),
        (120, 100),
        (120.000001, 400),  # too late now: in the next cycle
        (299, 400),
        (300, 400),
    ],
)
def test_the_next_turn_is_the_current_one_while_it_can_be_started(
    seconds: float, turn: float
) -> None:
    assert plan_of(3).next_turn(1, at(seconds)) == at(turn)


def test_there_is_no_next_turn_without_a_window() -> None:
    assert plan_of(5).next_turn(0, T0) is None


INTERVALS = (0.1, 0.29, 1.0, 5.0, 7.0, 1 / 7, 0.0123456789)


@st.composite
def plans(draw: st.DrawFn) -> CyclePlan:
    """Plans with margins of at least a millisecond, somewhere between 1901 and 2150."""
    interval = draw(st.sampled_from(INTERVALS))
    count = draw(st.integers(1, 12))
    margin = max(0.001, draw(st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))) * interval * 60 / count)
    policy = SchedulingPolicy(
        service_interval_minutes=interval,
        spread_margin_minutes=margin / 60,
        max_start_slot_fraction=draw(st.sampled_from((0.5, 0.1, 1 / 3, 0.0, 1.0))),
        membership_stabilization_seconds=draw(st.sampled_from((0.0, 0.0, 3.0))),
    )
    instant = T0 + timedelta(microseconds=draw(st.integers(-3 * 10**15, 3 * 10**15)))
    created = [draw(st.sampled_from((-1e9, -2.0, -3.0, 0.0))) for _ in range(count)]
    runners = [
        runner(f"r{number}")._replace(creation_time=instant + timedelta(seconds=seconds))
        for number, seconds in enumerate(sorted(created))
    ]
    return plan_cycle(runners=runners, at=instant, policy=policy)


def edges_of(plan: CyclePlan) -> list[datetime]:
    """The instants at which an answer can change, with their neighbours, all inside the cycle.

    Without the first and last microsecond, which rounding can put into the cycle beside.
    """
    edges = [
        instant
        for slot in plan.slots
        for instant in (slot.slot_start, slot.startable_until, slot.slot_end)
    ]
    edges += [plan.turn_start(position) for position in range(len(plan.runners))]
    edges += [edge for each in plan.runners if (edge := plan.policy.grace_end(each.creation_time))]
    inner = (plan.cycle_start + MICROSECOND, plan.cycle_end - 2 * MICROSECOND)
    return [each for each in around(edges) if inner[0] <= each <= inner[1]]


@settings(deadline=None)
@given(plan=plans())
def test_windows_are_ordered_and_disjoint(plan: CyclePlan) -> None:
    for slot in plan.slots:
        assert slot.slot_start <= slot.startable_until <= slot.slot_end
    for one, following in pairwise(plan.slots):
        assert one.slot_end < following.slot_start


@settings(deadline=None)
@given(plan=plans())
def test_one_position_alone_is_laid_as_among_all(plan: CyclePlan) -> None:
    for position, slot in enumerate(plan.slots):
        assert plan.slot(position) == slot


@settings(deadline=None)
@given(plan=plans())
def test_at_most_one_runner_is_assigned_at_an_instant(plan: CyclePlan) -> None:
    for instant in edges_of(plan):
        assert sum(each.should_try_start for each in plan.decisions_at(instant)) <= 1


@settings(deadline=None)
@given(plan=plans())
def test_the_plan_agrees_with_the_decision_at_every_instant(plan: CyclePlan) -> None:
    for instant in edges_of(plan):
        claims = [
            decide_atomic_service_claim(
                runner_id=each.runner_id,
                active_runners=plan.runners,
                current_time=instant.timestamp(),
                **plan.policy.decision_arguments(),
            )
            for each in plan.runners
        ]
        owner = plan.owner_at(instant)
        assert owner is not None
        grace_end = plan.policy.grace_end(owner.creation_time)
        settled = grace_end is None or grace_end <= instant
        for claim, own in zip(claims, plan.decisions_at(instant), strict=True):
            assert claim.cycle_start == plan.cycle_start
            assert claim.assigned_runner_id == owner.runner_id
            assert (claim.reason, claim.slot_start) == (own.reason, own.slot_start)
        for claim, slot in zip(claims, plan.slots, strict=bool(plan.slots)):
            assert (claim.slot_start, claim.slot_end) == (slot.slot_start, slot.slot_end)
            assert claim.should_try_start is (settled and slot.is_startable_at(instant))


@settings(deadline=None)
@given(plan=plans(), step=st.integers(0, 10**9))
def test_a_turn_that_comes_is_one_the_runner_can_start_in(plan: CyclePlan, step: int) -> None:
    instant = plan.cycle_start + timedelta(microseconds=step)
    for position in range(len(plan.slots)):
        turn = plan.next_turn(position, instant)
        assert turn is not None
        there = plan_cycle(runners=plan.runners, at=turn, policy=plan.policy).slot(position)
        assert there is not None
        assert there.slot_start == turn
        assert there.is_startable_at(max(turn, instant))

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.core.policy import InvalidPolicy, Level, PolicyFinding, SchedulingPolicy
from scheduler.core.slots import cycle_start_at, in_grace
from tests.core.build import MICROSECOND, T0, at

DEFAULT = SchedulingPolicy()  # 5 min, margin 1 min, a check every 30 s, fraction 0.5


@pytest.mark.parametrize(
    ("runners", "window", "startable", "chance"),
    [
        (1, 300, 150, 1),  # the whole cycle: the margin does not count
        (2, 90, 45, 1),  # 300 / 2 - 60; half of it; 45 > 30
        (3, 40, 20, 20 / 30),
        (4, 15, 7.5, 7.5 / 30),
        (5, 0, 0, 0),  # 300 / 5 - 60
        (6, 0, 0, 0),  # 300 / 6 - 60 is below 0
        (0, 0, 0, 0),
    ],
)
def test_what_the_package_s_defaults_leave_a_runner(
    runners: int, window: float, startable: float, chance: float
) -> None:
    capacity = DEFAULT.capacity(runners)

    assert capacity.window_seconds == window
    assert capacity.startable_seconds == startable
    assert capacity.hit_chance == chance


@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, 50.0])
def test_without_a_late_start_limit_the_whole_window_is_startable(fraction: float) -> None:
    assert SchedulingPolicy(max_start_slot_fraction=fraction).capacity(3).startable_seconds == 40


def test_a_fleet_below_zero_has_no_capacity() -> None:
    with pytest.raises(ValueError, match="-1 runners"):
        DEFAULT.capacity(-1)


@pytest.mark.parametrize(
    ("interval", "margin", "most"),
    [
        (5, 1, 4),  # 5 × 60 s = 300 s: the fifth has none
        (5, 0.99, 5),
        (5, 5, 1),  # a single runner always has its window
        (5, 60, 1),
        (0.1, 0.01, 9),  # 10 × 0.6 s = 6 s
        (7, 0.7, 9),
        (5, 0, None),
        (5, 1e-12, None),
    ],
)
def test_the_most_runners_that_have_a_window(
    interval: float, margin: float, most: int | None
) -> None:
    policy = SchedulingPolicy(service_interval_minutes=interval, spread_margin_minutes=margin)

    assert policy.max_runners == most


@given(interval=st.floats(0.01, 2_000), share=st.floats(0.0001, 2))
def test_one_runner_more_than_the_most_has_no_window(interval: float, share: float) -> None:
    policy = SchedulingPolicy(
        service_interval_minutes=interval, spread_margin_minutes=interval * share
    )
    most = policy.max_runners

    assert most is not None
    assert policy.capacity(most).window_seconds > 0
    assert policy.capacity(most + 1).window_seconds == 0


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("service_interval_minutes", 0, "too_small"),
        ("service_interval_minutes", -5.0, "too_small"),
        ("service_interval_minutes", 1e12, "too_large"),
        ("service_interval_minutes", math.nan, "not_finite"),
        ("service_interval_minutes", "5", "not_a_number"),
        ("service_interval_minutes", None, "not_a_number"),
        ("service_interval_minutes", True, "not_a_number"),
        ("spread_margin_minutes", -0.1, "too_small"),
        ("spread_margin_minutes", math.inf, "not_finite"),
        ("check_interval_seconds", 0, "too_small"),
        ("membership_stabilization_seconds", -1, "too_small"),
        ("max_start_slot_fraction", math.nan, "not_finite"),
        ("max_start_slot_fraction", 10**400, "too_large"),
        ("dead_after_seconds", 0, "too_small"),
    ],
)
def test_a_wrong_value_is_an_error_of_its_field(field: str, value: object, code: str) -> None:
    (error,) = SchedulingPolicy.check(**{field: value})

    assert (error.level, error.field, error.code) == (Level.ERROR, field, code)


def test_a_policy_of_wrong_values_tells_them_all() -> None:
    with pytest.raises(InvalidPolicy) as caught:
        SchedulingPolicy(service_interval_minutes=0, spread_margin_minutes=-1)

    assert [each.field for each in caught.value.findings] == [
        "service_interval_minutes",
        "spread_margin_minutes",
    ]
    assert str(caught.value) == (
        "service_interval_minutes is too small: 0.001 to 1.66667e+07 would do;"
        " spread_margin_minutes is too small: 0 to 1.66667e+07 would do"
    )


def test_the_check_knows_its_fields() -> None:
    with pytest.raises(TypeError, match="no field interval"):
        SchedulingPolicy.check(interval=5)


def test_whole_numbers_are_kept_as_floats() -> None:
    policy = SchedulingPolicy(service_interval_minutes=5, spread_margin_minutes=1)

    assert policy == DEFAULT
    assert isinstance(policy.service_interval_minutes, float)


def codes(findings: tuple[PolicyFinding, ...]) -> list[str]:
    assert all(each.level is Level.WARNING for each in findings)
    return [each.code for each in findings]


@pytest.mark.parametrize(
    ("changes", "runners", "expected"),
    [
        ({}, 1, []),
        ({}, 2, []),
        ({}, 3, ["missed_turns"]),  # 20 s of every 30 s
        ({}, 4, ["last_runner", "missed_turns"]),
        ({}, 5, ["no_window"]),
        ({"check_interval_seconds": 7.5}, 4, ["last_runner"]),
        ({"membership_stabilization_seconds": 150}, 2, []),  # as long as the slot
        ({"membership_stabilization_seconds": 151}, 2, ["long_grace"]),
        ({"membership_stabilization_seconds": 300}, 1, []),
        ({"membership_stabilization_seconds": 301}, 1, ["long_grace"]),
        ({"dead_after_seconds": 30}, 2, ["early_death"]),
        ({"dead_after_seconds": 31}, 2, []),
        ({"max_start_slot_fraction": 50}, 2, ["late_limit_off"]),
        ({"max_start_slot_fraction": 1}, 2, []),
        ({"max_start_slot_fraction": 0}, 2, []),
        ({"spread_margin_minutes": 0, "check_interval_seconds": 1}, 100, []),
    ],
)
def test_the_warnings_for_a_number_of_runners(
    changes: dict[str, float], runners: int, expected: list[str]
) -> None:
    assert codes(SchedulingPolicy(**changes).findings(runners)) == expected


@pytest.mark.parametrize(
    ("seconds", "start"), [(0, 0), (299.999999, 0), (300, 300), (-0.000001, -300)]
)
def test_a_cycle_begins_at_its_start(seconds: float, start: float) -> None:
    assert DEFAULT.cycle_start(at(seconds)) == at(start)


@pytest.mark.parametrize("year", [1901, 1969, 1970, 2026, 2101, 2149])
def test_before_and_after_the_epoch_cycles_are_whole_intervals_from_it(year: int) -> None:
    start = DEFAULT.cycle_start(T0.replace(year=year) + timedelta(seconds=1))

    assert start.timestamp() % 300 == 0
    assert DEFAULT.cycle_end(start) - start == timedelta(minutes=5)


INTERVALS = st.sampled_from((0.1, 7.0, 0.29, 1 / 7, 0.0123456789, 1440.0)) | st.floats(0.01, 3_000)
INSTANTS = st.datetimes(datetime(1901, 1, 1), datetime(2150, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=T0.tzinfo)
)


@settings(deadline=None)
@given(interval=INTERVALS, instant=INSTANTS)
def test_cycles_tile_time(interval: float, instant: datetime) -> None:
    policy = SchedulingPolicy(service_interval_minutes=interval)
    start = policy.cycle_start(instant)
    end = policy.cycle_end(start)

    assert start <= instant < end
    assert policy.cycle_start(start) == start
    assert policy.cycle_start(end) == end
    assert policy.cycle_start(end - MICROSECOND) == start


@settings(deadline=None)
@given(interval=INTERVALS, instant=INSTANTS)
def test_a_cycle_is_the_decision_s_but_for_a_rounded_first_microsecond(
    interval: float, instant: datetime
) -> None:
    policy = SchedulingPolicy(service_interval_minutes=interval)
    start = policy.cycle_start(instant)

    assert instant == start or start == cycle_start_at(instant.timestamp(), policy.interval_seconds)


@given(created=INSTANTS, grace=st.floats(0.000001, 1e6))
def test_grace_ends_at_the_first_microsecond_out_of_it(created: datetime, grace: float) -> None:
    end = SchedulingPolicy(membership_stabilization_seconds=grace).grace_end(created)

    assert end is not None
    assert not in_grace(created, end.timestamp(), grace)
    assert in_grace(created, (end - MICROSECOND).timestamp(), grace)


def test_without_stabilization_no_grace_ends() -> None:
    assert DEFAULT.grace_end(T0) is None

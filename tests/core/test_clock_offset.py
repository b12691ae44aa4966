"""What one message tells of a runner's clock, and which of two measurements is kept."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.clocks.offset import (
    DRIFT,
    KNOWN_FOR,
    REASONABLE_DELAY_SECONDS,
    ROUNDING_SECONDS,
    ClockOffset,
    estimate_offset,
    kept_offset,
    latest_offset,
)
from tests.core.build import at

HOUR = 3_600.0


def measured(offset: float, uncertainty: float | None, seconds: float = 0.0) -> ClockOffset:
    return ClockOffset(
        offset_seconds=offset, uncertainty_seconds=uncertainty, measured_at=at(seconds)
    )


@pytest.mark.parametrize(
    ("told", "round_trip", "offset", "uncertainty"),
    [
        (1.2, 0.4, 1.4, 0.2),  # between 1.2 (it came at once) and 1.6 (all of it was the way here)
        (-0.25, 0.5, 0.0, 0.25),
        (1.2, 0.0, 1.2, 0.0),
        (1.2, None, 1.2, None),
    ],
)
def test_a_message_tells_the_middle_of_its_round_trip(
    told: float, round_trip: float | None, offset: float, uncertainty: float | None
) -> None:
    estimate = estimate_offset(
        runner_time=at(100 + told), received_at=at(100), round_trip_seconds=round_trip
    )

    assert estimate.offset_seconds == pytest.approx(offset)
    assert estimate.uncertainty_seconds == uncertainty
    assert estimate.measured_at == at(100)


@given(
    offset=st.floats(-86_400, 86_400),
    way_here=st.floats(0, 30),
    way_back=st.floats(0, 30),
    is_told=st.booleans(),
)
def test_the_true_offset_is_always_within_what_is_stated(
    offset: float, way_here: float, way_back: float, is_told: bool
) -> None:
    estimate = estimate_offset(
        runner_time=at(1_000 - way_here + offset),
        received_at=at(1_000),
        round_trip_seconds=way_here + way_back if is_told else None,
    )

    least, most = (
        estimate.least_seconds - ROUNDING_SECONDS,
        estimate.most_seconds + ROUNDING_SECONDS,
    )
    assert least <= offset <= most


# Each new one comes 1,000 s after the kept one, whose ± 0.1 s has then become ± 0.2 s.
@pytest.mark.parametrize(
    ("kept", "new", "is_replaced"),
    [
        ((1.0, 0.1), (1.05, 0.1), True),  # sharper than the kept one has become
        ((1.0, 0.1), (1.05, 0.2), True),  # as sharp
        ((1.0, 0.1), (1.05, 0.201), False),  # less sharp
        ((1.0, 0.1), (1.5, 0.3), False),  # less sharp; 1.2 agrees with both
        ((1.0, 0.1), (1.51, 0.3), True),  # from 1.21 on: they can't both be true
        ((1.0, 0.1), (0.5, 0.3), False),  # 0.8 agrees with both
        ((1.0, 0.1), (0.49, 0.3), True),
        ((1.0, 0.1), (1.2, None), False),  # it can be ahead by what was told, and known is better
        ((1.0, 0.1), (1.21, None), True),  # on its way for less than nothing: a clock was set
        ((1.0, 0.1), (-9.2, None), False),  # on its way for 10 s
        ((1.0, 0.1), (-9.21, None), True),  # no message is on its way for as long
        ((1.0, None), (1.0, 9.0), True),  # known is better
        ((1.0, None), (0.5, None), True),  # of two unknown ones the newer
    ],
)
def test_which_of_two_measurements_is_kept(
    kept: tuple[float, float | None], new: tuple[float, float | None], is_replaced: bool
) -> None:
    first, second = measured(*kept), measured(*new, seconds=1_000)

    assert kept_offset(first, second) == (second if is_replaced else first)


def test_the_first_measurement_is_kept() -> None:
    assert kept_offset(None, measured(1.0, None)) == measured(1.0, None)


@pytest.mark.parametrize(("age", "is_replaced"), [(HOUR, False), (HOUR + 0.001, True)])
def test_a_known_round_trip_counts_more_than_an_unknown_one_for_an_hour(
    age: float, is_replaced: bool
) -> None:
    known, unknown = measured(1.0, 0.1), measured(1.0, None, age)

    assert kept_offset(known, unknown) == (unknown if is_replaced else known)


@pytest.mark.parametrize("seconds", [-100.0, -0.05, -1e9])
def test_our_clock_may_jump_back(seconds: float) -> None:
    kept = measured(0.0, 0.01, 1_000)
    jumped = measured(-seconds, 0.01, 1_000 + seconds)

    assert kept_offset(kept, jumped) == jumped


def test_a_small_jump_back_leaves_what_still_agrees() -> None:
    kept, blunter = measured(0.0, 0.01, 1_000), measured(0.005, 0.02, 999.995)

    assert kept_offset(kept, blunter) == kept


steps = st.tuples(
    st.floats(0, 4 * HOUR),  # since the one before
    st.floats(0, 5),  # the way here
    st.floats(0, 5),  # the way back
    st.booleans(),  # whether the round trip is told
)


@given(
    offset=st.floats(-60, 60),
    drift=st.floats(-DRIFT, DRIFT),
    beats=st.lists(steps, min_size=1, max_size=20),
)
def test_what_is_kept_holds_the_true_offset_of_a_drifting_clock(
    offset: float, drift: float, beats: list[tuple[float, float, float, bool]]
) -> None:
    kept: ClockOffset | None = None
    now = 0.0
    for wait, way_here, way_back, is_told in beats:
        now += wait
        true = offset + drift * now
        new = estimate_offset(
            runner_time=at(now - way_here + true),
            received_at=at(now),
            round_trip_seconds=way_here + way_back if is_told else None,
        )
        before = kept
        kept = kept_offset(before, new)

        widened = DRIFT * (at(now) - kept.measured_at).total_seconds() + ROUNDING_SECONDS
        assert kept.least_seconds - widened <= true <= kept.most_seconds + widened
        if before is not None and before.uncertainty_seconds is not None:
            is_recent = at(now) - before.measured_at <= KNOWN_FOR
            assert kept.uncertainty_seconds is not None or not is_recent


@given(delay=st.floats(0, REASONABLE_DELAY_SECONDS), age=st.floats(0, HOUR))
def test_an_honest_message_without_a_round_trip_displaces_no_recent_known_one(
    delay: float, age: float
) -> None:
    known = measured(2.0, 0.1)
    late = estimate_offset(
        runner_time=at(age - delay + 2.0), received_at=at(age), round_trip_seconds=None
    )

    assert kept_offset(known, late) == known


measurements = st.lists(
    st.builds(
        measured,
        st.sampled_from([-1.0, 0.0, 0.5]),
        st.sampled_from([None, 0.0, 0.2]),
        st.integers(0, 4).map(float),
    ),
    min_size=1,
    max_size=6,
)


@given(data=st.data(), reported=measurements)
def test_of_reported_measurements_one_stays_whatever_their_order(
    data: st.DataObject, reported: list[ClockOffset]
) -> None:
    shuffled = data.draw(st.permutations([*reported, *reported]))

    assert reduce(latest_offset, shuffled) == reduce(latest_offset, reported)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (measured(9.0, 0.1, 0), measured(1.0, None, 5)),  # the later
        (measured(9.0, None, 5), measured(1.0, 0.3, 5)),  # of one instant the known
        (measured(9.0, 0.3, 5), measured(1.0, 0.1, 5)),  # and of the known the sharper
        (measured(1.0, 0.1, 5), measured(1.5, 0.1, 5)),  # and of as sharp ones the larger
    ],
)
def test_which_of_two_reported_ones_counts(first: ClockOffset, second: ClockOffset) -> None:
    assert latest_offset(first, second) == latest_offset(second, first) == second

"""What a clock's offset is too large for, and how sure that is, at the edges."""

import pytest

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import Certainty, ClockLimit, ClockWarning, clock_warning
from scheduler.core.policy import SchedulingPolicy
from tests.core.build import T0

MARGIN, STARTABLE = ClockLimit.MARGIN, ClockLimit.STARTABLE
CERTAIN, LIKELY, POSSIBLE = Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE


def warning_of(
    offset: float, uncertainty: float | None, *, margin: float = 3.0
) -> ClockWarning | None:
    """Two runners in a minute, startable in the first half of their windows."""
    policy = SchedulingPolicy(
        service_interval_minutes=1.0,
        spread_margin_minutes=margin / 60,
        max_start_slot_fraction=0.5,
    )
    clock = ClockOffset(offset_seconds=offset, uncertainty_seconds=uncertainty, measured_at=T0)
    return clock_warning(policy, runner_count=2, clock=clock)


# Slots of 30 s, margin 3 s: windows of 27 s, startable for 13.5 s; a tenth is 1.35 s.
@pytest.mark.parametrize(
    ("offset", "uncertainty", "limit", "certainty"),
    [
        (1.36, 0.0, STARTABLE, CERTAIN),
        (-1.36, 0.0, STARTABLE, CERTAIN),
        (1.5, 0.125, STARTABLE, CERTAIN),  # at least 1.375
        (1.5, 0.25, STARTABLE, LIKELY),  # 1.25 to 1.75
        (-1.5, 0.25, STARTABLE, LIKELY),
        (1.25, 0.25, STARTABLE, POSSIBLE),  # 1.0 to 1.5
        (-1.25, 0.25, STARTABLE, POSSIBLE),
        (0.0, 1.5, STARTABLE, POSSIBLE),
        (3.0, 0.0, STARTABLE, CERTAIN),  # exactly the margin does not exceed it
        (3.01, 0.0, MARGIN, CERTAIN),
        (-3.01, 0.0, MARGIN, CERTAIN),
        (3.25, 0.5, MARGIN, LIKELY),
        (2.75, 0.5, STARTABLE, CERTAIN),  # due for the one goes before possible for the other
        (0.0, 3.5, MARGIN, POSSIBLE),
    ],
)
def test_an_offset_with_its_uncertainty(
    offset: float, uncertainty: float, limit: ClockLimit, certainty: Certainty
) -> None:
    warning = warning_of(offset, uncertainty)

    assert warning is not None
    assert (warning.limit, warning.certainty) == (limit, certainty)
    assert warning.whole_seconds == pytest.approx(3.0 if limit == MARGIN else 13.5)
    assert warning.is_due == (certainty != POSSIBLE)


@pytest.mark.parametrize(
    ("offset", "certainty"),
    [
        (1.36, CERTAIN),  # on its way for however long: it is ahead by that or more
        (-1.36, LIKELY),  # or it was on its way for long
    ],
)
def test_an_offset_without_a_round_trip(offset: float, certainty: Certainty) -> None:
    warning = warning_of(offset, None)

    assert warning is not None
    assert warning.certainty == certainty


@pytest.mark.parametrize(
    ("offset", "uncertainty"), [(1.35, 0.0), (-1.35, 0.0), (1.0, 0.25), (1.3, None), (-1.3, None)]
)
def test_an_offset_within_the_limits(offset: float, uncertainty: float | None) -> None:
    assert warning_of(offset, uncertainty) is None


@pytest.mark.parametrize(
    ("offset", "margin", "limit"),
    [
        (1.5, 0.0, None),  # no margin to exceed; a tenth of 15 s
        (1.51, 0.0, STARTABLE),
        (9.0, 30.0, None),  # no slot has a window: no time to start in
    ],
)
def test_a_limit_that_is_not_there(offset: float, margin: float, limit: ClockLimit | None) -> None:
    warning = warning_of(offset, 0.0, margin=margin)

    assert (warning.limit if warning else None) == limit


def test_a_clock_that_was_never_told() -> None:
    assert clock_warning(SchedulingPolicy(), runner_count=2, clock=None) is None

"""Blocks over time: where bars begin, how long they are, and which of them a block is in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.blocks.bars import bars_of
from scheduler.history.blocks import Block
from scheduler.words.round_steps import STEPS
from tests.conftest import T0, after

HOUR = timedelta(hours=1)


def block(
    started: float, last: float | None = None, reason: str = "late_start", *, derived: bool = False
) -> Block:
    return Block(
        started_at=after(started),
        last_at=after(started if last is None else last),
        reason=reason,
        attempts=1,
        runner=1,
        is_acknowledged=False,
        is_derived=derived,
    )


def told(rows: list[Block], start: datetime, end: datetime) -> list[tuple[float, float, str, int]]:
    return [
        ((bar.start - T0).total_seconds(), (bar.end - T0).total_seconds(), bar.reason, bar.blocks)
        for bar in bars_of(rows, start, end, zone=UTC).bars
    ]


def test_bars_count_by_reason() -> None:
    rows = [block(0), block(30), block(30, reason="odd"), block(119)]

    # An hour has bars of a minute.
    assert told(rows, T0, after(3_600)) == [
        (0, 60, "late_start", 2),
        (0, 60, "odd", 1),
        (60, 120, "late_start", 1),
    ]


def test_derived_blocks_have_bars_of_their_own() -> None:
    bars = bars_of([block(0), block(1, derived=True)], T0, after(3_600), zone=UTC).bars

    assert [(bar.is_derived, bar.blocks) for bar in bars] == [(False, 1), (True, 1)]


def test_a_block_that_came_again_is_in_every_bar_that_it_came_to() -> None:
    # It came last at the very start of the third one.
    assert told([block(59, last=120)], T0, after(3_600)) == [
        (0, 60, "late_start", 1),
        (60, 120, "late_start", 1),
        (120, 180, "late_start", 1),
    ]


def test_what_began_before_the_range_is_in_the_first_bar_and_what_goes_on_in_the_last() -> None:
    assert told([block(-500, last=10)], T0, after(3_600)) == [(0, 60, "late_start", 1)]
    # 10 s of range have bars of a second.
    assert told([block(9, last=500)], T0, after(10)) == [(9, 10, "late_start", 1)]


def test_the_outer_bars_are_cut_to_the_range() -> None:
    rows = [block(45), block(3_530)]

    assert told(rows, after(40), after(3_535)) == [
        (40, 60, "late_start", 1),
        (3_480, 3_535, "late_start", 1),
    ]


@pytest.mark.parametrize(
    ("length", "bar"),
    [
        (timedelta(minutes=1), timedelta(seconds=1)),
        (HOUR, timedelta(minutes=1)),
        (6 * HOUR, timedelta(minutes=10)),
        (24 * HOUR, timedelta(minutes=30)),
        (7 * 24 * HOUR, 3 * HOUR),
        (30 * 24 * HOUR, 12 * HOUR),
    ],
)
def test_there_are_as_many_bars_as_can_be_read(length: timedelta, bar: timedelta) -> None:
    assert bars_of([], T0, T0 + length, zone=UTC).length == bar


def test_a_range_that_no_length_fits_has_the_longest() -> None:
    start, end = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)

    assert bars_of([], start, end, zone=UTC).length == STEPS[-1]


def test_bars_begin_on_the_clock_of_the_zone() -> None:
    """A day of 12 hours' bars of Kathmandu, 5 h 45 m ahead, begins at 18:15 UTC."""
    zone = ZoneInfo("Asia/Kathmandu")
    start, end = T0, T0 + 29 * 24 * HOUR

    (bar,) = bars_of([block(7 * 3_600)], start, end, zone=zone).bars

    assert (bar.start, bar.end) == (T0 + 6.25 * HOUR, T0 + 18.25 * HOUR)


def test_an_empty_range_has_one_bar_at_most() -> None:
    assert told([block(0)], T0, T0) == [(0, 0, "late_start", 1)]

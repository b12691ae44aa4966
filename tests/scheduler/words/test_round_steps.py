"""Steps of time begin at round times of a zone's clock, before a change of clocks and after it."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.words.round_steps import STEPS, STEPS_AT_MOST, RoundSteps, round_steps

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# From a month before 1970 to 2040.
INSTANTS = st.timedeltas(-30 * DAY, 70 * 365 * DAY).map(
    lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since
)
SOME_ZONES = sorted(
    {
        *("UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"),
        # Their clocks are, or were, changed at midnight; by a day; by odd minutes.
        *("America/Havana", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "America/Caracas"),
        *("Atlantic/Azores", "Africa/Casablanca", "Europe/Dublin", "Africa/Monrovia"),
    }
    & available_timezones()
)


def shown(steps: RoundSteps, zone: tzinfo) -> list[str]:
    """What the clocks show where steps begin."""
    return [f"{edge.astimezone(zone):%d %H:%M}" for edge in steps.edges]


def steps_of(zone: str, start: str, length: timedelta) -> tuple[RoundSteps, list[str]]:
    since = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    steps = round_steps(since, since + length, ZoneInfo(zone))
    return steps, shown(steps, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("America/New_York", "2026-10-15"),
        ("America/New_York", "2026-03-01"),
        ("Europe/Berlin", "2026-10-15"),
        ("Australia/Lord_Howe", "2026-03-20"),
        ("Australia/Lord_Howe", "2026-09-20"),
        ("America/St_Johns", "2026-10-15"),
    ],
)
def test_half_days_begin_at_midnight_and_at_noon_on_both_sides_of_a_change(zone, start) -> None:
    steps, clock = steps_of(zone, start, 28 * DAY)

    assert steps.length == 12 * HOUR
    assert {each.split()[1] for each in clock} == {"00:00", "12:00"}
    lengths = [end - start for start, end in pairwise(steps.edges)]
    assert len({*lengths}) == 2
    assert sum(length != 12 * HOUR for length in lengths) == 1


@pytest.mark.parametrize("start", ["2026-10-10", "2026-02-20"])
def test_days_begin_at_midnight_on_both_sides_of_a_change(start) -> None:
    steps, clock = steps_of("America/New_York", start, 50 * DAY)

    assert steps.length == DAY
    assert {each.split()[1] for each in clock} == {"00:00"}
    lengths = [end - start for start, end in pairwise(steps.edges)]
    assert sum(length != DAY for length in lengths) == 1


def test_a_midnight_that_is_left_out_is_where_the_clocks_go_on() -> None:
    """In Beirut, on 2026-03-29, 00:00 was 01:00."""
    _, clock = steps_of("Asia/Beirut", "2026-03-01", 40 * DAY)

    assert clock[27:30] == ["28 00:00", "29 01:00", "30 00:00"]


def test_a_midnight_that_comes_twice_begins_one_day() -> None:
    """In Havana, on 2026-11-01, it was 00:00 again at 01:00."""
    _, clock = steps_of("America/Havana", "2026-10-10", 40 * DAY)

    assert clock[21:24] == ["31 00:00", "01 00:00", "02 00:00"]


def test_an_hour_that_comes_twice_has_two_steps() -> None:
    _, clock = steps_of("America/New_York", "2026-10-31T12:00", 36 * HOUR)

    assert clock[12:17] == ["01 00:00", "01 01:00", "01 01:00", "01 02:00", "01 03:00"]


def test_an_hour_that_is_left_out_has_none() -> None:
    _, clock = steps_of("America/New_York", "2026-03-07T12:00", 36 * HOUR)

    assert clock[12:15] == ["08 00:00", "08 01:00", "08 03:00"]


def test_half_an_hour_that_comes_twice_makes_one_longer_hour() -> None:
    """On Lord Howe Island, on 2026-04-05, it was 01:30 again at 02:00."""
    steps, clock = steps_of("Australia/Lord_Howe", "2026-04-04T12:00", 36 * HOUR)

    assert clock[12:16] == ["05 00:00", "05 01:00", "05 02:00", "05 03:00"]
    assert steps.edges[14] - steps.edges[13] == 1.5 * HOUR


@given(
    zone=st.sampled_from(SOME_ZONES).map(ZoneInfo),
    start=INSTANTS,
    length=st.timedeltas(timedelta(), 20_000 * DAY),
)
def test_steps_cover_a_range_without_gaps_and_none_is_twice_as_long(zone, start, length) -> None:
    end = start + length
    steps = round_steps(start, end, zone)

    assert steps.edges[0] <= start
    assert steps.edges[-1] >= end
    assert steps.length == STEPS[-1] or len(steps) <= STEPS_AT_MOST
    assert list(steps.edges) == sorted(set(steps.edges))
    # A whole day was left out, or came twice, where the date line was moved.
    longest = steps.length + max(min(steps.length, 2 * HOUR), timedelta())
    lengths = [after - before for before, after in pairwise(steps.edges)]
    assert max(lengths) <= max(longest, 2 * DAY if steps.length < DAY else longest + DAY)
    for number in {0, len(steps) // 2, len(steps) - 1}:
        assert steps.number(steps.edges[number]) == number


@given(
    zone=st.sampled_from(SOME_ZONES).map(ZoneInfo),
    start=INSTANTS,
    length=st.timedeltas(timedelta(seconds=1), 2_000 * DAY),
    share=st.floats(0, 1),
)
def test_even_runs_number_as_the_steps_do(zone, start, length, share) -> None:
    steps = round_steps(start, start + length, zone)
    at = steps.edges[0] + (steps.edges[-1] - steps.edges[0]) * share * 0.999

    run = [each for each in steps.even() if each.start <= at][-1]

    assert run.number + (at - run.start) // run.length == steps.number(at)

"""Durations, counts and instants in words."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dashboard.text.words import TimeWords, count, duration, percent, zone_label

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.0004, "0 s"),  # below half a millisecond
        (0.85, "850 ms"),
        (0.9996, "1 s"),  # rounds up to the next unit
        (7.5, "7.5 s"),
        (59.9994, "59.999 s"),
        (60, "1 m"),
        (80, "1 m 20 s"),
        (3_600, "1 h"),
        (11_100, "3 h 05 m"),
        (86_400, "1 d"),
        (86_658.661, "1 d 0 h 04 m"),
        (187_200, "2 d 4 h"),
        (2_592_060, "30 d 0 h 01 m"),
    ],
)
def test_a_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 runners"), (1, "1 runner"), (1_000, "1,000 runners")]
)
def test_a_count(number: int, text: str) -> None:
    assert count(number, "runner") == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0, "0 %"), (0.004, "under 1 %"), (2 / 3, "67 %"), (0.999, "over 99 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(fraction: float, text: str) -> None:
    assert percent(fraction) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (UTC, "UTC"),
        (ZoneInfo("Europe/Berlin"), "UTC+01:00"),
        (ZoneInfo("America/St_Johns"), "UTC−02:30"),  # daylight time began on 8 March
        (timezone(timedelta(hours=5, minutes=45)), "UTC+05:45"),
    ],
)
def test_a_zone_is_labelled_by_its_offset(zone: timezone | ZoneInfo, text: str) -> None:
    assert zone_label(zone, NOON) == text


@pytest.mark.parametrize(
    ("zone", "start", "end", "text"),
    [
        # Over a change: at both ends.
        ("America/New_York", (10, 31), (11, 2), "UTC−04:00 – 2026-11-01 19:00:00 UTC−05:00"),
        # Over two: what holds in between is told, too.
        ("America/New_York", (1, 15), (12, 15), "UTC−05:00, UTC−04:00 in between"),
        ("Europe/London", (1, 15), (12, 15), "UTC, UTC+01:00 in between"),
        # Over none.
        ("America/New_York", (7, 1), (8, 1), "2026-07-31 20:00:00 UTC−04:00"),
        # Over four, of which each offset is at an end.
        ("America/New_York", (7, 1), (12, 15), "2026-12-14 19:00:00 UTC−05:00"),
    ],
)
def test_a_range_tells_every_offset_in_it(
    zone: str, start: tuple[int, int], end: tuple[int, int], text: str
) -> None:
    words = TimeWords(zone=ZoneInfo(zone), now=NOON)
    first, last = (datetime(2026, *each, tzinfo=UTC) for each in (start, end))

    assert words.time_range(first, last).endswith(text)
    assert f"{text} (" in words.range(first, last)


def test_an_instant_of_today_needs_no_date() -> None:
    words = TimeWords(zone=UTC, now=NOON)

    assert words.full(NOON - timedelta(seconds=30, milliseconds=250)) == "11:59:29.750 UTC"


def test_an_instant_of_another_day_has_its_date() -> None:
    words = TimeWords(zone=UTC, now=NOON)

    assert words.full(NOON - timedelta(days=1)) == "2026-03-13 12:00:00 UTC"


def test_today_is_a_day_of_the_zone() -> None:
    words = TimeWords(zone=ZoneInfo("Pacific/Auckland"), now=NOON)  # 01:00 on the 15th there

    assert words.bare(NOON - timedelta(hours=2)) == "2026-03-14 23:00:00"


def test_a_range_names_its_zone_and_length() -> None:
    words = TimeWords(zone=ZoneInfo("Europe/Berlin"), now=NOON)

    text = words.range(NOON, NOON + timedelta(seconds=80))

    assert text == "13:00:00 – 13:01:20 UTC+01:00 (1 m 20 s)"


def test_the_end_of_a_range_has_a_date_where_it_is_another_day() -> None:
    words = TimeWords(zone=UTC, now=NOON)
    night = NOON - timedelta(hours=12)

    assert words.time_range(night - timedelta(hours=36), night - timedelta(hours=26)) == (
        "2026-03-12 12:00:00 – 22:00:00 UTC"
    )
    assert words.time_range(night - timedelta(hours=1), night) == (
        "2026-03-13 23:00:00 – 2026-03-14 00:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2026-11-01T04:30", "00:30:00 UTC−04:00"),
        ("2026-11-01T05:30", "01:30:00 UTC−04:00"),
        ("2026-11-01T06:30", "01:30:00 UTC−05:00"),  # of the head's, but it came twice
        ("2026-11-01T07:30", "02:30:00"),
    ],
)
def test_an_offset_is_told_where_the_head_of_the_table_does_not_settle_it(
    at: str, text: str
) -> None:
    day = datetime(2026, 11, 1, 17, tzinfo=UTC)
    words = TimeWords(zone=ZoneInfo("America/New_York"), now=NOON, day=day)

    assert words.label == "UTC−05:00"
    assert words.bare(datetime.fromisoformat(f"{at}+00:00")) == text


def test_the_day_of_a_past_cycle_is_not_repeated() -> None:
    yesterday = NOON - timedelta(days=1)

    words = TimeWords(zone=UTC, now=NOON, day=yesterday)

    assert words.bare(yesterday) == "12:00:00"
    assert words.bare(NOON) == "2026-03-14 12:00:00"

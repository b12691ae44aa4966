"""The offsets of a zone over an interval."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.words.offsets import offsets

DAY = timedelta(days=1)


def told(zone: str, start: datetime, end: datetime) -> list[tuple[str, float]]:
    """Since when, and how many hours ahead."""
    return [
        (f"{since:%Y-%m-%d %H:%M:%S}", ahead / timedelta(hours=1))
        for since, ahead in offsets(ZoneInfo(zone), start, end)
    ]


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("UTC", "2026-11-01", [0]),
        ("Asia/Kolkata", "2026-11-01", [5.5]),
        ("America/New_York", "2026-11-01", [-4, ("2026-11-01 06:00:00", -5)]),
        ("America/New_York", "2026-03-08", [-5, ("2026-03-08 07:00:00", -4)]),
        # By half an hour.
        ("Australia/Lord_Howe", "2026-04-04", [11, ("2026-04-04 15:00:00", 10.5)]),
        # A day that never was: the other side of the date line.
        ("Pacific/Apia", "2011-12-30", [-10, ("2011-12-30 10:00:00", 14)]),
        # From the time of the sun in Madras, 5:21:10 ahead, long before 1970.
        ("Asia/Kolkata", "1905-12-31", [19_270 / 3600, ("1905-12-31 18:38:50", 5.5)]),
    ],
)
def test_a_change_is_told_to_the_second(zone, at, expected) -> None:
    start = datetime.fromisoformat(f"{at}T00:00:00.5Z")

    first, *changes = expected
    assert told(zone, start, start + DAY) == [(f"{start:%Y-%m-%d %H:%M:%S}", first), *changes]


def test_every_change_of_many_years_is_told() -> None:
    start = datetime(2007, 1, 1, tzinfo=UTC)

    found = offsets(ZoneInfo("America/New_York"), start, datetime(2027, 1, 1, tzinfo=UTC))

    assert len(found) == 1 + 2 * 20
    zone = ZoneInfo("America/New_York")
    for since, ahead in found[1:]:
        before = since - timedelta(microseconds=1)
        assert (since.astimezone(zone).utcoffset(), before.astimezone(zone).utcoffset()) == (
            ahead,
            timedelta(hours=-9) - ahead,
        )


def test_an_empty_interval_has_the_offset_of_its_instant() -> None:
    at = datetime(2026, 11, 1, 6, tzinfo=UTC)

    assert offsets(ZoneInfo("America/New_York"), at, at) == ((at, timedelta(hours=-5)),)

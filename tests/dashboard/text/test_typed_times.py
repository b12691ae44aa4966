"""A time as somebody types it: what is meant, and why it is refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.text.typed_times import FORMS, WrongTime, typed_time

BERLIN = ZoneInfo("Europe/Berlin")
# A Saturday; in Berlin it is 13:00:30.
NOW = datetime(2026, 3, 14, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("11:59", "2026-03-14T11:59:00"),
        ("12:00", "2026-03-14T12:00:00"),
        ("12:01", "2026-03-13T12:01:00"),  # today's is to come
        ("9:05", "2026-03-14T09:05:00"),
        ("12:00:31", "2026-03-13T12:00:31"),
        ("11:59:09.25", "2026-03-14T11:59:09.250000"),
        ("14:05 yesterday", "2026-03-13T14:05:00"),
        ("Yesterday  23:10 ", "2026-03-13T23:10:00"),
        ("today 23:10", "2026-03-14T23:10:00"),  # to come, and that is said elsewhere
        ("2026-11-24 03:00", "2026-11-24T03:00:00"),
        ("03:00 2026-11-24", "2026-11-24T03:00:00"),
        ("2026-11-24T03:00", "2026-11-24T03:00:00"),
        ("2026-11-24t03:00:00z", "2026-11-24T03:00:00"),
        ("2026-11-24T03:00:00+01:00", "2026-11-24T02:00:00"),
        ("2026-11-24T03:00:00-0130", "2026-11-24T04:30:00"),
        ("2026-11-24 03:00:00 UTC", "2026-11-24T03:00:00"),
        ("2026-11-24 03:00:00 UTC−02:00", "2026-11-24T05:00:00"),  # as the pages write it
        ("2026-11-24 03:00:00 – 04:00:00 UTC−04:00", "2026-11-24T07:00:00"),  # so, too
        ("2026-11-01 01:00:00 UTC−04:00 – 01:00:00 UTC−05:00", "2026-11-01T05:00:00"),
        ("11:00:00 - 11:05:00 UTC (5 m)", "2026-03-14T11:00:00"),
        ("1970-06-01 10:00 UTC−00:44:30", "1970-06-01T10:44:30"),  # Liberia's until 1972
        ("14:05 UTC+02:00 yesterday", "2026-03-13T12:05:00"),
        ("now", "2026-03-14T12:00:30"),
        ("now-6h", "2026-03-14T06:00:30"),
        ("NOW-1d12h", "2026-03-13T00:00:30"),
        ("now-30s", "2026-03-14T12:00:00"),
        ("now-90m", "2026-03-14T10:30:30"),
    ],
)
def test_a_time_is_understood(typed: str, meant: str) -> None:
    assert typed_time(typed, now=NOW, zone=UTC) == datetime.fromisoformat(f"{meant}+00:00")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("13:00", "2026-03-14T12:00:00"),
        ("13:01", "2026-03-13T12:01:00"),
        ("yesterday 00:30", "2026-03-12T23:30:00"),
        ("2026-07-01 12:00", "2026-07-01T10:00:00"),
        ("11:59 UTC", "2026-03-14T11:59:00"),
    ],
)
def test_a_time_is_that_of_the_zone(typed: str, meant: str) -> None:
    assert typed_time(typed, now=NOW, zone=BERLIN) == datetime.fromisoformat(f"{meant}+00:00")


@pytest.mark.parametrize(
    ("now", "meant"),
    [
        # On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00, at 01:00 UTC.
        ("2026-03-29T02:00", "2026-03-28T01:30"),
        ("2026-03-30T00:29", "2026-03-28T01:30"),
        ("2026-03-30T00:30", "2026-03-30T00:30"),
        # On 25 October 2026 they go from 03:00 back to 02:00, at 01:00 UTC.
        ("2026-10-25T00:29", "2026-10-24T00:30"),
        ("2026-10-25T00:45", "2026-10-25T00:30"),
        ("2026-10-25T01:30", "2026-10-25T01:30"),
    ],
)
def test_half_past_two_is_the_latest_there_was(now: str, meant: str) -> None:
    at, expected = (datetime.fromisoformat(f"{each}+00:00") for each in (now, meant))

    assert typed_time("02:30", now=at, zone=BERLIN) == expected


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-03-29 02:30", "There was no 02:30:00 on 2026-03-29 in Europe/Berlin"),
        ("2025-10-26 02:30", "02:30:00 came twice on 2025-10-26 in Europe/Berlin: write"),
        (
            "2025-10-26 02:30",
            "write 2025-10-26 02:30:00 UTC+02:00 or 2025-10-26 02:30:00 UTC+01:00.",
        ),
        ("25:00", "There is no 25:00: hours go from 0 to 23"),
        ("12:60", "There is no 12:60"),
        ("12:00:60", "There is no 12:00:60"),
        ("2026-02-30 10:00", "There is no 2026-02-30 in the calendar."),
        ("2026-13-01 10:00", "There is no 2026-13-01 in the calendar."),
        ("0000-01-01 10:00", "There is no 0000-01-01 in the calendar."),
        ("1969-12-31 10:00", "Years go from 1970 to 9998 here."),
        ("9999-12-31 10:00", "Years go from 1970 to 9998 here."),
        ("now-99999d", "Years go from 1970 to 9998 here."),
        ("now-999999d", "Years go from 1970 to 9998 here."),
        ("now-" + "999999d" * 1_001, "Years go from 1970 to 9998 here."),
        ("1970-01-01 00:30", "Years go from 1970 to 9998 here."),  # 1969 in UTC
        ("9998-12-31 23:30 -01:00", "Years go from 1970 to 9998 here."),  # 9999 in UTC
        ("12:00 +24:00", "There is no offset of +24:00."),
        ("yesterday", "“yesterday” is a whole day: write a time of day too"),
        ("2026-11-24", "“2026-11-24” is a whole day"),
        ("", "Write a time."),
        ("  ", "Write a time."),
        ("14", "“14” is not understood as a time."),
        ("may", "“may” is not understood as a time."),
        ("14:5", "“14:5” is not understood as a time."),
        ("2pm", "“2pm” is not understood as a time."),
        ("14:05 tomorrow", "not understood"),
        ("03/04/2026 10:00", "not understood"),
        ("yesterday 10:00 yesterday", "not understood"),
        ("yesterdayT10:00", "not understood"),
        ("10:00 – ", "not understood"),
        ("10:00 – 11:00 – 12:00", "not understood"),
        ("now-6", "not understood"),
        ("now+6h", "not understood"),
        ("1774000000", "not understood"),
        ("١٤:٠٥", "not understood"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(typed: str, why: str) -> None:
    with pytest.raises(WrongTime) as wrong:
        typed_time(typed, now=NOW, zone=BERLIN)

    assert why in str(wrong.value)


@pytest.mark.parametrize("example", [example for example, _ in FORMS])
def test_what_is_said_to_be_understood_is(example: str) -> None:
    assert typed_time(example, now=NOW, zone=BERLIN).tzinfo == UTC

"""The door by itself: what is taken, as what, and what is said of the rest."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

import pytest

from scheduler import door
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.door import Unacceptable
from tests.conftest import T0

INDIA = timezone(timedelta(hours=5, minutes=30))


class Shouted(StrEnum):
    ID = "a"


class NoZone(tzinfo):
    """A zone that knows nothing, as some libraries have."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        raise NotImplementedError

    tzname = dst = utcoffset  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("host-3:812", "host-3:812"),
        (" a\t", "a"),
        ("\u00a0a\u3000", "a"),
        ("a/b c%2F?#;\\…", "a/b c%2F?#;\\…"),
        ("...", "..."),
        ("a/.b/c..", "a/.b/c.."),
        ("a//b/", "a//b/"),
        ("فارسی", "فارسی"),
        ("a\u200b", "a\u200b"),
        ("x" * 200, "x" * 200),
        (Shouted.ID, "a"),
    ],
)
def test_an_id_is_kept_without_the_white_space_at_its_edges(told, kept):
    taken = door.identifier("A run id", told)

    assert (taken, type(taken)) == (kept, str)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("", "1 to 200 characters, not 0"),
        (" \u2003", "1 to 200 characters, not 0"),
        ("x" * 201, "1 to 200 characters, not 201"),
        ("a\nb", "no control characters"),
        ("a\0", "no control characters"),
        ("a\x85b", "no control characters"),
        ("\ud83d", "no control characters"),
        ("\u200b", "nothing that one can see"),
        ("\u202e \ufeff", "nothing that one can see"),
        ("\u3164\u2800", "nothing that one can see"),
        ("\U0001d159", "nothing that one can see"),
        ("\u0301", "nothing that one can see"),
        (".", "'.' between its slashes"),
        ("..", "'..' between its slashes"),
        ("x/../y", "'..' between its slashes"),
        ("./x", "'.' between its slashes"),
        ("x/..", "'..' between its slashes"),
        (None, "must be a text, not None"),
        (b"a", "must be a text, not a bytes"),
        (812, "must be a text, not 812"),
    ],
)
def test_an_id_that_no_page_can_be_found_by_is_refused(told, words):
    with pytest.raises(Unacceptable, match=f"^A run id .*{words}") as refused:
        door.identifier("A run id", told)

    assert str(refused.value).isascii()


@pytest.mark.parametrize(
    ("told", "code", "detail"),
    [
        ("disk full : /dev/sda1", "disk full", "/dev/sda1"),
        (" disk \t\n full:a:b ", "disk full", "a:b"),
        ("oom", "oom", ""),
        (": alone", "", "alone"),
        ("", "", ""),
        (f"{'x' * 199} y:z", "x" * 199, f"{'x' * 199} y:z"),
    ],
)
def test_a_reason_is_a_code_of_one_line_and_a_detail(told, code, detail):
    assert door.split_reason(told) == (code, detail)


def test_the_code_of_a_reason_is_the_same_when_it_is_told_again():
    for code in ("disk full", "x" * 199 + " y", "a\u2028b", "\u3000a\u00a0\u00a0b"):
        once = door.split_reason(code)[0]

        assert door.split_reason(once)[0] == once
        assert once == once.strip()


@pytest.mark.parametrize("limit", [10_000, 2_000])
def test_a_text_has_a_limit_that_is_told(limit):
    assert door.text("reason", f" {'é' * limit}\n", at_most=limit) == "é" * limit
    with pytest.raises(Unacceptable, match=f"at most {limit:,} characters, not 1,200,000"):
        door.text("reason", "é" * 1_200_000, at_most=limit)


def test_a_text_that_nobody_can_mend_loses_what_cannot_be_kept():
    kept = door.shortened("a\0\ud83d" + "é" * 20_000)

    assert door.text("reason", kept) == kept
    assert kept.startswith("a��éé")
    assert kept.endswith("… (cut off: it had 20,003 characters)")
    assert len(kept) == 10_000


@pytest.mark.parametrize("told", [-1, 2**32, 2**63, 10**4_000, True, 1.0, "1", float("nan")])
def test_a_process_id_is_a_whole_number_that_a_system_gives(told):
    with pytest.raises(Unacceptable, match=r"^pid must be a whole number from 0 to 4,294,967,295"):
        door.process_id(told)


@pytest.mark.parametrize(
    "told", [-0.1, 11, float("nan"), float("inf"), 10**400, True, None, "1", 1j]
)
def test_a_number_is_finite_and_in_its_range(told):
    with pytest.raises(Unacceptable, match=r"must be a number from 0 to 10 s, such as 1.5, not "):
        door.number("wait", told, least=0, most=10, unit=" s", example="1.5")


@pytest.mark.parametrize("told", [0, 1, None, "true"])
def test_a_flag_is_no_number_and_no_text(told):
    with pytest.raises(Unacceptable, match="eligible must be True or False"):
        door.flag("eligible", told)


def test_a_choice_is_one_of_the_known():
    assert door.choice("status", "completed", Status) is Status.COMPLETED
    for told in ("Completed", None, [], 3):
        with pytest.raises(Unacceptable, match=r"status must be running, .* or blocked, not"):
            door.choice("status", told, Status)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (T0, T0),
        (T0.astimezone(INDIA), T0),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)),
        (T0 + timedelta(days=1), T0 + timedelta(days=1)),
    ],
)
def test_what_happened_is_kept_in_utc(told, kept):
    at = door.happened("at", told, T0)

    assert (at, at.tzinfo) == (kept, UTC)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "is before 1970-01-01: send when it happened"),
        (datetime(1, 1, 1, tzinfo=INDIA), "is before 1970-01-01"),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "is before 1970-01-01"),
        (T0 + timedelta(days=1, microseconds=1), "more than a day after now"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))), "more than a day after now"),
        (T0.replace(tzinfo=None), "has no time zone; send UTC, such as 2026-01-31T14:05:09Z"),
        (T0.replace(tzinfo=NoZone()), "has no time zone"),
        (T0.date(), "must be a datetime with a time zone, not a date"),
        (T0.timestamp(), "must be a datetime with a time zone"),
        (None, "must be a datetime with a time zone, not None"),
    ],
)
def test_what_can_not_have_happened_is_refused(told, words):
    with pytest.raises(Unacceptable, match=f"^at .*{words}"):
        door.happened("at", told, T0)


def test_what_is_planned_may_lie_later_but_not_beyond_the_calendar():
    later = datetime(2999, 12, 31, tzinfo=UTC)

    assert door.planned("effective_from", later) == later
    for told in (datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)):
        with pytest.raises(Unacceptable, match="not between 1970-01-01 and 2999-12-31"):
            door.planned("effective_from", told)

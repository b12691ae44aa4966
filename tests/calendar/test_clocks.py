"""Every clock that a test can meet says the same, also where all of them are moved."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.db import clock
from tests.calendar.__main__ import CLOCK_READERS, MINUTES, WHOLE, Day, in_turn
from tests.calendar.shift import BEGINS_AT, shift_seconds

# A loaded machine takes its time between two looks.
SOON = timedelta(seconds=60)


@pytest.mark.django_db
def test_the_database_has_this_process_s_clock() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < SOON


def test_a_child_has_this_process_s_clock() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert abs(datetime.fromtimestamp(float(said), UTC) - datetime.now(UTC)) < SOON


def test_the_clock_is_moved_by_as_much_as_was_asked_for() -> None:
    real = subprocess.run(
        ["env", "-u", "LD_PRELOAD", "date", "+%s"], capture_output=True, text=True, check=True
    ).stdout

    moved = datetime.now(UTC) - datetime.fromtimestamp(float(real), UTC)

    assert abs(moved - timedelta(seconds=shift_seconds())) < SOON


def test_where_every_test_begins_at_one_instant_this_one_does() -> None:
    now = datetime.now(UTC).timestamp()
    begins = float(os.environ.get(BEGINS_AT, now))

    assert 0 <= now - begins < SOON.total_seconds()


def test_each_day_of_a_week_has_a_run() -> None:
    days = {each.begins.weekday() for each in (*WHOLE, *CLOCK_READERS, *MINUTES)}

    assert days == set(range(7))


@pytest.mark.parametrize("day", [each for each in (*WHOLE, *CLOCK_READERS) if "clocks" in each.why])
def test_clocks_are_changed_on_the_days_that_are_said_to_do_so(day: Day) -> None:
    zone = ZoneInfo(day.zone)
    before, after = (
        (day.instant + timedelta(hours=hours)).astimezone(zone).replace(tzinfo=None)
        for hours in (-2, 2)
    )

    assert after - before == timedelta(hours=5 if "forward" in day.why else 3)


def test_each_day_has_every_test_with_other_parameters_in_turn() -> None:
    readers = ["a.py::slow[x]", "a.py::slow[y]", "a.py::plain", "a.py::slow[z]"]

    days = [in_turn(readers, number) for number in range(4)]

    assert days[0] == ["a.py::slow[x]", "a.py::plain"]
    assert days[1] == ["a.py::slow[y]", "a.py::plain"]
    assert days[2] == ["a.py::plain", "a.py::slow[z]"]
    assert days[3] == days[0]

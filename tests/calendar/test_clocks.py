"""Every clock that a test can meet says the same, also where all of them are moved."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.db import clock
from tests.calendar.shift import shift_seconds

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

"""`make test-calendar`: the whole suite on two dates, and what reads a clock on many more.

Ends with a line a run, and with 1 where a test failed on any day.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.calendar.shift import NOTED_IN, make_library, moved

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGIN = "tests.calendar.plugin"
# Tests that fit into a minute beside what comes before the first of them, given the workers.
MINUTE_SECONDS = 40 * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When a run begins, in the zone (`TZ`) of its machine, and why then."""

    begins: datetime
    zone: str
    why: str

    @property
    def instant(self) -> datetime:
        return self.begins.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def day(begins: str, zone: str, why: str) -> Day:
    return Day(begins=datetime.fromisoformat(begins), zone=zone, why=why)


# All of them together begin on each day of a week: the last and the first minute are a Thursday's
# and a Friday's.
WHOLE = (
    day("2028-02-29T09:30:00", "Asia/Kolkata", "Tuesday, 29 February"),
    day("2027-03-14T01:52:00", "America/St_Johns", "Sunday, the clocks go forward"),
)
CLOCK_READERS = (
    day("2027-11-07T01:55:00", "America/St_Johns", "Sunday, the clocks go back"),
    day("2026-12-07T12:00:00", "UTC", "Monday"),
    day("2027-06-30T23:50:00", "Australia/Lord_Howe", "Wednesday, into a month"),
    day("2027-07-31T06:00:00", "America/New_York", "Saturday"),
)
# In parts that fit, so that every test has its minute.
LAST_MINUTE = day("2026-12-31T23:58:55", "UTC", "the last minute of a year")
FIRST_MINUTE = day("2026-12-31T23:59:50", "UTC", "the first minute of a year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a run: Pytest's last line, and whether all was green."""

    day: Day
    what: str
    closing: str
    seconds: float
    is_green: bool

    def __str__(self) -> str:
        mark = "green" if self.is_green else "RED  "
        begins = f"{self.day.begins:%Y-%m-%d %H:%M} {self.day.zone}"
        return f"{mark} {begins:36} {self.day.why:36} {self.what}: {self.closing}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test-calendar", description=__doc__)
    parser.add_argument("--no-whole", action="store_true", help="only what reads a clock")
    parser.add_argument("tests", nargs="*", help="default: tests")
    arguments = parser.parse_args()
    begun = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in runs(arguments.tests or ["tests"], is_whole=not arguments.no_whole):
        print(outcome, flush=True)
        outcomes.append(outcome)
    red = sum(not each.is_green for each in outcomes)
    print(f"{len(outcomes)} runs in {(time.monotonic() - begun) / 60:.0f} minutes, {red} red")
    return 1 if red or not outcomes else 0


def runs(tests: Sequence[str], *, is_whole: bool) -> Iterator[Outcome]:
    """The first run notes who reads a clock; the runs of many days take those."""
    with tempfile.TemporaryDirectory(prefix="slotwatch-calendar-") as directory:
        made = make_library(Path(directory))
        noted = Path(directory, "noted")
        first, *others = WHOLE
        yield run(made, first, tests, "everything", noted_in=noted)
        for each in others if is_whole else ():
            yield run(made, each, tests, "everything")
        readers = read_noted(noted)
        chosen = Path(directory, "chosen")
        for each in CLOCK_READERS:
            yield run(made, each, [at_file(chosen, readers)], f"{len(readers)} clock readers")
        for minute in (LAST_MINUTE, FIRST_MINUTE):
            for part in minutes(readers):
                yield run(made, minute, [at_file(chosen, part)], f"{len(part)} clock readers")


def read_noted(noted: Path) -> dict[str, float]:
    """Seconds by the name of a test."""
    lines = noted.read_text().splitlines()
    return {name: float(seconds) for seconds, _, name in (each.partition(" ") for each in lines)}


def at_file(path: Path, names: dict[str, float]) -> str:
    """Pytest's argument for the tests that are written into this file."""
    path.write_text("".join(f"{name}\n" for name in names))
    return f"@{path}"


def minutes(readers: dict[str, float]) -> Iterator[dict[str, float]]:
    """The tests in parts that each take a minute at most; a longer test is a part of its own."""
    part: dict[str, float] = {}
    for name, seconds in sorted(readers.items(), key=lambda each: each[1]):
        if part and sum(part.values()) + seconds > MINUTE_SECONDS:
            yield part
            part = {}
        part[name] = seconds
    if part:
        yield part


def run(
    library: Path, each: Day, tests: Sequence[str], what: str, *, noted_in: Path | None = None
) -> Outcome:
    """Run Pytest as if it were that day. What it prints of failures is passed on."""
    begun = time.monotonic()
    ahead = round((each.instant - datetime.now(UTC)).total_seconds())
    environment = moved(os.environ, library, ahead, each.zone) | {"PYTEST_PLUGINS": PLUGIN}
    if noted_in is not None:
        environment[NOTED_IN] = str(noted_in)
    pytest = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", *tests],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if pytest.returncode != 0:
        print(pytest.stdout, flush=True)
    return Outcome(
        day=each,
        what=what,
        closing=(pytest.stdout.splitlines() or ["printed nothing"])[-1],
        seconds=time.monotonic() - begun,
        is_green=pytest.returncode == 0,
    )


if __name__ == "__main__":
    sys.exit(main())

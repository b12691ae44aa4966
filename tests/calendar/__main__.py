"""`make test-calendar`: the whole suite on two dates, and what reads a clock on many more.

Ends with a line a run, and with 1 where a test failed on any day.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.calendar.shift import BEGINS_AT, NOTED_IN, make_library, moved, set_shift

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGIN = "tests.calendar.plugin"


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


# Each day of a week has a run.
WHOLE = (
    day("2028-02-29T09:30:00", "Asia/Kolkata", "Tuesday, 29 February"),
    day("2027-03-14T01:52:00", "America/St_Johns", "Sunday, the clocks go forward"),
)
CLOCK_READERS = (
    day("2027-10-30T01:57:00", "Asia/Gaza", "Saturday, the clocks go back"),
    day("2026-12-07T12:00:00", "UTC", "Monday"),
    day("2027-06-30T23:57:00", "Australia/Lord_Howe", "Wednesday, into a month"),
)
# Every test begins here.
MINUTES = (
    day("2026-12-31T23:59:10", "UTC", "Thursday, a year's last minute"),
    day("2027-01-01T00:00:05", "UTC", "Friday, a year's first minute"),
)


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
        for number, each in enumerate((*CLOCK_READERS, *MINUTES)):
            names = in_turn(readers, number)
            chosen.write_text("".join(f"{name}\n" for name in names))
            # Pytest's argument for the tests that are written into a file.
            yield run(made, each, [f"@{chosen}"], f"{len(names)} clock readers")


def read_noted(noted: Path) -> list[str]:
    """The names of the tests, the longest first: what is left in the end is short."""
    lines = (each.partition(" ") for each in noted.read_text().splitlines())
    seconds = {name: float(taken) for taken, _, name in lines}
    return sorted(seconds, key=lambda name: -seconds[name])


def in_turn(readers: Sequence[str], number: int) -> list[str]:
    """Of each test one set of parameters, another one on each day: what reads a clock is the same
    in all of them, and the runs of the whole suite have them all."""
    sets: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(readers):
        sets[name.partition("[")[0]].append(name)
    chosen = {each[number % len(each)] for each in sets.values()}
    return [name for name in readers if name in chosen]


def run(
    library: Path, each: Day, tests: Sequence[str], what: str, *, noted_in: Path | None = None
) -> Outcome:
    """Run Pytest as if it were that day. What it prints of failures is passed on."""
    begun = time.monotonic()
    shift_file = library.with_name("shift")
    set_shift(shift_file, round((each.instant - datetime.now(UTC)).total_seconds()))
    environment = moved(os.environ, library, shift_file, each.zone) | {"PYTEST_PLUGINS": PLUGIN}
    if each in MINUTES:
        environment[BEGINS_AT] = str(int(each.instant.timestamp()))
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

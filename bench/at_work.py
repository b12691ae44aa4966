"""Fleets at work beside what is measured: `python -m bench.at_work KIND SLUG RUNNERS`.

Each works in a process of its own, through the Python way in, at a bounded rate and until its input
ends; then it tells when each of its calls began, and how long that took.
"""

import contextlib
import json
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from bench.fleet import ids_of

CLAIMS = "claims"
REPORTS = "reports"
CLAIMS_A_SECOND = 25
# One claim of so many is that of the runner whose slot it is.
OF_ITS_OWNER = 50
REPORT_EVERY_SECONDS = 2.0
BEATS_A_REPORT = 100
# One report of so many tells of a run that began; the next one tells that it ended.
RUN_OF = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: when it began, in Unix seconds, and the seconds it took."""

    begun: float
    seconds: float


@dataclass(slots=True)
class Work:
    """What a process did; all of it is there when the process has ended."""

    calls: list[Call] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[float]:
        """The seconds of the calls that began then."""
        return [each.seconds for each in self.calls if start <= each.begun < end]


@contextlib.contextmanager
def at_work(kind: str, slug: str, runner_count: int) -> Iterator[Work]:
    """A fleet at work, from its first call on."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.at_work", kind, slug, str(runner_count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    work = Work()
    try:
        worker.stdout.readline()  # it has begun
        yield work
    finally:
        told, _ = worker.communicate()
    if worker.returncode:
        raise SystemExit(f"The process of {kind} failed.")
    work.calls += (Call(begun=begun, seconds=seconds) for begun, seconds in json.loads(told))


def claims(slug: str, runner_count: int) -> Callable[[int], float]:
    """Claims of all runners, one after the other; in each slot its runner starts, once."""
    from scheduler.intake.claims import claim, finish
    from scheduler.known_services import get_service

    service, ids = get_service(slug), ids_of(runner_count)
    owner = ran = running = ""

    def step(number: int) -> float:
        nonlocal owner, ran, running
        is_its_turn = number % OF_ITS_OWNER == 0 and owner not in ("", ran)
        if number % OF_ITS_OWNER == 0 and running:
            finish(service, running)
            running = ""
        begun = time.perf_counter()
        result = claim(service, owner if is_its_turn else ids[number % runner_count])
        seconds = time.perf_counter() - begun
        owner = result.claim.assigned_runner_id or ""
        if result.execution is not None:
            ran, running = owner, result.execution.run_id
        return seconds

    return step


def reports(slug: str, runner_count: int) -> Callable[[int], float]:
    """What a collector tells: beats of some runners at a time, and now and then a run."""
    from scheduler.core.types import AtomicServiceExecutionStatus as Status
    from scheduler.db import clock
    from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
    from scheduler.intake.reports import report, watched
    from scheduler.known_services import get_service

    service, ids = get_service(slug), ids_of(runner_count)
    began = clock.now()

    def step(number: int) -> float:
        nonlocal began
        now = clock.now()
        which, part = divmod(number, RUN_OF)
        if part == 0:
            began = now
        beats = [
            HeartbeatReport(runner_id=ids[(number * BEATS_A_REPORT + each) % runner_count], at=now)
            for each in range(min(BEATS_A_REPORT, runner_count))
        ]
        run = ExecutionReport(
            run_id=f"{slug}-{which}",
            runner_id=ids[which % runner_count],
            status=Status.COMPLETED if part else Status.RUNNING,
            started_at=began,
            ended_at=now if part else None,
        )
        begun = time.perf_counter()
        report(service, heartbeats=beats, executions=[run] if part < 2 else [])
        watched(service, "bench", at=now, good_for_seconds=5 * REPORT_EVERY_SECONDS)
        return time.perf_counter() - begun

    return step


def work(step: Callable[[int], float], every_seconds: float) -> None:
    """A step at a time, one begun so often at most, until the input ends."""
    calls: list[tuple[float, float]] = []
    print("begun", flush=True)
    next_at = time.monotonic()
    for number in count():
        calls.append((time.time(), step(number)))
        # What was missed is not made up for: a burst would be no bounded rate.
        now = time.monotonic()
        next_at = max(next_at + every_seconds, now)
        if select.select([sys.stdin], [], [], next_at - now)[0]:
            break
    print(json.dumps(calls))


def main() -> int:
    import django

    kind, slug, runner_count = sys.argv[1:]
    django.setup()
    if kind == CLAIMS:
        work(claims(slug, int(runner_count)), 1 / CLAIMS_A_SECOND)
    else:
        work(reports(slug, int(runner_count)), REPORT_EVERY_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())

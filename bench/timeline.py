"""What a past cycle and the strip cost the server: `python -m bench.timeline`.

One cycle of 1,000 runners with 10 changes of the membership and 2,000 executions is asked for whole
(reconstructed, judged, all of its lanes drawn), and the strip of 24 hours of 5-minute cycles, turn
by turn with a null view that has a session, on the same server and the same connection, and
compared by ratio. 10 million executions of 20 services are stored (`--executions` for fewer). Ends
with status 1 when a bound is missed.
"""

import argparse
import gzip
import re
import statistics
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench.server import Visitor, own_data, serving

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.intake.heartbeats import Beat
    from scheduler.models import Execution, Runner, Service

EXECUTIONS = 10_000_000
SERVICES = 20
RUNNERS = 1_000
CHANGES = 10
IN_THE_CYCLE = 2_000
ROUNDS = 40
CYCLE_AT_MOST = 250.0
STRIP_AT_MOST = 8.0
PLAIN_AT_MOST = 1_000_000
PACKED_AT_MOST = 200_000
WEEK = timedelta(days=8)

_COLUMNS = (
    "service_id, runner_id, run_id, status, origin, started_at, ended_at, reason, reason_detail,"
    " attempts, first_attempt_at, last_attempt_at, assigned_runner_id"
)


def crowd(now: datetime) -> datetime:
    """A service with the one large cycle, which is over; its start."""
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.intake.heartbeats import beat
    from scheduler.models import Execution, Runner
    from scheduler.services import create_service

    policy = SchedulingPolicy(
        service_interval_minutes=5.0, spread_margin_minutes=0.001, dead_after_seconds=3_600.0
    )
    start = policy.cycle_start(now) - timedelta(minutes=10)
    service = create_service("crowd", policy=policy, effective_from=now - timedelta(days=400))
    ids = [f"host-{number:04}:{number + 100}" for number in range(RUNNERS)]
    early = RUNNERS - CHANGES
    beat(service, *map(beat_of, ids[:early]), now=start - timedelta(minutes=1))
    for number, runner_id in enumerate(ids[early:]):
        beat(service, beat_of(runner_id), now=start + timedelta(seconds=28 * (number + 1)))
    runners = list(Runner.objects.filter(service=service))
    step = timedelta(seconds=300 / IN_THE_CYCLE)
    Execution.objects.bulk_create(
        _execution(service, runners[number % RUNNERS], number, start + number * step, step * 0.8)
        for number in range(IN_THE_CYCLE)
    )
    service.touch()
    return start


def beat_of(runner_id: str) -> "Beat":
    from scheduler.intake.heartbeats import Beat

    host, _, pid = runner_id.partition(":")
    return Beat(runner_id=runner_id, host=host, pid=int(pid))


def _execution(
    service: "Service", runner: "Runner", number: int, at: datetime, length: timedelta
) -> "Execution":
    from scheduler.models import Execution

    is_blocked = number % 12 == 0
    return Execution(
        service=service,
        runner=runner,
        run_id=f"large-{number}",
        status="blocked" if is_blocked else "completed",
        origin="reported",
        reason="prior_running" if is_blocked else "",
        reason_detail=f"large-{number - 1} runner:host" if is_blocked else "",
        started_at=at,
        ended_at=at if is_blocked else at + length,
        first_attempt_at=at,
        last_attempt_at=at,
    )


def history(now: datetime, executions: int) -> None:
    """Services with a long history of runs; the last 8 days of the first are summed up."""
    from django.db import connection

    from scheduler.core.policy import SchedulingPolicy
    from scheduler.cycles.summaries import keep_summaries
    from scheduler.intake.heartbeats import beat
    from scheduler.models import Execution, Runner, Service
    from scheduler.services import create_service

    indexes = list(Execution._meta.indexes)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(Execution, index)
    each = executions // SERVICES
    for number in range(SERVICES):
        policy = SchedulingPolicy(dead_after_seconds=WEEK.total_seconds() * 2)
        service = create_service(
            f"history-{number}", policy=policy, effective_from=now - timedelta(days=4_000)
        )
        beat(service, beat_of("host-1:1"), now=now - WEEK)
        runner = Runner.objects.filter(service=service).first()
        assert runner is not None
        _insert(service.pk, runner.pk, each, now)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.add_index(Execution, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Service.objects.filter(slug="history-0").update(summarised_until=now - WEEK)
    service = Service.objects.get(slug="history-0")
    begun, written = time.perf_counter(), 0
    while (kept := keep_summaries(service)).written:
        written += kept.written
    print(f"{written:,} cycles summed up in {time.perf_counter() - begun:.1f} s")


def _insert(service: int, runner: int, number: int, now: datetime) -> None:
    """So many ended runs, one every 30 s, the last one now; made by the database itself."""
    from django.db import connection

    numbers = (
        "SELECT generate_series(1, %s) AS n"
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < %s)"
        " SELECT n FROM one"
    )
    at = (
        "CAST(%s AS timestamptz) - (%s - n) * interval '30 seconds'"
        if connection.vendor == "postgresql"
        else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, ((n - %s) * 30) || ' seconds')"
    )
    end = at.replace("(n - %s) * 30)", "(n - %s) * 30 + 4)").replace(
        "* interval '30 seconds'", "* interval '30 seconds' + interval '4 seconds'"
    )
    written = now.strftime("%Y-%m-%d %H:%M:%S") + (
        "+00:00" if connection.vendor == "postgresql" else ""
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO scheduler_execution ({_COLUMNS})"
            f" SELECT {service}, {runner}, 'run-' || n, 'completed', 'claimed', {at}, {end},"
            f" '', '', 1, {at}, {at}, '' FROM ({numbers}) numbers",
            (written, number, written, number, written, number, written, number, number),
        )


def measure(visitor: Visitor, path: str) -> tuple[float, float, bytes]:
    """Median seconds of the null view and of this path, asked for by turns; and the answer."""
    null, taken = [], []
    body = b""
    for _ in range(ROUNDS):
        null.append(visitor.get("/null/").seconds)
        answer = visitor.get(path)
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}.")
        taken.append(answer.seconds)
        body = answer.body
    return statistics.median(null), statistics.median(taken), body


def figure_of(body: bytes) -> bytes:
    found = re.search(rb'<script id="figure" type="application/json">(.*?)</script>', body)
    if found is None:
        raise SystemExit("The page carries no figure.")
    return found[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.timeline", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    executions = parser.parse_args().executions
    with own_data():
        from scheduler.db import clock

        now = clock.now().replace(microsecond=0)
        start = crowd(now)
        begun = time.perf_counter()
        history(now, executions)
        print(f"{executions:,} executions stored in {time.perf_counter() - begun:.0f} s")
        with serving() as visitor:
            for _ in range(20):
                visitor.get("/null/")
            cycle = f"/s/crowd/cycles/{start:%Y-%m-%dT%H:%M:%SZ}/?limit={RUNNERS}"
            null, taken, body = measure(visitor, cycle)
            drawn = taken / null
            strip_null, strip, _ = measure(visitor, "/s/history-0/past/")
    figure = figure_of(body)
    plain, packed = len(figure), len(gzip.compress(figure, 6))
    striped = strip / strip_null
    print(f"null view {1e3 * null:.2f} ms")
    print(
        f"one cycle of {RUNNERS:,} runners {1e3 * taken:.0f} ms = {drawn:.0f} × null"
        f" (at most {CYCLE_AT_MOST:.0f})"
    )
    print(
        f"its figure {plain / 1e3:.0f} kB, {packed / 1e3:.0f} kB compressed"
        f" (at most {PLAIN_AT_MOST / 1e3:.0f} and {PACKED_AT_MOST / 1e3:.0f})"
    )
    print(
        f"24-hour strip {1e3 * strip:.1f} ms = {striped:.1f} × null (at most {STRIP_AT_MOST:.0f})"
    )
    is_held = (
        drawn <= CYCLE_AT_MOST
        and striped <= STRIP_AT_MOST
        and plain < PLAIN_AT_MOST
        and packed < PACKED_AT_MOST
    )
    print("held" if is_held else "missed")
    return 0 if is_held else 1


if __name__ == "__main__":
    sys.exit(main())

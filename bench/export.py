"""The speed and the memory of an export: `python -m bench.export`.

A service with 1 million executions of 1,000 runners (`--rows` for fewer), a twelfth of them
blocked, is exported as CSV and as NDJSON over HTTP, on PostgreSQL and on SQLite; by turns with a
bare cursor of the driver whose rows, with the same columns joined, go through `csv.writer`, or
through `json.dumps`. What is read is thrown away. Ends with status 1 when an export has less than
half of the bare speed, or when the server's memory grows by 50 MB.
"""

import argparse
import contextlib
import csv
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.databases import run
from bench.server import Visitor, serving

ROWS = 1_000_000
RUNNERS = 1_000
ROUNDS = 3
SPEED_AT_LEAST = 0.5
GROWTH_AT_MOST_KB = 50_000
EXPORT = "/s/long/history/export"
LAST = datetime(2026, 3, 14, 12, tzinfo=UTC)
_BARE = """
    SELECT e.run_id, r.runner_id, e.cycle_start, e.slot_start, e.slot_end, e.started_at, e.ended_at,
        e.duration_us, e.status, e.reason, e.reason_detail, e.runner_position,
        e.stable_runner_count, e.assigned_runner_id, e.late_start_fraction, e.attempts, s.slug,
        e.origin, e.first_attempt_at, e.last_attempt_at, a.acknowledged_by, a.acknowledged_at,
        a.note
    FROM scheduler_execution e
    JOIN scheduler_runner r ON r.id = e.runner_id
    JOIN scheduler_service s ON s.id = e.service_id
    LEFT JOIN scheduler_acknowledgement a ON a.id = e.acknowledgement_id
    WHERE s.slug = 'long'
    ORDER BY e.started_at DESC, e.id DESC
"""


def history(rows: int) -> None:
    """The service and its executions, one every 30 s with all the facts of a claim."""
    from django.db import connection

    from scheduler.models import Runner
    from scheduler.services import create_service

    service = create_service("long", effective_from=LAST - timedelta(days=4_000))
    first, *_ = Runner.objects.bulk_create(
        Runner(
            service=service,
            runner_id=f"host-{number:04}.example.net:{number + 100}",
            first_seen_at=LAST,
        )
        for number in range(RUNNERS)
    )
    with connection.cursor() as cursor:
        cursor.execute(_insert(service.pk, first.pk, rows))
        cursor.execute("ANALYZE")


def _insert(service: int, runner: int, rows: int) -> str:
    at, numbers = _made_by_the_database(rows)
    cells = {
        "service_id": service,
        "runner_id": f"{runner} + n % {RUNNERS}",
        "run_id": "'5f0c1c1e-7b5d-4c56-9d39-' || (100000000000 + n)",
        "status": "CASE WHEN n % 12 = 0 THEN 'blocked' ELSE 'completed' END",
        "origin": "'claimed'",
        "started_at": at(2),
        "ended_at": f"CASE WHEN n % 12 = 0 THEN {at(2)} ELSE {at(7)} END",
        "reason": "CASE WHEN n % 12 = 0 THEN 'prior_running' ELSE '' END",
        "reason_detail": "CASE WHEN n % 12 = 0 THEN 'run runner:host' ELSE '' END",
        "attempts": 1,
        "first_attempt_at": at(2),
        "last_attempt_at": at(2),
        "cycle_start": at(0),
        "slot_start": at(1),
        "slot_end": at(20),
        "runner_position": f"n % {RUNNERS}",
        "stable_runner_count": RUNNERS,
        "assigned_runner_id": f"'host-' || (n % {RUNNERS}) || '.example.net:100'",
    }
    return (
        f"INSERT INTO scheduler_execution ({', '.join(cells)})"
        f" SELECT {', '.join(map(str, cells.values()))} FROM ({numbers}) numbers"
    )


def _made_by_the_database(rows: int) -> tuple[Callable[[int], str], str]:
    """How it writes the instant so many seconds into cycle n, and the numbers from 1 to `rows`."""
    from django.db import connection

    last = f"{LAST:%Y-%m-%d %H:%M:%S}"

    def on_postgresql(seconds: int) -> str:
        at = f"timestamptz '{last}+00' + ((n - {rows}) * 30 + {seconds}) * interval '1 second'"
        return f"{at} + n % 1000000 * interval '1 microsecond'"

    def on_sqlite(seconds: int) -> str:
        length = f"((n - {rows}) * 30 + {seconds}) || ' seconds'"
        at = f"strftime('%Y-%m-%d %H:%M:%S', '{last}', {length})"
        return f"{at} || printf('.%06d', n % 1000000)"

    if connection.vendor == "postgresql":
        return on_postgresql, f"SELECT generate_series(1, {rows}) AS n"
    first = "SELECT 1 UNION ALL SELECT n + 1 FROM one"
    return on_sqlite, f"WITH RECURSIVE one(n) AS ({first} WHERE n < {rows}) SELECT n FROM one"


def bare(form: str) -> float:
    """Seconds of the driver's cursor and `csv.writer`, or a `json.dumps` a row."""
    with Path(os.devnull).open("w") as nowhere, _cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(_BARE)
        if form == "csv":
            csv.writer(nowhere).writerows(cursor)
        else:
            names = [column[0] for column in cursor.description]
            nowhere.writelines(
                json.dumps(dict(zip(names, row, strict=True)), default=str) + "\n" for row in cursor
            )
        return time.perf_counter() - begun


@contextlib.contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor of the driver alone that does not read everything at once."""
    from django.db import connection

    settings = connection.settings_dict
    if connection.vendor == "postgresql":
        import psycopg

        with psycopg.connect(os.environ["DATABASE_URL"]) as server, server.cursor("bare") as cursor:
            cursor.itersize = 5_000
            yield cursor
        return
    import sqlite3

    with contextlib.closing(sqlite3.connect(settings["NAME"])) as file:
        yield file.cursor()


def exported(visitor: Visitor, path: str, lines: int) -> float:
    """Seconds until the last byte of an export of so many lines was read."""
    # An idle connection is closed by the server, and the bare cursor takes its time.
    visitor.connection.close()
    begun = time.perf_counter()
    visitor.connection.request("GET", path, headers={"Cookie": visitor.cookie})
    response = visitor.connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"{path} answers {response.status}.")
    found = 0
    while part := response.read(1 << 20):
        found += part.count(b"\n")
    if found != lines:
        raise SystemExit(f"{path} has {found:,} lines, not {lines:,}.")
    return time.perf_counter() - begun


def server_processes() -> list[int]:
    """The processes that this one started, and those that they did."""
    found: list[int] = []
    left = [os.getpid()]
    while left:
        pid = left.pop()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        left += map(int, children)
        found += map(int, children)
    return found


def memory_kb(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


def measure(arguments: argparse.Namespace) -> bool:
    rows: int = arguments.rows
    history(rows)
    forms = {"csv": rows + 1, "ndjson": rows}
    taken: dict[str, list[float]] = {form: [] for form in forms}
    yardstick: dict[str, list[float]] = {form: [] for form in forms}
    with serving() as visitor:
        for form in forms:
            few = rows // RUNNERS + forms[form] - rows
            path = f"{EXPORT}.{form}?to=now&runner_id=host-0001.example.net:101"
            exported(visitor, path, few)
        servers = server_processes()
        before = {pid: memory_kb(pid, "VmRSS") for pid in servers}
        for pid in servers:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
        for _ in range(arguments.rounds):
            for form, lines in forms.items():
                yardstick[form].append(bare(form))
                taken[form].append(exported(visitor, f"{EXPORT}.{form}?to=now", lines))
        growth = max(memory_kb(pid, "VmHWM") - before[pid] for pid in servers)
    is_fast = True
    for form in forms:
        seconds, bare_seconds = statistics.median(taken[form]), statistics.median(yardstick[form])
        share = bare_seconds / seconds
        is_fast = is_fast and share >= SPEED_AT_LEAST
        print(
            f"{form}: {rows / seconds:,.0f} rows/s beside {rows / bare_seconds:,.0f} of a bare"
            f" cursor, {share:.2f} of it (at least {SPEED_AT_LEAST})"
        )
    print(f"memory of the server grows by {growth / 1e3:.1f} MB (less than 50)")
    return is_fast and growth < GROWTH_AT_MOST_KB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.export", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return run("bench.export", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

"""What pruning costs the claims beside it: `python -m bench.prune`.

A coordinated service has 1 million executions (`--executions` for fewer) that are too old. A
process claims and finishes, one after the other with a short rest: first alone, then while
`manage.py prune` removes the million. Compared are the slowest claim during it and the median
without, measured in one run, on each database. Ends with status 1 where the ratio is above 10, or
where an old row is left.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bench import databases

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from collections.abc import Iterator

    from scheduler.models import Service

EXECUTIONS = 1_000_000
RUNNERS = 100
SLUG = "pruned"
BLOCKED_SHARE = 0.08
# So long without pruning; the first of them are not measured.
ALONE_SECONDS = 20.0
WARM_UP_SECONDS = 4.0
REST_SECONDS = 0.01
RATIO_AT_MOST = 10.0
# The one argument of the process that claims.
CLAIMS = "claims"

_COLUMNS = (
    "service_id, runner_id, run_id, status, origin, reason, reason_detail, started_at, ended_at,"
    " attempts, first_attempt_at, last_attempt_at, cycle_start, assigned_runner_id"
)


def fill(executions: int) -> None:
    """The service and its old executions, of the kinds and lengths that a fleet has."""
    from django.db import connection

    from scheduler.core.policy import SchedulingPolicy
    from scheduler.db import clock
    from scheduler.intake.heartbeats import Beat, beat
    from scheduler.models import Runner, Service
    from scheduler.services import create_service

    now = clock.now()
    policy = SchedulingPolicy(spread_margin_minutes=0.0, dead_after_seconds=7_200.0)
    service = create_service(SLUG, policy=policy, effective_from=now - timedelta(days=4_000))
    beat(service, *(Beat(runner_id=f"host-{number:03}") for number in range(RUNNERS)))
    runners = list(Runner.objects.filter(service=service).values_list("pk", flat=True))
    first = now - timedelta(days=91) - timedelta(seconds=60 * executions)
    begun = time.perf_counter()
    _insert(service, runners, first, executions)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # The worker was there all along.
    Service.objects.filter(pk=service.pk).update(summarised_until=now)
    print(f"{executions:,} executions stored in {time.perf_counter() - begun:.0f} s", flush=True)


def _insert(service: "Service", runners: list[int], first: datetime, executions: int) -> None:
    from django.db import connection, transaction

    places = ", ".join(["%s"] * _COLUMNS.count(",")) + ", %s"
    statement = f"INSERT INTO scheduler_execution ({_COLUMNS}) VALUES ({places})"
    rows = _rows(service, runners, first, executions)
    while chunk := [row for _, row in zip(range(20_000), rows, strict=False)]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, chunk)


def _rows(
    service: "Service", runners: list[int], first: datetime, executions: int
) -> "Iterator[tuple[Any, ...]]":
    from django.db import connection

    random = Random(4)
    adapted = connection.ops.adapt_datetimefield_value
    for number in range(executions):
        at = first + timedelta(seconds=60 * number)
        is_blocked = random.random() < BLOCKED_SHARE
        end = at if is_blocked else at + timedelta(seconds=random.uniform(0.1, 40.0))
        start = adapted(at)
        yield (
            service.pk,
            random.choice(runners),
            str(UUID(int=random.getrandbits(128))),
            "blocked" if is_blocked else "completed",
            "claimed",
            "late_start" if is_blocked else "",
            "",
            start,
            adapted(end),
            1,
            start,
            start,
            start,
            "",
        )


def claims() -> None:
    """The claiming process: writes the seconds of its claims, and when they began, until its input
    ends."""
    import select

    import django

    django.setup()
    from scheduler.intake.claims import claim, finish
    from scheduler.services import get_service

    service, number = get_service(SLUG), 0
    taken: list[tuple[float, float]] = []
    while not select.select([sys.stdin], [], [], REST_SECONDS)[0]:
        number += 1
        begun = time.perf_counter()
        result = claim(service, f"host-{number % RUNNERS:03}")
        taken.append((time.time(), time.perf_counter() - begun))
        if result.execution is not None:
            finish(service, result.execution.run_id)
    print(json.dumps(taken))


def measure(arguments: argparse.Namespace) -> bool:
    """Whether the bound held on this database."""
    from django.core.management import call_command

    fill(arguments.executions)
    claimer = subprocess.Popen(
        [sys.executable, "-m", "bench.prune", CLAIMS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(ALONE_SECONDS)
    begun_at = time.time()
    call_command("prune")
    ended_at = time.time()
    told, _ = claimer.communicate()
    taken = json.loads(told)
    alone = [
        seconds
        for at, seconds in taken
        if begun_at - ALONE_SECONDS + WARM_UP_SECONDS < at < begun_at
    ]
    beside = [seconds for at, seconds in taken if begun_at <= at <= ended_at]
    left = _old_executions()
    print(f"pruned in {ended_at - begun_at:.0f} s; {left:,} old executions are left")
    return _is_held(alone, beside) and not left


def _old_executions() -> int:
    from scheduler.db import clock
    from scheduler.models import Execution

    return Execution.objects.filter(started_at__lt=clock.now() - timedelta(days=90)).count()


def _is_held(alone: list[float], beside: list[float]) -> bool:
    median, slowest = statistics.median(alone), max(beside)
    ratio = slowest / median
    print(
        f"without: {len(alone):,} claims, median {1e3 * median:.2f} ms, "
        f"slowest {1e3 * max(alone):.2f} ms"
    )
    print(
        f"during:  {len(beside):,} claims, median {1e3 * statistics.median(beside):.2f} ms, "
        f"99 % within {1e3 * statistics.quantiles(beside, n=100)[98]:.2f} ms, "
        f"slowest {1e3 * slowest:.2f} ms"
    )
    print(f"slowest during / median without: {ratio:.1f} (at most {RATIO_AT_MOST:.0f})")
    return ratio <= RATIO_AT_MOST


def main() -> int:
    if sys.argv[1:] == [CLAIMS]:
        claims()
        return 0
    parser = argparse.ArgumentParser(prog="python -m bench.prune", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    return databases.run("bench.prune", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

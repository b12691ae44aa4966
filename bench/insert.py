"""How fast reported executions are stored beside a bare driver: `python -m bench.insert`.

1 million ended executions go through `report()` in batches of 1,000. By turns, 50 batches a turn,
the very same rows go into the same table for a twin of the service, by the bare driver's
`executemany` in the same batches. Compared by ratio; ends with status 1 when `report()` is slower
than 40 % of the driver.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING
from uuid import UUID

from bench import bare, databases

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.intake.reported_types import ExecutionReport
    from scheduler.models import Service

EXECUTIONS = 1_000_000
BATCH = 1_000
A_TURN = 50
RUNNERS = 1_000
PART_AT_LEAST = 0.4


def reports(number: int, *, until: datetime) -> "Iterator[ExecutionReport]":
    """So many ended executions of runners that take turns, one every 20 s; 8 % are blocked."""
    from scheduler.core.types import AtomicServiceExecutionStatus as Status
    from scheduler.intake.reported_types import ExecutionReport

    chance = random.Random(7)
    before = ""
    for place in range(number):
        at = until - timedelta(seconds=20 * (number - place))
        run_id = str(UUID(int=chance.getrandbits(128), version=4))
        is_blocked = bool(before) and chance.random() < 0.08
        yield ExecutionReport(
            run_id=run_id,
            runner_id=runner_id(place % RUNNERS),
            status=Status.BLOCKED if is_blocked else Status.COMPLETED,
            started_at=at,
            ended_at=at if is_blocked else at + timedelta(seconds=chance.uniform(1, 19)),
            reason=f"prior_running:{before} runner:{runner_id(0)}" if is_blocked else "",
        )
        before = run_id


def runner_id(number: int) -> str:
    return f"host-{number:04}:{number + 100}"


def measure(arguments: argparse.Namespace) -> bool:
    """Whether the bound held on this database."""
    from scheduler.db import clock
    from scheduler.intake.reports import report
    from scheduler.models import Execution, Runner

    now = clock.now()
    service, twin = (_service(slug, now) for slug in ("reported", "twin"))
    Runner.objects.bulk_create(
        Runner(service=each, runner_id=runner_id(number), first_seen_at=now - timedelta(days=4_000))
        for each in (service, twin)
        for number in range(RUNNERS)
    )
    ours = theirs = 0.0
    twin_keys = _runner_keys(twin)
    twin_of = {key: twin_keys[name] for name, key in _runner_keys(service).items()}
    told = batched(reports(arguments.executions, until=now), BATCH * A_TURN)
    for some in told:
        last = Execution.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        begun = time.perf_counter()
        for batch in batched(some, BATCH):
            report(service, executions=batch)
        ours += time.perf_counter() - begun
        stored = bare.rows_after(Execution, last)
        rows = [(twin.pk, twin_of[key], *rest) for _, key, *rest in stored]
        begun = time.perf_counter()
        with bare.connection() as connection:
            for part in batched(rows, BATCH):
                bare.executemany(connection, Execution, part)
                connection.commit()
        theirs += time.perf_counter() - begun
    number = arguments.executions
    print(f"report() {number / ours:,.0f} rows/s, bare executemany {number / theirs:,.0f} rows/s")
    print(f"{theirs / ours:.0%} of the bare driver's speed (at least {PART_AT_LEAST:.0%})")
    return theirs / ours >= PART_AT_LEAST


def _service(slug: str, now: datetime) -> "Service":
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.models import ServiceMode
    from scheduler.services import create_service

    return create_service(
        slug,
        mode=ServiceMode.OBSERVED,
        policy=SchedulingPolicy(),
        effective_from=now - timedelta(days=4_000),
    )


def _runner_keys(service: "Service") -> dict[str, int]:
    from scheduler.models import Runner

    return dict(Runner.objects.filter(service=service).values_list("runner_id", "pk"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.insert", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    return databases.run("bench.insert", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

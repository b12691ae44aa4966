"""What a refresh of the live page costs the server: `python -m bench.live`.

100,000 executions are stored; fleets of 10, 100 and 1,000 runners are alive. The fragment, full and
unchanged, is asked for turn by turn with a null view that has a session, on the same server and the
same connection, and compared by ratio. Ends with status 1 when a bound is missed.
"""

import gzip
import re
import statistics
import sys
from datetime import timedelta
from uuid import UUID

from bench.server import Visitor, own_data, serving

FLEETS = (10, 100, 1_000)
EXECUTIONS = 100_000
ROUNDS = 60
FULL_AT_MOST = 120.0
UNCHANGED_AT_MOST = 3.0
HTMX = {"HX-Request": "true"}


def fill(slug: str, runner_count: int, executions: int) -> None:
    """A service whose runners stay alive for the benchmark and whose history is long."""
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.db import clock
    from scheduler.intake.heartbeats import Beat, beat
    from scheduler.models import Execution, Runner
    from scheduler.services import create_service

    now = clock.now()
    # A cycle long enough that a slot seldom ends between two polls: that is a change to draw.
    policy = SchedulingPolicy(
        service_interval_minutes=200.0,
        spread_margin_minutes=0.05,
        dead_after_seconds=7_200.0,
    )
    service = create_service(slug, policy=policy, effective_from=now - timedelta(days=400))
    beat(service, *(Beat(runner_id=f"host-{i:04}:{i + 100}") for i in range(runner_count)))
    runners = list(Runner.objects.filter(service=service))
    first = now - timedelta(minutes=executions)
    # The last hour's runs are drawn, the rest is what makes the table long.
    starts = [first + timedelta(minutes=minute) for minute in range(executions)]
    Execution.objects.bulk_create(
        (
            Execution(
                service=service,
                runner=runners[number % runner_count],
                run_id=str(UUID(int=number + 1)),
                status="completed" if number % 13 else "abandoned",
                origin="claimed",
                reason="" if number % 13 else "exception",
                started_at=at,
                ended_at=at + timedelta(seconds=20),
                first_attempt_at=at,
                last_attempt_at=at,
                cycle_start=policy.cycle_start(at),
            )
            for number, at in enumerate(starts)
        ),
        batch_size=2_000,
    )


def measure(visitor: Visitor, slug: str) -> tuple[dict[str, float], bytes]:
    """Median seconds of the null view, the full fragment and the unchanged one."""
    path = f"/s/{slug}/"
    seconds: dict[str, list[float]] = {"null": [], "full": [], "unchanged": []}
    body = b""
    for _ in range(ROUNDS):
        null = visitor.get("/null/")
        full = visitor.get(path, **HTMX)
        body = full.body
        token = version_token(body)
        unchanged = visitor.get(f"{path}?known={token}", **HTMX)
        if (null.status, full.status, unchanged.status) != (200, 200, 204):
            continue  # a slot ended in between: the poll was answered in full, and rightly so
        for name, answer in (("null", null), ("full", full), ("unchanged", unchanged)):
            seconds[name].append(answer.seconds)
    if len(seconds["null"]) < ROUNDS // 2:
        raise SystemExit(
            "Half of the rounds were disturbed: the fleet changed under the benchmark."
        )
    return {name: statistics.median(taken) for name, taken in seconds.items()}, body


def version_token(body: bytes) -> str:
    """What the fragment sends back with its next poll."""
    found = re.search(rb'name="known"\s+value="([^"]*)"', body)
    if found is None:
        raise SystemExit("The fragment carries no version token.")
    return found[1].decode()


def main() -> int:
    missed = 0
    with own_data():
        for count in FLEETS:
            fill(f"fleet-{count}", count, EXECUTIONS if count == FLEETS[-1] else 1_000)
        with serving() as visitor:
            for _ in range(20):
                visitor.get("/null/")
            print("runners  null ms  full ms  × null  unchanged ms  × null  fragment kB (gzip)")
            for count in FLEETS:
                taken, body = measure(visitor, f"fleet-{count}")
                full, same = taken["full"] / taken["null"], taken["unchanged"] / taken["null"]
                missed += full > FULL_AT_MOST or same > UNCHANGED_AT_MOST
                times = {name: 1e3 * each for name, each in taken.items()}
                print(
                    f"{count:7,}  {times['null']:7.2f}  {times['full']:7.2f}  {full:6.1f}"
                    f"  {times['unchanged']:12.2f}  {same:6.2f}"
                    f"  {len(body) / 1e3:11.0f} ({len(gzip.compress(body)) / 1e3:.0f})"
                )
    print(f"bounds: full ≤ {FULL_AT_MOST:.0f} × null, unchanged ≤ {UNCHANGED_AT_MOST:.0f} × null:")
    print("missed" if missed else "held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a refresh of the live page costs the server: `python -m bench.live`.

100,000 executions are stored, 200 of them in the present cycle; fleets of 10, 100 and 1,000 runners
are alive. The fragment (of who asks first after a change, of who asks next, an unchanged one) is
asked for turn by turn with a null view that has a session, on the same server and the same
connection, and compared by ratio. Ends with status 1 when a bound is missed.
"""

import gzip
import re
import statistics
import sys
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from bench.server import NULL, Visitor, own_data, serving

FLEETS = (10, 100, 1_000)
EXECUTIONS = 100_000
RUNS_IN_CYCLE = 200
ROUNDS = 60
# By runners, where it is bounded.
FIRST_AT_MOST = {10: 5.0, 1_000: 12.0}
NEXT_AT_MOST = 4.0
UNCHANGED_AT_MOST = 1.5
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
    start = policy.cycle_start(now)
    apart = (now - start) / (RUNS_IN_CYCLE + 1)
    # Those of the cycle are drawn, the rest is what makes the table long.
    starts = [start - timedelta(minutes=minute) for minute in range(1, executions)]
    starts += [start + number * apart for number in range(1, RUNS_IN_CYCLE + 1)]
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
                ended_at=min(at + timedelta(seconds=20), now),
                first_attempt_at=at,
                last_attempt_at=at,
                cycle_start=policy.cycle_start(at),
            )
            for number, at in enumerate(starts)
        ),
        batch_size=2_000,
    )


def measure(visitor: Visitor, slug: str) -> tuple[dict[str, float], bytes]:
    """Median seconds of the null view, the first and the next fragment and the unchanged one."""
    from scheduler.models import Service

    path, service = f"/s/{slug}/", Service.objects.get(slug=slug)
    seconds: dict[str, list[float]] = {"null": [], "first": [], "next": [], "unchanged": []}
    body = b""
    for _ in range(ROUNDS):
        service.touch()
        null = visitor.get(NULL)
        first, following = visitor.get(path, **HTMX), visitor.get(path, **HTMX)
        body = first.body
        unchanged = visitor.get(f"{path}?known={version_token(body)}", **HTMX)
        if unchanged.status != HTTPStatus.NO_CONTENT or following.body != body:
            continue  # a slot ended in between: the poll was answered in full, and rightly so
        answers = (null, first, following, unchanged)
        for name, answer in zip(seconds, answers, strict=True):
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
            visitor.warm_up()
            print("runners  null ms  first × null  next × null  unchanged × null  kB (gzip)")
            for count in FLEETS:
                taken, body = measure(visitor, f"fleet-{count}")
                null = taken["null"]
                first, following, same = (
                    taken[name] / null for name in ("first", "next", "unchanged")
                )
                missed += (
                    first > FIRST_AT_MOST.get(count, first)
                    or following > NEXT_AT_MOST
                    or same > UNCHANGED_AT_MOST
                )
                print(
                    f"{count:7,}  {1e3 * null:7.2f}  {first:12.1f}  {following:11.1f}"
                    f"  {same:16.2f}  {len(body) / 1e3:.0f} ({len(gzip.compress(body)) / 1e3:.0f})"
                )
    bounds = ", ".join(f"{most:.0f} at {count:,}" for count, most in FIRST_AT_MOST.items())
    print(
        f"bounds: first ≤ {bounds} runners, next ≤ {NEXT_AT_MOST:.0f},"
        f" unchanged ≤ {UNCHANGED_AT_MOST} × null:"
    )
    print("missed" if missed else "held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

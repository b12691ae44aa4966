"""What a claim costs in a small and in a large fleet: `python -m bench.claims`.

One runner of 10 and one of 10,000 claim turn by turn, each in its own service of one database, and
are compared by ratio. Ends with status 1 when the large fleet's claim costs more than twice the
small one's. `DATABASE_URL` names another database than SQLite; it must be empty.
"""

import statistics
import sys
import time
from datetime import timedelta
from itertools import batched

from bench.server import own_data

FLEETS = (10, 10_000)
ROUNDS = 200
RATIO_AT_MOST = 2.0


def measure() -> dict[int, float]:
    """Median seconds of a claim, by the size of its fleet."""
    from django.db import connection

    from scheduler.core.policy import SchedulingPolicy
    from scheduler.db import clock
    from scheduler.door import ITEMS_AT_MOST
    from scheduler.intake.claims import claim
    from scheduler.intake.heartbeats import Beat, beat
    from scheduler.services import create_service

    policy = SchedulingPolicy(spread_margin_minutes=0.0, dead_after_seconds=3_600.0)
    since = clock.now() - timedelta(days=1)
    services = {
        count: create_service(f"fleet-{count}", policy=policy, effective_from=since)
        for count in FLEETS
    }
    for count, service in services.items():
        for some in batched(range(count), ITEMS_AT_MOST):
            beat(service, *(Beat(runner_id=f"runner-{number:05}") for number in some))
    seconds: dict[int, list[float]] = {count: [] for count in FLEETS}
    for _ in range(ROUNDS):
        for count, service in services.items():
            start = time.perf_counter()
            claim(service, f"runner-{count // 2:05}")
            seconds[count].append(time.perf_counter() - start)
    print(f"database: {connection.vendor}")
    return {count: statistics.median(taken) for count, taken in seconds.items()}


def main() -> int:
    with own_data():
        medians = measure()
    small, large = (medians[count] for count in FLEETS)
    for count, median in medians.items():
        print(f"{count:7,} runners: {median * 1e3:6.2f} ms a claim")
    print(f"ratio {large / small:.2f} (bound: ≤ {RATIO_AT_MOST})")
    return 1 if large > RATIO_AT_MOST * small else 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast `manage.py seed_history` is beside a bare driver: `python -m bench.seed`.

The command, all that it does included, writes 1 million executions; then the driver inserts the
very same tuples into the same table, emptied, with the same indexes, the fastest way it has. By
turns, and the best of each is compared by ratio. Ends with status 1 when the command is slower
than 40 % of the driver.
"""

import argparse
import sys
import time

from bench import bare, databases

EXECUTIONS = 1_000_000
RUNNERS = 1_000
SERVICES = 20
ROUNDS = 2
PART_AT_LEAST = 0.4


def measure(arguments: argparse.Namespace) -> bool:
    """Whether the bound held on this database."""
    from django.core.management import call_command

    from scheduler.models import Execution

    ours = theirs = float("inf")
    for number in range(arguments.rounds):
        bare.empty(Execution)
        begun = time.perf_counter()
        call_command(
            "seed_history",
            executions=arguments.executions,
            runners=RUNNERS,
            services=SERVICES,
            prefix=f"round-{number}",
            # Another story, so that none is known from the round before.
            seed=number,
        )
        ours = min(ours, time.perf_counter() - begun)
        rows = bare.rows_after(Execution, 0)
        if len(rows) != arguments.executions:
            raise SystemExit(f"{len(rows):,} rows were written.")
        bare.empty(Execution)
        begun = time.perf_counter()
        with bare.connection() as connection:
            bare.bulk(connection, Execution, rows)
            connection.commit()
        theirs = min(theirs, time.perf_counter() - begun)
    number = arguments.executions
    print(f"seed_history {number / ours:,.0f} rows/s, bare driver {number / theirs:,.0f} rows/s")
    print(f"{theirs / ours:.0%} of the bare driver's speed (at least {PART_AT_LEAST:.0%})")
    return theirs / ours >= PART_AT_LEAST


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.seed", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return databases.run("bench.seed", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

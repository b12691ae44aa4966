"""The data of the history benchmarks: 10 million executions of a seeded fleet, in a few minutes.

`python -m bench.history_data` only loads them, to see how long that takes.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence

from bench import databases

EXECUTIONS = 10_000_000
RUNNERS = 1_000
SERVICES = 20
# So many pages of 4 kB: the indexes that grow by random run ids stay in memory.
_SQLITE_PAGES = 750_000
_RUN_IDS = "execution_once_a_run"


def load(executions: int) -> list[str]:
    """Seed an empty database, and say how long it took; the slugs, the hot service first.

    To be called with Django set up. Indexes are laid when the rows are there, and the planner's
    statistics are fresh afterwards, as in a table that has been served for long.
    """
    from scheduler.db import clock
    from scheduler.simulation.seeding.seed import Order, plan_services, write

    order = Order(executions=executions, runners=RUNNERS, services=SERVICES, now=clock.now())
    begun = time.perf_counter()
    with _settings_of_a_load(), _without_indexes():
        written, told = 0, 0
        for number in write(plan_services(order)):
            written += number
            if written - told >= executions // 10:
                told = written
                _say(begun, f"{written:,} executions written")
    _say(begun, "indexes laid")
    _analyse()
    _say(begun, f"{executions:,} executions of {SERVICES} services ready")
    return order.slugs


@contextlib.contextmanager
def _settings_of_a_load() -> Iterator[None]:
    """Nobody else is there, and a load that is cut short is made anew."""
    from django.db import connection

    settings: dict[str, Sequence[str]] = {
        "postgresql": ("SET synchronous_commit = off", "SET maintenance_work_mem = '1GB'"),
        "sqlite": (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = {_SQLITE_PAGES}",
            "PRAGMA temp_store = MEMORY",
            "PRAGMA threads = 2",
        ),
    }
    with connection.cursor() as cursor:
        for each in settings[connection.vendor]:
            cursor.execute(each)
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
            cursor.execute("RESET maintenance_work_mem")
    else:
        # A new connection has the settings of every other one.
        connection.close()


@contextlib.contextmanager
def _without_indexes() -> Iterator[None]:
    """The secondary indexes of executions come back at the end.

    PostgreSQL's of run ids, too; in SQLite it is a part of the table.
    """
    from django.db import connection

    from scheduler.models import Execution

    indexes = Execution._meta.indexes
    constraints = [
        each
        for each in Execution._meta.constraints
        if each.name == _RUN_IDS and connection.vendor == "postgresql"
    ]
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(Execution, index)
        for constraint in constraints:
            editor.remove_constraint(Execution, constraint)
    yield
    for index in indexes:
        with connection.schema_editor() as editor:
            editor.add_index(Execution, index)
    for constraint in constraints:
        with connection.schema_editor() as editor:
            editor.add_constraint(Execution, constraint)


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _say(begun: float, what: str) -> None:
    print(f"{time.perf_counter() - begun:5.0f} s  {what}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.history_data", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)

    def measure(arguments: argparse.Namespace) -> bool:
        load(arguments.executions)
        return True

    return databases.run("bench.history_data", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

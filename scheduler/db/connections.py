"""When the database is away: what long-lived processes do about their connections."""

from collections.abc import Iterator
from contextlib import contextmanager

import django.db

from scheduler.db.outages import one_line
from scheduler.errors import Unavailable

NAME = "Slotwatch's database"


@contextmanager
def database_expected() -> Iterator[None]:
    """Within it, an error of the database becomes `Unavailable`, and the connection is given up."""
    try:
        yield
    except django.db.Error as error:
        hang_up()
        raise Unavailable(NAME, one_line(error)) from error


def hang_up() -> None:
    """Let the next question make a new connection: one that broke stays broken.

    The pool of PostgreSQL's stays: other threads may be using it, and it tries again by itself
    (slotwatch.databases says how soon).
    """
    django.db.connection.close()


def require_database() -> None:
    """Raises Unavailable where the database does not answer."""
    with database_expected(), django.db.connection.cursor() as cursor:
        cursor.execute("SELECT 1")

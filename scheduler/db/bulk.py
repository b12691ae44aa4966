"""Rows into a table past the models, as fast as the driver can: COPY on PostgreSQL, executemany on
SQLite, both through Django's connection and in its transaction.

Nothing is validated or filled in here: the database's own constraints hold, and the caller gives
every column that may not be NULL.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model

type Row = Sequence[Any]


def writer() -> Callable[[datetime], object]:
    """What turns a timezone-aware instant into what a row has in its place."""
    return _text if connection.vendor == "sqlite" else _itself


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows that give these columns, in this order, with instants as `writer` gives them.

    Raises:
        django.db.Error: one breaks a rule of the table; in a transaction, none is there then.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608
                list(rows),
            )
            return
        with (
            # COPY goes past Django's cursor, so psycopg's errors are made Django's here.
            connection.wrap_database_errors,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)


def _text(at: datetime) -> str:
    # As Django's backend stores it, in a fifth of the time.
    return str(at.astimezone(UTC).replace(tzinfo=None))


def _itself(at: datetime) -> datetime:
    return at

"""What a benchmark compares with: a driver without Django, at its fastest, on the same database."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from django.db.models import Model

type Rows = Sequence[Sequence[object]]


@contextlib.contextmanager
def connection() -> Iterator[Any]:
    """A connection of the driver itself to the benchmark's database, set as Django sets its own."""
    from django.db import connection as ours

    if ours.vendor == "sqlite":
        bare: Any = sqlite3.connect(ours.settings_dict["NAME"])
        bare.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"
        )
    else:
        bare = psycopg.connect(os.environ["DATABASE_URL"])
        bare.execute("SET TIME ZONE 'UTC'")
        bare.commit()
    with contextlib.closing(bare):
        yield bare


def executemany(bare: Any, model: "type[Model]", rows: Rows) -> None:
    """The rows by `executemany`; not committed."""
    mark = "?" if isinstance(bare, sqlite3.Connection) else "%s"
    places = ", ".join([mark] * len(rows[0]))
    table, names = _table(model)
    bare.cursor().executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


def bulk(bare: Any, model: "type[Model]", rows: Rows) -> None:
    """The rows by the driver's fastest way, COPY or executemany in SQLite; not committed."""
    if isinstance(bare, sqlite3.Connection):
        executemany(bare, model, rows)
        return
    table, names = _table(model)
    with bare.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def rows_after(model: "type[Model]", key: int) -> list[tuple[Any, ...]]:
    """The rows with greater keys than this, as the driver gives them, by key."""
    table, names = _table(model)
    with connection() as bare:
        return list(
            bare.execute(f"SELECT {names} FROM {table} WHERE id > {key} ORDER BY id").fetchall()
        )


def empty(model: "type[Model]") -> None:
    """Without any row, and as small as it was when it was made."""
    table, _ = _table(model)
    with connection() as bare:
        if isinstance(bare, sqlite3.Connection):
            bare.execute(f"DELETE FROM {table}")
            bare.commit()
            bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            bare.execute(f"TRUNCATE {table}")
            bare.commit()


def _table(model: "type[Model]") -> tuple[str, str]:
    """Its name, and the columns that are written."""
    names = (
        field.column
        for field in model._meta.concrete_fields
        if field.column and not field.primary_key and not field.generated
    )
    return model._meta.db_table, ", ".join(names)

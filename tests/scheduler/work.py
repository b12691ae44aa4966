"""How much work a database does, told by itself: the machine's speed has no part in it."""

from collections.abc import Callable

from django.db import connection


def work_of(action: Callable[[], object]) -> int:
    """How many rows PostgreSQL reads of the executions, or how many steps SQLite takes in all."""
    if connection.vendor == "postgresql":
        before = _rows_read()
        action()
        return _rows_read() - before
    ticks: list[None] = []
    connection.connection.set_progress_handler(lambda: ticks.append(None), 10)
    try:
        action()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(ticks)


def _rows_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'scheduler_execution'"
        )
        return int(cursor.fetchone()[0])

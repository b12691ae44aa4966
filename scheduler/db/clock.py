"""The one clock: the database's. No other module asks what time it is."""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The present instant, timezone-aware UTC, as the database sees it.

    PostgreSQL is asked (and not its transaction's start: a claim that waited for the lock decides
    on the time it got it). SQLite lives in this process, so its clock is the process's own.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            instant: datetime = cursor.fetchone()[0]
        return instant.astimezone(UTC)
    return datetime.now(UTC)

"""The cache that all processes share, in the database: what limits on attempts count with."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone


class SharedCache(DatabaseCache):
    """Django's own, whose `add` is a lock, and which never forgets what has not expired."""

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        """Whether this caller, of all processes, put the value there.

        Django's overwrites a row that has expired, which two processes may do at once. Gone before,
        it is the primary key that lets one of their inserts through.
        """
        self._delete_expired(self.make_and_validate_key(key, version=version))
        return super().add(key, value, timeout, version)

    def _delete_expired(self, *keys: str) -> None:
        """The rows with these keys, or all; those that are over."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        name = connection.ops.quote_name
        table: str = self._table  # type: ignore[attr-defined]  # the stubs leave it out
        sql = f"DELETE FROM {name(table)} WHERE {name('expires')} < %s"  # noqa: S608
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            if keys:
                cursor.execute(f"{sql} AND {name('cache_key')} = %s", [now, *keys])
            else:
                cursor.execute(sql, [now])

    def _cull(self, db: str, cursor: Any, now: Any, num: int) -> None:
        """Django's goes on with rows that hold: a flood of names would wash away the counts."""
        self._delete_expired()

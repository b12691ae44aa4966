"""The service lock: one writer at a time for each service."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from scheduler import door
from scheduler.db import clock
from scheduler.models import Service


@contextmanager
def service_lock(service: Service, now: datetime | None) -> Iterator[tuple[Service, datetime]]:
    """Hold the service's row until the end of a transaction; yield it fresh, and the instant.

    Every write about a service goes through here, so what a writer reads stays true until it
    commits. On SQLite the immediate transaction is the lock, for all services at once. The clock is
    read after the lock is held: two writers never see time run backwards because of waiting.

    Raises:
        Service.DoesNotExist: it was deleted; its rows may be on their way out still.
        Unacceptable: ``now`` is no instant with a zone.
    """
    if now is not None:
        now = door.planned("now", now)
    with write_lock():
        fresh = Service.objects.known().select_for_update().get(pk=service.pk)
        yield fresh, clock.now() if now is None else now


@contextmanager
def write_lock() -> Iterator[None]:
    """A transaction that locks no service; on SQLite it waits in the same line."""
    with _queue(), transaction.atomic():
        yield


@contextmanager
def _queue() -> Iterator[None]:
    """Stand in line for SQLite's one write lock.

    SQLite itself has waiters sleep and try again, so that in a crowd of a hundred some never get
    it within any timeout. The system's file lock wakes them in order, across threads and processes.
    """
    # Within a transaction its turn has come already: the line would wait for itself.
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    path = f"{connection.settings_dict['NAME']}-lock"
    # As private as the database: who may lock it could keep everybody waiting.
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600)) as line:  # noqa: PTH123
        fcntl.flock(line, fcntl.LOCK_EX)
        yield


def write_back() -> None:
    """Have SQLite move what was committed to its place in the file, after one's own transaction.

    Otherwise it does so at some writer's commit, every thousand pages, and all the others wait.
    Who writes much asks for it in between, so that those who write little never come to it.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")

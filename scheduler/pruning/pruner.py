"""Removes what a service need not keep any longer, batch by batch, beside everything that goes on.

A batch is one short transaction. The first one of a round marks it in ``Service.pruned_until``: of
the cycles that begin before, the summaries are the last word (`scheduler.cycles.summaries`), and no
reader sees a hole that is not marked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter

from django.db import connection, transaction
from django.db.models import Max

from scheduler.cycles.backlog import owed_since
from scheduler.db import clock
from scheduler.db.service_lock import service_lock, write_back
from scheduler.models import Execution, Service
from scheduler.pruning.beats import BeatPruning
from scheduler.pruning.prunable import Prunable, Table, presences, prunables
from scheduler.retention.limits import Horizon, Retention, horizon, start_of_newest

# A batch has as many rows as are deleted in about so many seconds, between these bounds.
BATCH_SECONDS = 0.005
FEWEST, MOST = 20, 500
FIRST_SIZE = 5 * FEWEST
# Where everybody waits for the commit: SQLite writes each page that a row's indexes touch.
MOST_ON_SQLITE = 100
# When nothing is due, so long nobody looks again.
REST = timedelta(minutes=1)
# To find the oldest execution that is kept by number takes one look at each of them. So it is
# looked for anew only when one in a hundred of them may be another.
ANEW_AFTER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """One batch: how many rows went, and of which table (None: one only had to look).

    ``is_done``: no more is due now. ``waits_for``: until when more would be too old, were its
    cycles summed up.
    """

    table: Table | None = None
    rows: int = 0
    is_done: bool = False
    waits_for: datetime | None = None


@dataclass(slots=True, kw_only=True)
class _Memory:
    """How far the pruning of one service is; where it is lost, one looks from the beginning."""

    retention: Retention
    size: int = FIRST_SIZE
    rests_until: datetime | None = None
    waits_for: datetime | None = None
    # What is too old is settled once a round, so that only its first batch has to mark it.
    horizon: Horizon | None = None
    # By table, up to where this round has removed all that may go.
    reached: dict[Table, datetime] = field(default_factory=dict)
    # The presences that ended before then were looked at: what is left of them is kept.
    presences_from: datetime | None = None
    oldest_kept: datetime | None = None
    # The newest execution of all when `oldest_kept` was found.
    newest_key: int | None = None
    beats: BeatPruning = field(default_factory=BeatPruning)


class Pruner:
    """Prunes batch by batch, and remembers how far it is, so that an idle call costs nothing.

    Any number of them may work on the same services.
    """

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}

    def prune(
        self, service: Service, *, now: datetime | None = None, at_most: int = MOST
    ) -> Pruned:
        """Remove one batch of what the service need not keep: up to so many rows of one table.

        Args:
            service: as it is stored at present; a change of what it keeps is seen at once. What
                an archived one has is kept.
        """
        if service.archived_at is not None or service.deleted_at is not None:
            return Pruned(is_done=True)
        instant = clock.now() if now is None else now
        memory = self._memory(service)
        # Its second half: after a jump back of the clock, the rest would not end for long.
        if memory.rests_until and instant < memory.rests_until <= instant + REST:
            return Pruned(is_done=True, waits_for=memory.waits_for)
        try:
            return self._prune(service, memory, instant, at_most)
        except Service.DoesNotExist:
            # It was deleted, and everything with it.
            self._memories.pop(service.pk, None)
            return Pruned(is_done=True)

    def _memory(self, service: Service) -> _Memory:
        retention = Retention.of(service)
        memory = self._memories.get(service.pk)
        if memory is None or memory.retention != retention:
            memory = self._memories[service.pk] = _Memory(retention=retention)
        return memory

    def _prune(self, service: Service, memory: _Memory, now: datetime, at_most: int) -> Pruned:
        if memory.horizon is None:
            # Anew: what may go depends on what was summed up meanwhile.
            service = Service.objects.known().get(pk=service.pk)
            memory.reached.clear()
            memory.horizon = horizon(
                service, now, _oldest_kept(service, memory), owed_since=owed_since(service)
            )
        current = memory.horizon
        for prunable in prunables(service, current):
            number = _oldest_gone(service, memory, prunable, at_most)
            if number:
                return Pruned(table=prunable.table, rows=number)
        if (batch := _lives_gone(service, memory, now, at_most)) is not None:
            return batch
        memory.horizon = None
        memory.rests_until, memory.waits_for = now + REST, current.waits_for
        return Pruned(is_done=True, waits_for=current.waits_for)


def _oldest_kept(service: Service, memory: _Memory) -> datetime | None:
    number = service.keep_executions
    if number is None:
        return None
    newest_key = Execution.objects.aggregate(key=Max("pk"))["key"] or 0
    # Not all that came since are the service's: at most so many are.
    may_have_come = newest_key - (memory.newest_key or 0)
    if memory.newest_key is None or may_have_come >= max(1, number // ANEW_AFTER):
        memory.newest_key = newest_key
        memory.oldest_kept = start_of_newest(service, number)
    return memory.oldest_kept


def _oldest_gone(service: Service, memory: _Memory, prunable: Prunable, at_most: int) -> int:
    """Remove the oldest rows that may go; how many (0: there were none)."""
    places = prunable.oldest(min(memory.size, at_most), memory.reached.get(prunable.table))
    if not places:
        return 0
    number = _removed(service, memory, lambda: prunable.delete(key for _, key in places))
    # Those that were changed meanwhile are looked for again by the next round.
    memory.reached[prunable.table] = places[-1][0]
    # All of these were changed meanwhile: on to those behind them.
    return number or _oldest_gone(service, memory, prunable, at_most)


def _lives_gone(service: Service, memory: _Memory, now: datetime, at_most: int) -> Pruned | None:
    """One batch of heartbeats and presences; None where none is due."""
    until = memory.horizon.until if memory.horizon else None
    beats, size = memory.beats, min(memory.size, at_most)
    if not service.is_coordinated:
        batch = beats.next_batch(service, until, now, size)
        if batch is not None:
            if batch.is_empty:
                return Pruned()
            return Pruned(table=Table.HEARTBEATS, rows=_removed(service, memory, batch.remove))
        # A late beat is laid together with those that are left, so that they go first.
        until = beats.gone_until
    if until is None:
        return None
    prunable = presences(service, until)
    places = prunable.oldest(size, memory.presences_from)
    if not places:
        memory.presences_from = until - REST
        return None
    memory.presences_from = places[-1][0]
    number = _removed(service, memory, lambda: prunable.delete(key for _, key in places))
    # Of a run that began back then, these lives told how long it could go on.
    if number:
        service.touch()
    return Pruned(table=Table.PRESENCES, rows=number)


def _removed(service: Service, memory: _Memory, remove: Callable[[], int]) -> int:
    """Remove rows in one short transaction; how many."""
    until = memory.horizon.until if memory.horizon else None
    with _transaction(service, until):
        begun = perf_counter()
        number = remove()
        # Without waiting and without the commit, which fewer rows would not make faster.
        seconds = perf_counter() - begun
    write_back()
    memory.size = next_size(memory.size, seconds)
    return number


def next_size(size: int, seconds: float) -> int:
    """How many rows the next batch has, where one of ``size`` took so long."""
    if seconds > BATCH_SECONDS:
        return max(FEWEST, size // 2)
    if seconds >= BATCH_SECONDS / 2:
        return size
    return min(MOST_ON_SQLITE if connection.vendor == "sqlite" else MOST, size * 2)


@contextmanager
def _transaction(service: Service, until: datetime | None) -> Iterator[None]:
    """A transaction in which what is over before ``until`` may be removed.

    The rows that go are over, and who is to start reads none of them. So a claim need not wait: in
    a coordinated service on PostgreSQL, the service is locked only to mark the horizon. Who changes
    a row that is over while it goes is an acknowledgement; one of the two waits for the other's
    row, and the DELETE asks again whether it may go. A report, however, reads a row, merges and
    writes it: in an observed service a row must not go in between, and nobody waits to start.
    SQLite has one writer anyway, and the lock is the line in which writers wait.
    """
    is_marked = until is None or (
        service.pruned_until is not None and service.pruned_until >= until
    )
    if is_marked and service.is_coordinated and connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    with service_lock(service, None) as (held, _):
        if until is not None and (held.pruned_until is None or held.pruned_until < until):
            held.pruned_until = until
            held.save(update_fields=("pruned_until",))
        yield
    # So that the next batch knows, without reading it again.
    service.pruned_until = held.pruned_until

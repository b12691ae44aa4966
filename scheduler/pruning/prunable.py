"""Which rows may go once they are too old: each kind as ranges of its indexes, oldest first.

What is kept for ever (what runs, what was acknowledged) is outside of these ranges, so that no
batch has to look past more and more of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from scheduler.core.instants import MICROSECOND
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import CycleSummary, DerivedBlock, Execution, Presence, Service, Watch
from scheduler.retention.limits import Horizon
from scheduler.words.numbers import count

_ENDED = (Status.COMPLETED, Status.ABANDONED, Status.BLOCKED)


class Table(StrEnum):
    """What is pruned, by the words that people read."""

    EXECUTIONS = "executions"
    DERIVED_BLOCKS = "derived blocks"
    PRESENCES = "presences"
    HEARTBEATS = "heartbeats"
    WATCHES = "watches"
    SUMMARIES = "cycle summaries"

    def counted(self, number: int) -> str:
        """``1 execution``, ``1,000 executions``."""
        return count(number, _SINGULAR[self], self.value)


_SINGULAR = {
    Table.EXECUTIONS: "execution",
    Table.DERIVED_BLOCKS: "derived block",
    Table.PRESENCES: "presence",
    Table.HEARTBEATS: "heartbeat",
    Table.WATCHES: "watch",
    Table.SUMMARIES: "cycle summary",
}


# The instant by which a row is ordered, and its primary key.
type Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """The rows of one table that may go: ``rows`` are all of them, ``parts`` the same as ranges
    of one index each, in the order of ``by``."""

    table: Table
    by: str
    rows: QuerySet[Any]
    parts: Sequence[QuerySet[Any]]

    def oldest(self, number: int, since: datetime | None) -> list[Place]:
        """So many of the oldest, from ``since`` on."""
        places = (self._oldest_of(part, number, since) for part in self.parts)
        return list(merge(*places))[:number]

    def _oldest_of(
        self, part: QuerySet[Any], number: int, since: datetime | None
    ) -> Iterable[Place]:
        if since is not None:
            part = part.filter(**{f"{self.by}__gte": since})
        return part.order_by(self.by, "pk").values_list(self.by, "pk")[:number]

    def delete(self, keys: Iterable[int]) -> int:
        """Remove those of the rows that may still go; how many."""
        number, _ = self.rows.filter(pk__in=list(keys)).delete()
        return number


def prunables(service: Service, too_old: Horizon) -> list[Prunable]:
    """What may go of everything that does not hang together with heartbeats."""
    found: list[Prunable] = []
    if too_old.until is not None:
        found += [
            executions(service, too_old.until),
            _derived_blocks(service, too_old.until),
            _watches(service, too_old.until),
        ]
    if too_old.summaries_until is not None:
        found.append(_summaries(service, too_old.summaries_until))
    return found


def executions(service: Service, until: datetime) -> Prunable:
    """Attempts that were over, repeats and all, before ``until``."""
    over = Execution.objects.filter(
        service=service,
        acknowledgement=None,
        started_at__lt=until,
        ended_at__lt=until,
        last_attempt_at__lt=until,
    )
    return Prunable(
        table=Table.EXECUTIONS,
        by="started_at",
        rows=over.filter(status__in=[status.value for status in _ENDED]),
        # One for each status: a range of execution_by_status in order of starts.
        parts=[over.filter(status=status.value) for status in _ENDED],
    )


def presences(service: Service, until: datetime) -> Prunable:
    """Lifespans that ended before ``until``. Each runner keeps its last one, which says
    when it was heard last, and those who hold the service keep all."""
    later = Presence.objects.filter(
        service=OuterRef("service"),
        runner=OuterRef("runner"),
        started_at__gt=OuterRef("started_at"),
    )
    # A cycle looks back by a microsecond: who left at its start. A seat is freed by a claim only.
    rows = Presence.objects.filter(
        Exists(later), service=service, position=None, expires_at__lt=until - MICROSECOND
    ).exclude(runner__in=holding_runners(service))
    return Prunable(table=Table.PRESENCES, by="expires_at", rows=rows, parts=[rows])


def holding_runners(service: Service) -> list[int]:
    """The primary keys of the runners whose runs go on; what is known of their life is read
    however long they do."""
    running = Execution.objects.filter(service=service, status=Status.RUNNING.value)
    return list(running.order_by().values_list("runner_id", flat=True).distinct())


def _derived_blocks(service: Service, until: datetime) -> Prunable:
    rows = DerivedBlock.objects.filter(
        service=service, acknowledgement=None, started_at__lt=until, ended_at__lt=until
    )
    return Prunable(table=Table.DERIVED_BLOCKS, by="started_at", rows=rows, parts=[rows])


def _watches(service: Service, until: datetime) -> Prunable:
    rows = Watch.objects.filter(service=service, expires_at__lt=until)
    return Prunable(table=Table.WATCHES, by="expires_at", rows=rows, parts=[rows])


def _summaries(service: Service, until: datetime) -> Prunable:
    rows = CycleSummary.objects.filter(service=service, cycle_start__lt=until, cycle_end__lte=until)
    return Prunable(table=Table.SUMMARIES, by="cycle_start", rows=rows, parts=[rows])

"""The newest blocks of a filter, recorded and derived, as light as the blocked audit needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, F, Model, QuerySet, Value, When

from scheduler.core.instants import MICROSECOND
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.orders import Columns
from scheduler.history.pages import streams_of
from scheduler.history.samples import Newest, newest
from scheduler.history.statements import KINDS, Stream, as_instant
from scheduler.models import DerivedBlock, Execution, Service


class Block(NamedTuple):
    """One block in short: a row of the history that is blocked, or a derived one.

    `last_at` is the last instant at which a range of time has it. `runner` is a primary key.
    """

    started_at: datetime
    last_at: datetime
    reason: str
    attempts: int
    runner: int
    is_acknowledged: bool
    is_derived: bool


Blocks = Newest[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeantBlocks:
    """Blocks that are meant, however many; nothing is read yet."""

    executions: QuerySet[Execution]
    derived_blocks: QuerySet[DerivedBlock]


_IS_ACKNOWLEDGED = Case(When(acknowledgement=None, then=Value(0)), default=Value(1))
_COLUMNS: Columns = {
    Execution: (
        *map(F, ("last_attempt_at", "ended_at", "reason", "attempts", "runner_id")),
        _IS_ACKNOWLEDGED,
    ),
    # A derived one belongs where it began, and is no attempt.
    DerivedBlock: (
        *map(F, ("started_at", "started_at", "reason")),
        Value(0),
        F("runner_id"),
        _IS_ACKNOWLEDGED,
    ),
}


def only_blocks(asked: HistoryFilter) -> HistoryFilter:
    return replace(asked, statuses=(Status.BLOCKED,))


def newest_blocks(service: Service, asked: HistoryFilter, *, now: datetime) -> Blocks:
    """The newest blocks that are meant, at most 10,000."""
    read = newest((service,), only_blocks(asked), _COLUMNS, now=now, with_derived=True)
    return read.of(
        Block._make(
            (started_at, _last_at(last, ended), *facts, bool(seen), KINDS[kind] is DerivedBlock)
        )
        for started_at, kind, _, last, ended, *facts, seen in read.rows
    )


def _last_at(last_attempt_at: datetime | str, ended_at: datetime | str) -> datetime:
    """Of two instants as the driver hands them out: most blocks end as they begin."""
    last = as_instant(last_attempt_at)
    # Compared as they come: of most blocks the second instant is never made. Texts sort as times.
    if ended_at <= last_attempt_at:  # type: ignore[operator]
        return last
    # A range of time begins after what ends at its start.
    return max(last, as_instant(ended_at) - MICROSECOND)


def one_block(service: Service, key: int, *, is_derived: bool) -> MeantBlocks:
    """The row of that key, recorded or derived, where the service has it."""
    executions, derived_blocks = Execution.objects.none(), DerivedBlock.objects.none()
    if is_derived:
        derived_blocks = DerivedBlock.objects.filter(service=service, pk=key)
    else:
        executions = Execution.objects.filter(service=service, pk=key)
    return MeantBlocks(executions=executions, derived_blocks=derived_blocks)


def unacknowledged_blocks(service: Service, asked: HistoryFilter, *, now: datetime) -> MeantBlocks:
    """What an acknowledgement of everything that is meant would take."""
    meant = replace(only_blocks(asked), acknowledged=False)
    streams: list[Stream] = []
    # Where acknowledged ones are asked for, nothing is left to acknowledge.
    if asked.acknowledged is not True:
        streams = streams_of((service,), meant, sort=Sort.NEWEST, as_of=now, with_derived=True)
    return MeantBlocks(
        executions=_all_of(streams, Execution.objects.all()),
        derived_blocks=_all_of(streams, DerivedBlock.objects.all()),
    )


def _all_of[M: Model](streams: Sequence[Stream], every: QuerySet[M]) -> QuerySet[M]:
    """The rows of those of the streams that are of this model."""
    keys = [each.rows().values("pk") for each in streams if each.model is every.model]
    if not keys:
        return every.none()
    first, *others = keys
    # Streams are disjoint: with ALL, no row has to be compared with another.
    return every.filter(pk__in=first.union(*others, all=True) if others else first)

"""The newest rows of a filter, as light as charts and totals need them.

At most SAMPLE rows are read, and at most WALKED are looked at for each stream: however large the
history and whatever is asked, the work has a bound. What it left out is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.orders import Columns, Walk, heads
from scheduler.history.pages import streams_of
from scheduler.history.statements import Stream, as_instant, first_of
from scheduler.models import Execution, Service

SAMPLE = 10_000
WALKED = 40_000
# To ask so many streams where enough begins is less work than to read SAMPLE rows of each.
STREAMS_BOUND = range(4, 51)


class SampleRow(NamedTuple):
    """One execution in short. `duration_us` is None while it runs; `runner` and `service` are
    primary keys."""

    started_at: datetime
    duration_us: int | None
    status: Status
    reason: str
    attempts: int
    runner: int
    service: int
    run_id: str


# Without slots: a frozen class that has them can't be made by the name of a kind of it (`Sample`).
@dataclass(frozen=True, kw_only=True)
class Newest[Row]:
    """The newest rows, newest first: all that began at `since` or later; all there are where that
    is None. `found` counts what was found, before those that began with one left out were dropped.
    """

    rows: tuple[Row, ...]
    since: datetime | None
    found: int

    @property
    def is_complete(self) -> bool:
        return self.since is None

    def of[Other](self, rows: Iterable[Other]) -> "Newest[Other]":
        """The same, of the rows that these were made to."""
        return Newest(rows=tuple(rows), since=self.since, found=self.found)


Sample = Newest[SampleRow]


_COLUMNS: Columns = {
    Execution: tuple(
        map(F, ("duration_us", "status", "reason", "attempts", "runner_id", "service_id", "run_id"))
    ),
}


def sample(services: Sequence[Service], asked: HistoryFilter, *, now: datetime) -> Sample:
    """The newest executions that are meant."""
    read = newest(services, asked, _COLUMNS, now=now)
    return read.of(_rows(read.rows))


def newest(
    services: Sequence[Service],
    asked: HistoryFilter,
    columns: Columns,
    *,
    now: datetime,
    with_derived: bool = False,
) -> Newest[tuple[Any, ...]]:
    """The newest rows that are meant, as `heads` has them with these columns; but their starts are
    instants."""
    every = streams_of(services, asked, sort=Sort.NEWEST, as_of=now, with_derived=with_derived)
    enough = _enough_since([stream for stream in every if not stream.is_bounded])
    streams, bounds = [], []
    for stream in every:
        bound = enough or _bound(stream)
        streams.append(stream if bound is None else _since(stream, bound))
        bounds.append(bound)
    walk = Walk(sort=Sort.NEWEST, as_of=now, cursor=None, at_most=SAMPLE + 1)
    rows = [(as_instant(start), *more) for start, *more in heads(streams, walk, columns)]
    found = min(len(rows), SAMPLE)
    since = max((bound for bound in bounds if bound is not None), default=None)
    if len(rows) > SAMPLE:
        # Of those that began with the first one left out, some may be missing.
        left_out, *_ = rows.pop()
        rows = [row for row in rows if row[0] > left_out]
        since = max(since or left_out, rows[-1][0] if rows else now)
    # A stream that was cut says nothing from before, so neither do all of them together.
    if since is not None:
        rows = [row for row in rows if row[0] >= since]
    return Newest(rows=tuple(rows), since=since, found=found)


def _enough_since(streams: Sequence[Stream]) -> datetime | None:
    """An instant since when there are more than SAMPLE rows, where that many would be read of each
    of some streams; None where none is found at once.

    Of those that have their share of SAMPLE and one more, each has it since the start of that one,
    and since the first of these starts all have.
    """
    # Of a stream with more conditions, few of the rows that are walked may be meant.
    if len(streams) not in STREAMS_BOUND or any(stream.others for stream in streams):
        return None
    left = list(streams)
    while left:
        share = SAMPLE // len(left)
        starts = [(each, first_of(each, "started_at", after=share)) for each in left]
        # What is too short for its share leaves it to the others.
        left = [each for each, start in starts if start is not None]
        if len(left) == len(starts):
            return min(as_instant(start) for _, start in starts)
    return None


def _bound(stream: Stream) -> datetime | None:
    """The start of the last row that is looked at; None where all are."""
    if stream.is_bounded or not stream.others:
        # Few, or all that are walked are meant: the LIMIT bounds the work by itself.
        return None
    found = first_of(stream, "started_at", after=WALKED)
    return None if found is None else as_instant(found)


def _since(stream: Stream, bound: datetime) -> Stream:
    return replace(stream, indexed=stream.indexed & Q(started_at__gte=bound))


def _rows(found: Sequence[tuple[Any, ...]]) -> Iterator[SampleRow]:
    statuses = {status.value: status for status in Status}
    for started_at, _kind, _pk, duration, status, *facts in found:
        yield SampleRow._make((started_at, duration, statuses[status], *facts))

"""One page of the history: the rows, and the cursors to what is before and after them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FETCH_RAISE

from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.listed import ListedExecution, listed_executions
from scheduler.history.orders import Cursor, Place, Walk, heads, place_at
from scheduler.history.statements import KINDS, Stream
from scheduler.history.streams import derived_streams, duration_streams, execution_streams, scopes
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Runner, Service

type Row = Execution | DerivedBlock
# A row's kind and primary key.
type Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage[Shown]:
    """Rows in their order. A cursor is None where there is nothing on that side.

    Each row has its runner, service and acknowledgement with it; asking for more raises.
    """

    rows: tuple[Shown, ...]
    next: Cursor | None
    previous: Cursor | None
    as_of: datetime


def history_page(
    services: Sequence[Service],
    asked: HistoryFilter,
    *,
    sort: Sort = Sort.NEWEST,
    cursor: Cursor | None = None,
    limit: int,
    now: datetime,
    with_derived: bool = False,
) -> HistoryPage[Row]:
    """The first rows that are meant, or those on the cursor's side of its row.

    Args:
        now: until when what still runs has run; a cursor goes on with that of its first page.
        with_derived: whether derived blocks are meant too; they have no duration to sort by.
    """

    def read(keys: Sequence[Key]) -> list[Row]:
        rows = _read_rows(keys)
        # Not joined: the plan of the rows stays a walk along one index.
        _relate(rows, services, asked.runners)
        return rows

    walk = _walk(sort, cursor, limit, now)
    streams = streams_of(services, asked, sort=sort, as_of=walk.as_of, with_derived=with_derived)
    return _page_of(streams, walk, read)


def execution_page(
    services: Sequence[Service],
    asked: HistoryFilter,
    *,
    sort: Sort = Sort.NEWEST,
    cursor: Cursor | None = None,
    limit: int,
    now: datetime,
) -> HistoryPage[ListedExecution]:
    """`history_page` of executions alone, as light as a list shows them."""

    def read(keys: Sequence[Key]) -> list[ListedExecution]:
        return listed_executions(services, [pk for _, pk in keys])

    walk = _walk(sort, cursor, limit, now)
    return _page_of(streams_of(services, asked, sort=sort, as_of=walk.as_of), walk, read)


def _walk(sort: Sort, cursor: Cursor | None, limit: int, now: datetime) -> Walk:
    as_of = now if cursor is None else cursor.as_of
    # One more than is shown: whether there is more.
    return Walk(sort=sort, as_of=as_of, cursor=cursor, at_most=limit + 1)


def _page_of[Shown](
    streams: Sequence[Stream], walk: Walk, read: Callable[[Sequence[Key]], list[Shown]]
) -> HistoryPage[Shown]:
    found = heads(streams, walk)
    is_more = len(found) == walk.at_most
    places = [place_at(*each) for each in found[: walk.at_most - 1]]
    is_backwards = walk.cursor is not None and walk.cursor.is_backwards
    # Backwards, the row beside the cursor comes first.
    if is_backwards:
        places.reverse()
    # What was pruned between the two statements leaves the page one row shorter.
    rows = tuple(read([(each.kind, each.pk) for each in places]))

    def beside(place: Place, *, backwards: bool) -> Cursor:
        return Cursor(sort=walk.sort, place=place, as_of=walk.as_of, is_backwards=backwards)

    # Who came backwards came from a row that is the next one.
    has_next = bool(rows) and (is_more or is_backwards)
    has_previous = bool(rows) and (is_more if is_backwards else walk.cursor is not None)
    return HistoryPage(
        rows=rows,
        next=beside(places[-1], backwards=False) if has_next else None,
        previous=beside(places[0], backwards=True) if has_previous else None,
        as_of=walk.as_of,
    )


def streams_of(
    services: Sequence[Service],
    asked: HistoryFilter,
    *,
    sort: Sort,
    as_of: datetime,
    with_derived: bool = False,
) -> list[Stream]:
    """All that is meant, in streams for this order."""
    streams_in = duration_streams if sort.is_by_duration else execution_streams
    streams = []
    for scope in scopes(services, asked):
        streams += streams_in(scope, as_of=as_of)
        if with_derived and not sort.is_by_duration:
            streams += derived_streams(scope)
    return streams


def _read_rows(keys: Sequence[Key]) -> list[Row]:
    """The rows of these kinds and primary keys, in that order, but what is gone."""
    found: dict[Key, Any] = {}
    for kind, model in enumerate(KINDS):
        pks = [pk for each, pk in keys if each == kind]
        if pks:
            # Put in order below. A relation that was forgotten is an error, not a query for each
            # row.
            rows = model.objects.filter(pk__in=pks).order_by().fetch_mode(FETCH_RAISE)
            found.update(((kind, row.pk), row) for row in rows)
    return [found[key] for key in keys if key in found]


def _relate(rows: Sequence[Row], services: Sequence[Service], known: Sequence[Runner]) -> None:
    """What rows refer to, each of it read once: many are of one runner, few were seen to. The
    services, and the runners that are known, were read before."""
    service_of = {service.pk: service for service in services}
    runners = {runner.pk: runner for runner in known}
    unknown = {row.runner_id for row in rows} - runners.keys()
    if unknown:
        wanted = Runner.objects.only("service", "runner_id", "host", "pid")
        runners |= wanted.in_bulk(unknown)
    seen = {row.acknowledgement_id for row in rows if row.acknowledgement_id is not None}
    acknowledgements = Acknowledgement.objects.in_bulk(seen) if seen else {}
    for row in rows:
        row.service, row.runner = service_of[row.service_id], runners[row.runner_id]
        if row.acknowledgement_id is not None:
            row.acknowledgement = acknowledgements[row.acknowledgement_id]

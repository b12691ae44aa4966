"""One page of the history: the rows, and the cursors to what is before and after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FETCH_RAISE

from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.orders import Cursor, Walk, heads, place_of
from scheduler.history.statements import KINDS, Stream
from scheduler.history.streams import derived_streams, duration_streams, execution_streams, scopes
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Runner, Service

type Row = Execution | DerivedBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Rows in their order. A cursor is None where there is nothing on that side.

    Each row has its runner, service and acknowledgement with it; asking for more raises.
    """

    rows: tuple[Row, ...]
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
    unread: Sequence[str] = (),
) -> HistoryPage:
    """The first rows that are meant, or those on the cursor's side of its row.

    Args:
        now: until when what still runs has run; a cursor goes on with that of its first page.
        with_derived: whether derived blocks are meant too; they have no duration to sort by.
        unread: columns of executions that are not needed; to read fifty rows is half of the work.
    """
    as_of = now if cursor is None else cursor.as_of
    # One more than is shown: whether there is more.
    walk = Walk(sort=sort, as_of=as_of, cursor=cursor, at_most=limit + 1)
    streams = streams_of(services, asked, sort=sort, as_of=as_of, with_derived=with_derived)
    places = [(kind, pk) for _, kind, pk in heads(streams, walk)]
    is_more = len(places) > limit
    rows = _read_rows(places[:limit], unread)
    # Not joined: the plan of the rows stays a walk along one index.
    _relate(rows, services, asked.runners)
    is_backwards = cursor is not None and cursor.is_backwards
    # Backwards, the row beside the cursor comes first.
    if is_backwards:
        rows.reverse()

    def beside(row: Row, *, backwards: bool) -> Cursor:
        place = place_of(row, sort, as_of)
        return Cursor(sort=sort, place=place, as_of=as_of, is_backwards=backwards)

    # Who came backwards came from a row that is the next one.
    has_next = bool(rows) and (is_more or is_backwards)
    has_previous = bool(rows) and (is_more if is_backwards else cursor is not None)
    return HistoryPage(
        rows=tuple(rows),
        next=beside(rows[-1], backwards=False) if has_next else None,
        previous=beside(rows[0], backwards=True) if has_previous else None,
        as_of=as_of,
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


def _read_rows(places: Sequence[tuple[int, int]], unread: Sequence[str]) -> list[Row]:
    """The rows of these kinds and primary keys, in that order, but what is gone."""
    found: dict[tuple[int, int], Any] = {}
    for kind, model in enumerate(KINDS):
        keys = [pk for each, pk in places if each == kind]
        if keys:
            # Put in order below. A relation that was forgotten is an error, not a query for each
            # row.
            rows = model.objects.filter(pk__in=keys).order_by().fetch_mode(FETCH_RAISE)
            rows = rows.defer(*unread) if model is Execution else rows
            found.update(((kind, row.pk), row) for row in rows)
    # What was pruned between the two statements leaves the page one row shorter.
    return [found[place] for place in places if place in found]


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

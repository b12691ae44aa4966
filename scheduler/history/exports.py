"""The whole of a filter in the order of the history, batch by batch: what an export writes.

Each stream is walked by itself, a batch a statement, from the last row on; the walks are merged.
Nothing stays open between two batches, neither a transaction nor a cursor of the database: whoever
takes the rows may be slow, or go away. Rows that arrive meanwhile may be in it or not; none is in
it twice, and none that was there and stays is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from itertools import batched, chain
from typing import Any

from django.db.models import Q

from scheduler.history.export_columns import (
    ACKNOWLEDGED_AT,
    ACKNOWLEDGED_BY,
    ACKNOWLEDGEMENT_NOTE,
    COLUMNS,
    NAMES,
    READ,
    RUNNER_ID,
    SERVICE,
    CellKind,
    InstantText,
)
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.orders import Cursor, Walk, heads, place_at
from scheduler.history.pages import streams_of
from scheduler.history.statements import Stream
from scheduler.models import Acknowledgement, Runner, Service

# Rows of one batch, and of all streams at once: few enough to stay small, and many enough that a
# statement costs little.
BATCH = 2_500
HELD_AT_MOST = 10_000
BATCH_AT_LEAST = 20
NAMES_HELD_AT_MOST = 50_000
# What is read before the columns: the key, the kind and the primary key of the row.
_PLACE_CELLS = 3

type Cells = Sequence[Any]
# The cells of one batch, a sequence of them for each of COLUMNS.
type Batch = tuple[Cells, ...]


def export_batches(
    services: Sequence[Service],
    asked: HistoryFilter,
    *,
    sort: Sort = Sort.NEWEST,
    now: datetime,
    with_derived: bool = False,
) -> Iterator[Batch]:
    """All rows that are meant, in their order, up to BATCH at a time; the cells are of `COLUMNS`.

    Args:
        now: until when what still runs has run.
        with_derived: whether derived blocks are meant too; they have no duration to sort by.
    """
    streams = streams_of(services, asked, sort=sort, as_of=now, with_derived=with_derived)
    if sort.is_by_duration:
        streams = _standing_still(streams)
    # Those that are bounded have few rows, whatever is asked for at once.
    long = sum(not stream.is_bounded for stream in streams)
    at_once = max(BATCH_AT_LEAST, min(BATCH, HELD_AT_MOST // max(1, long)))
    walk = Walk(sort=sort, as_of=now, cursor=None, at_most=at_once)
    runs = [chain.from_iterable(_batches(stream, walk)) for stream in streams]
    names = _Names(slugs={service.pk: service.slug for service in services})
    # Rows begin with their place, which no two share: what is behind it is never compared.
    for rows in batched(merge(*runs, reverse=walk.is_downwards), BATCH):
        yield _told(rows, names)


def _batches(stream: Stream, walk: Walk) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of one stream, some at a time, each time from the last one on."""
    while True:
        rows = heads([stream], walk, READ)
        yield rows
        if len(rows) < walk.at_most:
            return
        place = place_at(*rows[-1][:_PLACE_CELLS])
        cursor = Cursor(sort=walk.sort, place=place, as_of=walk.as_of, is_backwards=False)
        walk = replace(walk, cursor=cursor)


def _standing_still(streams: Sequence[Stream]) -> list[Stream]:
    """The same by duration, for longer than one page.

    What still runs has its place by how long it has run so far. When it ends meanwhile it would
    move to another, and be met twice or never: so it keeps this one.
    """
    running = {
        number: list(stream.rows().values_list("pk", flat=True))
        for number, stream in enumerate(streams)
        if stream.is_running
    }
    # They stay in the stream in which they were found, and in no other.
    apart = ~Q(pk__in=[key for keys in running.values() for key in keys])
    return [
        replace(stream, index="", indexed=Q(pk__in=running[number]), others=Q())
        if stream.is_running
        else replace(stream, others=stream.others & apart)
        for number, stream in enumerate(streams)
    ]


@dataclass(slots=True)
class _Names:
    """What rows refer to, by key. Looked up and not joined: the plan stays that of a page."""

    slugs: dict[int, str]
    runners: dict[int, str] = field(default_factory=dict)

    def runner_ids(self, keys: Cells) -> Cells:
        distinct = set(keys)
        if unknown := distinct - self.runners.keys():
            # A long export must not come to hold every runner there ever was.
            if len(self.runners) + len(unknown) > NAMES_HELD_AT_MOST:
                self.runners, unknown = {}, distinct
            found = Runner.objects.filter(pk__in=unknown).values_list("pk", "runner_id")
            self.runners.update(found)
        return [self.runners[key] for key in keys]


def _told(rows: Sequence[tuple[Any, ...]], names: _Names) -> Batch:
    """The columns of rows as they were read, with what their keys refer to, and as is told."""
    read = list(zip(*rows, strict=True))[_PLACE_CELLS:]
    columns: dict[str, Cells] = dict(zip(NAMES, read, strict=True))
    columns[RUNNER_ID] = names.runner_ids(columns[RUNNER_ID])
    columns[SERVICE] = [names.slugs[key] for key in columns[SERVICE]]
    columns |= _acknowledged(columns[ACKNOWLEDGED_BY])
    return tuple(
        _SAID[column.kind](columns[column.name]) if column.kind in _SAID else columns[column.name]
        for column in COLUMNS
    )


def _acknowledged(keys: Cells) -> dict[str, Cells]:
    """Who saw to each row, when, and why; by the name of the column. Few rows have that."""
    names = (ACKNOWLEDGED_BY, ACKNOWLEDGED_AT, ACKNOWLEDGEMENT_NOTE)
    known = set(keys) - {None}
    if not known:
        return dict.fromkeys(names, keys)
    # At most one a row, and most often none or a few for a whole batch.
    rows = Acknowledgement.objects.filter(pk__in=known).values_list(
        "pk", "acknowledged_by", InstantText("acknowledged_at"), "note"
    )
    found: dict[int | None, tuple[Any, ...]] = {key: cells for key, *cells in rows}
    nothing = (None,) * len(names)
    cells = zip(*(found.get(key, nothing) for key in keys), strict=True)
    return dict(zip(names, cells, strict=True))


def _texts(cells: Cells) -> Cells:
    # Most columns have no empty text: one look at them instead of a copy.
    return [cell or None for cell in cells] if "" in cells else cells


def _seconds(cells: Cells) -> Cells:
    return [None if us is None else f"{us // 1_000_000}.{us % 1_000_000:06}" for us in cells]


_SAID = {CellKind.TEXT: _texts, CellKind.SECONDS: _seconds}

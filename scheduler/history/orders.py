"""The order of rows: the key of each, where a page begins, and the heads of many streams merged.

Rows stand in the order of their key (the start, or the duration), then of their kind, then of their
primary key. A cursor is one row's place in that order: what is before it and after it stays so,
however many rows arrive meanwhile.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, F, Func, Model, Q, Value

from scheduler.errors import Invalid
from scheduler.history.conditions import before
from scheduler.history.filters import Sort
from scheduler.history.statements import KINDS, Select, Stream, as_instant, statement
from scheduler.models.lengths import Microseconds

type Columns = Mapping[type[Model], Sequence[Expression | F]]

NO_COLUMNS: Columns = {}
# SQLite takes no more selects than that in one statement (500).
SELECTS_AT_MOST = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SEPARATOR = "~"


class WrongCursor(Invalid):
    """No cursor of this order; the message says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of one row. `key` is its start in microseconds since 1970, or its duration; that
    of what still runs is counted until `as_of`."""

    key: int
    kind: int
    pk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where to go on from, exclusively, and in which direction."""

    sort: Sort
    place: Place
    as_of: datetime
    is_backwards: bool

    def __str__(self) -> str:
        parts = (
            self.sort.value,
            self.place.key,
            self.place.kind,
            self.place.pk,
            (self.as_of - _EPOCH) // _MICROSECOND,
            int(self.is_backwards),
        )
        text = _SEPARATOR.join(map(str, parts))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor_from(text: str, sort: Sort) -> Cursor:
    """A cursor as its text.

    Raises:
        WrongCursor: it is none, or one of another order.
    """
    try:
        # Its padding is left out of addresses.
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        name, *numbers = base64.urlsafe_b64decode(padded).decode("ascii").split(_SEPARATOR)
        key, kind, pk, as_of, is_backwards = map(int, numbers)
        cursor = Cursor(
            sort=Sort(name),
            place=Place(key=key, kind=kind, pk=pk),
            as_of=_EPOCH + as_of * _MICROSECOND,
            is_backwards=bool(is_backwards),
        )
        if not cursor.sort.is_by_duration:
            # A start outside of the calendar would fail within the statement.
            _instant(key)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise WrongCursor("It is cut off or was changed.") from error
    if cursor.sort is not sort:
        raise WrongCursor(f"It belongs to the order sort={cursor.sort.value}.")
    # Decoding is lenient, so only the very text that we write is taken; and keys that both
    # databases take for an integer.
    if str(cursor) != text or not -(2**62) < pk < 2**62 or kind not in range(len(KINDS)):
        raise WrongCursor("It is cut off or was changed.")
    return cursor


def _instant(key: int) -> datetime:
    """The start that is a place's key; raises OverflowError outside of the calendar."""
    return _EPOCH + key * _MICROSECOND


class AsStored(Func):
    """An instant as the database has it. To make a datetime of SQLite's costs more than to read it,
    and Django does so wherever a column is read by itself."""

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s || '')", **extra_context
        )


def place_at(key: Any, kind: int, pk: int) -> Place:
    """The place of a row as `heads` tells it."""
    if not isinstance(key, int):
        key = (as_instant(key) - _EPOCH) // _MICROSECOND
    return Place(key=key, kind=kind, pk=pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A way through streams: in which order, from where on, and how far."""

    sort: Sort
    as_of: datetime
    cursor: Cursor | None
    at_most: int

    @property
    def is_downwards(self) -> bool:
        is_backwards = self.cursor is not None and self.cursor.is_backwards
        return self.sort.is_downwards != is_backwards


def heads(
    streams: Iterable[Stream], walk: Walk, columns: Columns = NO_COLUMNS
) -> list[tuple[Any, ...]]:
    """The first rows of all these streams, in the walk's order: key, kind and primary key of each,
    then the columns of its model; all as the driver hands them out."""
    selects: list[Select] = []
    for stream in streams:
        # Raised where the conditions contradict each other.
        with suppress(EmptyResultSet):
            selects.append(_select(stream, walk, columns.get(stream.model, ())))
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for first in range(0, len(selects), SELECTS_AT_MOST):
            cursor.execute(*_merged(selects[first : first + SELECTS_AT_MOST], walk))
            found += cursor.fetchall()
    # Several statements, each in order by itself.
    if len(selects) > SELECTS_AT_MOST:
        found.sort(key=itemgetter(0, 1, 2), reverse=walk.is_downwards)
    return found[: walk.at_most]


def _merged(selects: Sequence[Select], walk: Walk) -> Select:
    if len(selects) == 1:
        return selects[0]  # in order as it is
    order = "DESC" if walk.is_downwards else "ASC"
    union = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) AS stream_{number}"  # noqa: S608 - statements of query sets
        for number, (sql, _) in enumerate(selects)
    )
    parameters = [each for _, given in selects for each in given]
    return f"{union} ORDER BY 1 {order}, 2 {order}, 3 {order} LIMIT {walk.at_most}", parameters


def _select(stream: Stream, walk: Walk, columns: Sequence[Expression | F]) -> Select:
    column, key, is_turned = _column(stream, walk)
    condition = stream.indexed & stream.others
    if walk.cursor is not None:
        # In front: of two bounds of one column SQLite takes the first for the range of the index,
        # and looks at every row from there on.
        condition = _beyond(walk.cursor.place, stream, walk) & condition
    order = f'"{column}" {_direction(walk.is_downwards != is_turned)}'
    if stream.is_sorted and connection.vendor == "sqlite":
        order = f"+{order}"  # not by an index: few rows, found by another one
    order += f', "id" {_direction(walk.is_downwards)}'
    told = (key, Value(stream.kind), F("pk"), *columns)
    return statement(stream, told, condition, f"ORDER BY {order} LIMIT {walk.at_most}")


def _direction(is_down: bool) -> str:
    return "DESC" if is_down else "ASC"


def _column(stream: Stream, walk: Walk) -> tuple[str, Expression | F, bool]:
    """The column that a stream is walked by, its rows' key, and whether the longer is the earlier:
    what still runs has run for as long as it began before."""
    if not walk.sort.is_by_duration:
        return "started_at", AsStored(F("started_at")), False
    if stream.is_running:
        return "started_at", Microseconds(F("started_at"), Value(walk.as_of)), True
    return "duration_us", F("duration_us"), False


def _beyond(place: Place, stream: Stream, walk: Walk) -> Q:
    """The rows of a stream that come after a place."""
    column, _, is_turned = _column(stream, walk)
    is_down = walk.is_downwards
    value: Any = place.key
    if is_turned:
        value = before(walk.as_of, place.key)
    elif column == "started_at":
        value = _instant(place.key)
    side = "lt" if is_down != is_turned else "gt"
    if stream.kind != place.kind:
        # Rows of one key stand in the order of their kinds.
        is_same_too = (stream.kind < place.kind) == is_down
        return Q((f"{column}__{side}{'e' if is_same_too else ''}", value))
    later = Q(pk__lt=place.pk) if is_down else Q(pk__gt=place.pk)
    # The first condition is a range of the index; the second tells apart the rows of one key.
    return Q((f"{column}__{side}e", value)) & (Q((f"{column}__{side}", value)) | later)

"""Streams, and the statements that read them.

A stream is a set of rows of one model that are a range of one index. What it reads is put
together by hand from conditions that Django compiles: a query set takes three times as long, which
for a page of many streams is more than the reading.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Expression, F, Q, QuerySet
from django.db.models.sql import Query

from scheduler.models import DerivedBlock, Execution

type Select = tuple[str, Sequence[Any]]

# In the order in which rows of one instant stand.
KINDS: tuple[type[Execution] | type[DerivedBlock], ...] = (Execution, DerivedBlock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Rows of one model. `index` is the one that SQLite is told to use; empty where it may choose.

    `is_running`: they have no duration yet. `is_bounded`: few, however large the history.
    `is_sorted`: found by an index that has another order, and sorted then.
    """

    model: type[Execution] | type[DerivedBlock]
    index: str
    indexed: Q
    others: Q = field(default_factory=Q)
    is_running: bool = False
    is_bounded: bool = False
    is_sorted: bool = False

    @property
    def kind(self) -> int:
        """The place of its model in KINDS."""
        return KINDS.index(self.model)

    def rows(self) -> QuerySet[Any]:
        return self.model.objects.filter(self.indexed & self.others).order_by()


def statement(stream: Stream, told: Sequence[Expression | F], condition: Q, rest: str) -> Select:
    """These columns of the rows of a stream's model for which the condition holds.

    SQLite, which knows little of what the tables hold, is told the index.
    """
    # Bare column names: the FROM below is written by hand and has no aliases.
    query = Query(stream.model, alias_cols=False)
    compiler = query.get_compiler(connection=connection)
    parts = [compiler.compile(each.resolve_expression(query)) for each in told]
    where, given = compiler.compile(query.build_where(condition))
    hint = f' INDEXED BY "{stream.index}"' if stream.index and connection.vendor == "sqlite" else ""
    names = ", ".join(f"{sql} AS c{number}" for number, (sql, _) in enumerate(parts))
    return (
        f'SELECT {names} FROM "{stream.model._meta.db_table}"{hint} WHERE {where} {rest}',  # noqa: S608
        [each for _, parameters in (*parts, (where, given)) for each in parameters],
    )


def is_more_than(number: int, streams: Iterable[Stream]) -> bool:
    """Whether more rows than that are looked at for these streams."""
    left = number
    with connection.cursor() as cursor:
        for stream in streams:
            # No further than to the first row too many.
            rows, given = statement(stream, (F("pk"),), stream.indexed, f"LIMIT {left + 1}")
            cursor.execute(f"SELECT COUNT(*) FROM ({rows}) AS few", given)  # noqa: S608
            left -= cursor.fetchone()[0]
            if left < 0:
                return True
    return False


def first_of(stream: Stream, column: str, *, after: int = 0) -> Any:
    """The greatest value of a column among the rows that are looked at, or the next after so many;
    None where there is none."""
    rest = f'ORDER BY "{column}" DESC LIMIT 1 OFFSET {after}'
    with connection.cursor() as cursor:
        cursor.execute(*statement(stream, (F(column),), stream.indexed, rest))
        found = cursor.fetchone()
    return None if found is None else found[0]


def as_instant(raw: datetime | str) -> datetime:
    """An instant as the drivers hand it out: SQLite's is in UTC, and a text or without a zone."""
    if isinstance(raw, str):
        return datetime.fromisoformat(f"{raw}+00:00")
    return raw if raw.tzinfo else raw.replace(tzinfo=UTC)

"""What an export tells of a row: its columns, and how each is read from either table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Expression, F, Func, TextField, Value

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import DERIVED
from scheduler.history.orders import Columns
from scheduler.models import DerivedBlock, Execution


class CellKind(StrEnum):
    """What a cell is in Python. Any may be None, where nothing is known.

    ``text`` is a str and never empty; ``instant`` a str such as ``2026-03-14T12:00:00.000000Z``, so
    that texts sort as times; ``seconds`` a str such as ``7.500000``, exact to the microsecond;
    ``integer`` an int and ``fraction`` a float.
    """

    TEXT = "text"
    INSTANT = "instant"
    SECONDS = "seconds"
    INTEGER = "integer"
    FRACTION = "fraction"


class InstantText(Func):
    """An instant as ISO 8601 in UTC with six digits, written by the database: it is faster."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        # `2026-03-14 12:00:00.123456`, whose fraction may be missing.
        template = "substr(replace(%(expressions)s, ' ', 'T') || '.000000', 1, 26) || 'Z'"
        return self.as_sql(compiler, connection, template=template, **extra_context)

    def as_postgresql(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        form = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
        template = f"to_char(%(expressions)s AT TIME ZONE 'UTC', '{form}')"
        return self.as_sql(compiler, connection, template=template, **extra_context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an export.

    `of_execution` and `of_derived` read it from their tables. Those of the rows that a row refers
    to are read as that row's primary key, and looked up (`scheduler.history.exports`).
    """

    name: str
    kind: CellKind
    of_execution: Expression | F
    of_derived: Expression | F


UNKNOWN = Value(None, output_field=TextField())


def _column(
    name: str,
    field: str = "",
    kind: CellKind = CellKind.TEXT,
    *,
    derived: Expression | F = UNKNOWN,
) -> Column:
    return Column(name=name, kind=kind, of_execution=F(field or name), of_derived=derived)


def _both(name: str, field: str = "", kind: CellKind = CellKind.TEXT) -> Column:
    """One that both tables have, by the same name."""
    return _column(name, field, kind, derived=F(field or name))


def _instant(name: str, *, is_derived: bool = True) -> Column:
    read = InstantText(F(name))
    derived = read if is_derived else UNKNOWN
    return Column(name=name, kind=CellKind.INSTANT, of_execution=read, of_derived=derived)


RUNNER_ID = "runner_id"
SERVICE = "service"
ACKNOWLEDGED_BY = "acknowledged_by"
ACKNOWLEDGED_AT = "acknowledged_at"
ACKNOWLEDGEMENT_NOTE = "acknowledgement_note"

COLUMNS = (
    # The header that users of the package know, in its order.
    _column("atomic_service_run_id", "run_id"),
    _both(RUNNER_ID),
    _instant("cycle_start"),
    _instant("slot_start"),
    _instant("slot_end"),
    _instant("started_at"),
    _instant("ended_at"),
    _column("duration_seconds", "duration_us", CellKind.SECONDS),
    _column("status", derived=Value(Status.BLOCKED.value)),
    _both("reason"),
    # As a recorded block has it: its detail begins with the run that it met.
    _column("reason_detail", derived=F("prior_run_id")),
    _both("runner_position", kind=CellKind.INTEGER),
    _both("stable_runner_count", kind=CellKind.INTEGER),
    _column("assigned_runner_id"),
    _column("late_start_fraction", kind=CellKind.FRACTION),
    _column("attempts", kind=CellKind.INTEGER),
    # What is ours, behind it.
    _both(SERVICE, "service_id"),
    _column("origin", derived=Value(DERIVED)),
    _instant("first_attempt_at", is_derived=False),
    _instant("last_attempt_at", is_derived=False),
    _both(ACKNOWLEDGED_BY, "acknowledgement_id"),
    _both(ACKNOWLEDGED_AT, "acknowledgement_id", CellKind.INSTANT),
    _both(ACKNOWLEDGEMENT_NOTE, "acknowledgement_id"),
)
NAMES = tuple(column.name for column in COLUMNS)
READ: Columns = {
    Execution: [column.of_execution for column in COLUMNS],
    DerivedBlock: [column.of_derived for column in COLUMNS],
}

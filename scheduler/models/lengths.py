"""Lengths of time that the database works out itself, exact to the microsecond on both."""

from typing import Any

from django.core.checks import CheckMessage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, GeneratedField, SmallIntegerField
from django.db.models.sql.compiler import SQLCompiler

# Lengths in classes of sixteen times each other: class c holds those below 16 ** c microseconds.
# The first that counts begins at 16 ** 7, which is 268 seconds; the last one has no end.
FIRST_REACH_CLASS = 8
LAST_REACH_CLASS = 13


def class_bound_us(reach_class: int) -> int:
    """Below how many microseconds the lengths of a class are."""
    return int(16**reach_class)


# Also where there is no class: shorter than that.
NO_CLASS_BOUND_US = class_bound_us(FIRST_REACH_CLASS - 1)

type Compiled = tuple[str, tuple[Any, ...]]


class WorkedOut(GeneratedField):
    """Django's, whose check would open the database before the settings are known to be right.

    Both databases that Slotwatch runs on have stored generated columns.
    """

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return super().check(**kwargs | {"databases": ()})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs


class Microseconds(Func):
    """How long it is from the first instant to the second; NULL without one of them."""

    arity = 2
    output_field = BigIntegerField(null=True)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> Compiled:
        start, end = (compiler.compile(each) for each in self.get_source_expressions())
        return (
            f"({_sqlite_us(end[0])} - {_sqlite_us(start[0])})",
            (*end[1], *end[1], *start[1], *start[1]),
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        start, end = (compiler.compile(each) for each in self.get_source_expressions())
        return _postgresql_us(f"{end[0]} - {start[0]}"), (*end[1], *start[1])


class ReachClass(Func):
    """The class of the length from the first instant to the later one of two others, or NULL where
    that is short, or not known yet."""

    arity = 3
    output_field = SmallIntegerField(null=True)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> Compiled:
        start, end, other = self._columns(compiler)
        # Texts of instants are in the order of time.
        return _classes(f"{_sqlite_us(f'MAX({end}, {other})')} - {_sqlite_us(start)}"), ()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        start, end, other = self._columns(compiler)
        # GREATEST would pass over the end that is not known.
        later = f"CASE WHEN {end} IS NULL THEN NULL ELSE GREATEST({end}, {other}) END"
        return _classes(_postgresql_us(f"{later} - {start}")), ()

    def _columns(self, compiler: SQLCompiler) -> list[str]:
        return [compiler.compile(each)[0] for each in self.get_source_expressions()]


def _sqlite_us(instant: str) -> str:
    """Microseconds since 1970 of ``2026-03-14 12:00:00.123456``, whose fraction may be missing."""
    # Without a fraction the text is empty, which SQLite casts to 0.
    seconds, fraction = f"strftime('%%s', {instant})", f"substr({instant}, 21)"
    return f"(CAST({seconds} AS INTEGER) * 1000000 + CAST({fraction} AS INTEGER))"


def _postgresql_us(interval: str) -> str:
    # EXTRACT is a numeric: no float rounds the microseconds.
    return f"(EXTRACT(EPOCH FROM ({interval})) * 1000000)::bigint"


def _classes(length: str) -> str:
    steps = " ".join(
        f"WHEN {length} < {class_bound_us(each)} THEN {each}"
        for each in range(FIRST_REACH_CLASS, LAST_REACH_CLASS)
    )
    return (
        f"CASE WHEN {length} < {NO_CLASS_BOUND_US} THEN NULL {steps}"
        f" WHEN {length} IS NULL THEN NULL ELSE {LAST_REACH_CLASS} END"
    )

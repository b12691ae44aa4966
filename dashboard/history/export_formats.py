"""An export as text: CSV for spreadsheets, NDJSON for programs; the same rows, the same names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring
from typing import Any

from scheduler.history.export_columns import COLUMNS, NAMES, CellKind
from scheduler.history.exports import Batch
from scheduler.words.characters import first_shown

# A spreadsheet takes a cell that begins so for a formula, whatever it drops before it (blanks, what
# nobody sees) and whatever width these are typed in; an apostrophe says that it is text.
FORMULA_STARTS = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−")
# These divide cells and lines, and what comes after them may be read as a cell of its own.
_DIVIDERS = frozenset("\t\r\n\v\f\x85\u2028\u2029")
_TO_QUOTE = re.compile(r'[",\r\n]')
_CSV_END = "\r\n"
_INCOMPLETE = "INCOMPLETE: an error of the server cut this off after {:,} rows. Export it again."


class ExportFormat(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.NDJSON: "application/x-ndjson; charset=utf-8",
}


def export_text(batches: Iterable[Batch], form: ExportFormat) -> Iterator[str]:
    """The text of an export, a batch at a time; the first one has the header.

    An error is raised on, behind a last line that no parser takes for a row: some servers end an
    answer that broke off as if it were whole.
    """
    writer = _WRITERS[form]
    rows = 0
    head = writer.head
    try:
        for batch in batches:
            yield head + writer.lines(batch)
            head = ""
            rows += len(batch[0])
        # Of no rows a CSV has its header all the same.
        if head:
            yield head
    except Exception:
        yield writer.broken(_INCOMPLETE.format(rows))
        raise


def _columns(
    batch: Batch, said: Mapping[CellKind, Callable[[Any], str]], nothing: str
) -> Iterator[list[str]]:
    """The columns of a batch in writing. Most say the same few texts: each is written once."""
    for column, cells in zip(COLUMNS, batch, strict=True):
        write = said[column.kind]
        if column.kind is CellKind.TEXT:
            written = {cell: nothing if cell is None else write(cell) for cell in set(cells)}
            yield [written[cell] for cell in cells]
        else:
            yield [nothing if cell is None else write(cell) for cell in cells]


def _csv_text(cell: str) -> str:
    # A cell of text is never empty: without any it is None.
    if cell[0] in _DIVIDERS or first_shown(cell) in FORMULA_STARTS:
        cell = f"'{cell}"
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell


# As csv.writer, in less than half of its time.
_AS_CSV: dict[CellKind, Callable[[Any], str]] = {
    CellKind.TEXT: _csv_text,
    CellKind.INSTANT: str,
    CellKind.SECONDS: str,
    CellKind.INTEGER: str,
    CellKind.FRACTION: repr,
}


def _csv_lines(batch: Batch) -> str:
    rows = zip(*_columns(batch, _AS_CSV, ""), strict=True)
    return "".join([",".join(row) + _CSV_END for row in rows])


def _csv_broken(message: str) -> str:
    # More cells than any row has, and a quote that is never closed.
    return message + "," * len(NAMES) + '"'


_LINE = "{" + ",".join(f'"{name}":%s' for name in NAMES) + "}\n"
_AS_JSON: dict[CellKind, Callable[[Any], str]] = {
    # Texts as they are in UTF-8, and not escaped to ASCII.
    CellKind.TEXT: encode_basestring,
    CellKind.INSTANT: '"{}"'.format,
    CellKind.SECONDS: str,
    CellKind.INTEGER: str,
    CellKind.FRACTION: repr,
}


def _ndjson_lines(batch: Batch) -> str:
    return "".join(map(_LINE.__mod__, zip(*_columns(batch, _AS_JSON, "null"), strict=True)))


def _ndjson_broken(message: str) -> str:
    # An object that is never closed.
    return '{"error":' + encode_basestring(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    head: str
    lines: Callable[[Batch], str]
    broken: Callable[[str], str]


_WRITERS = {
    ExportFormat.CSV: _Writer(
        head=",".join(NAMES) + _CSV_END, lines=_csv_lines, broken=_csv_broken
    ),
    ExportFormat.NDJSON: _Writer(head="", lines=_ndjson_lines, broken=_ndjson_broken),
}

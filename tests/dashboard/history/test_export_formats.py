import csv
import json
from io import StringIO
from typing import Any

import pytest

from dashboard.history.export_formats import ExportFormat, export_text
from scheduler.history.export_columns import COLUMNS, NAMES, CellKind
from scheduler.history.exports import Batch

CELLS = {
    CellKind.TEXT: "a",
    CellKind.INSTANT: "2026-03-14T12:00:00.000000Z",
    CellKind.SECONDS: "7.500000",
    CellKind.INTEGER: 3,
    CellKind.FRACTION: 0.25,
}


def batch(*rows: dict[str, Any]) -> Batch:
    """Rows that differ from CELLS as is said."""
    return tuple([row.get(column.name, CELLS[column.kind]) for row in rows] for column in COLUMNS)


def as_csv(*batches: Batch) -> list[dict[str, str]]:
    text = "".join(export_text(batches, ExportFormat.CSV))
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def as_ndjson(*batches: Batch) -> list[dict[str, Any]]:
    text = "".join(export_text(batches, ExportFormat.NDJSON))
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_both_tell_the_same_rows() -> None:
    nothing = dict.fromkeys(NAMES)
    batches = [batch({}, nothing), batch({"reason": "late_start"})]

    rows = as_ndjson(*batches)

    assert [
        {name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows
    ] == [
        row | {"duration_seconds": row["duration_seconds"].rstrip("0")} for row in as_csv(*batches)
    ]
    assert rows[1] == nothing


def test_ndjson_has_real_types() -> None:
    (row,) = as_ndjson(batch({"late_start_fraction": None}))

    assert row["duration_seconds"] == 7.5
    assert row["attempts"] == 3
    assert row["late_start_fraction"] is None
    assert row["started_at"] == "2026-03-14T12:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    ["a,b", 'say "so"', "two\nlines", "two\r\nlines", "é", "\U0001f600", "a ", "'", "\\", "\x00"],
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    given = batch({"acknowledgement_note": text})

    assert as_csv(given)[0]["acknowledgement_note"] == text
    assert as_ndjson(given)[0]["acknowledgement_note"] == text


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\x0bx", '=HYPERLINK("a","b")'),
        *("＝1", "＋1", "－1", "＠x", "﹢1"),
        *(
            " =1",
            "\u00a0=1",
            "\ufeff=1",
            "\u0301=1",
            "\U0001d159=1",
            "\u200b\u3000 -1",
            "\x00=1",
            "\u202e@x",
            "\n=1",
            "\u2028x",
        ),
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text_in_csv_alone(text: str) -> None:
    given = batch({"reason_detail": text})

    assert as_csv(given)[0]["reason_detail"] == f"'{text}"
    assert as_ndjson(given)[0]["reason_detail"] == text


def test_every_column_of_texts_is_neutralised() -> None:
    texts = [column.name for column in COLUMNS if column.kind is CellKind.TEXT]

    (row,) = as_csv(batch(dict.fromkeys(texts, "=1")))

    assert {name for name in NAMES if row[name] == "'=1"} == set(texts)


def test_no_rows_are_a_header_in_csv_and_nothing_in_ndjson() -> None:
    assert "".join(export_text([], ExportFormat.CSV)) == ",".join(NAMES) + "\r\n"
    assert "".join(export_text([], ExportFormat.NDJSON)) == ""


@pytest.mark.parametrize("form", ExportFormat)
def test_what_breaks_off_ends_in_a_line_that_no_parser_takes(form: ExportFormat) -> None:
    def batches() -> Any:
        yield batch({}, {})
        raise OSError("the database is gone")

    read: list[str] = []
    with pytest.raises(OSError, match="the database is gone"):
        read.extend(export_text(batches(), form))

    whole = "".join(read)
    assert "INCOMPLETE: an error of the server cut this off after 2 rows." in whole
    assert not whole.endswith("\n")
    with pytest.raises((csv.Error, json.JSONDecodeError)):
        parsed(whole, form)


def parsed(text: str, form: ExportFormat) -> None:
    if form is ExportFormat.CSV:
        list(csv.reader(StringIO(text, newline=""), strict=True))
    else:
        for line in text.splitlines():
            json.loads(line)

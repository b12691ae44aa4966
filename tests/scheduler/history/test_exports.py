import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduler.history import exports
from scheduler.history.export_columns import COLUMNS, NAMES
from scheduler.history.exports import export_batches
from scheduler.history.filters import DERIVED, HistoryFilter, Sort
from scheduler.history.pages import Row, history_page
from scheduler.models import DerivedBlock, Execution, Service
from tests.conftest import ROOT, T0, after
from tests.scheduler.history.rows import INSTANTS, Maker

pytestmark = pytest.mark.django_db

NOW = INSTANTS[-1] + timedelta(hours=1, microseconds=5)
ROWS = 250
DERIVED_ROWS = 40
FILTERS = 40


@pytest.fixture
def maker(make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(4), [make_service() for _ in range(3)])
    Execution.objects.bulk_create(made.execution() for _ in range(ROWS))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(DERIVED_ROWS))
    return made


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many batches that every stream goes on from its last row, again and again."""
    monkeypatch.setattr(exports, "BATCH", 7)
    monkeypatch.setattr(exports, "BATCH_AT_LEAST", 1)


EVERYTHING = HistoryFilter()


def told(*services: Service, asked: HistoryFilter = EVERYTHING, **how: Any) -> list[dict[str, Any]]:
    batches = export_batches(services, asked, **({"now": NOW} | how))
    return [
        dict(zip(NAMES, row, strict=True)) for batch in batches for row in zip(*batch, strict=True)
    ]


def all_pages(services: list[Service], asked: HistoryFilter, **how: Any) -> list[Row]:
    page = history_page(services, asked, limit=40, now=NOW, **how)
    rows = [*page.rows]
    while page.next is not None:
        page = history_page(services, asked, limit=40, now=NOW, cursor=page.next, **how)
        rows += page.rows
    return rows


def text(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"


def expected(row: Row) -> dict[str, Any]:
    """What is told of a row, read from its model."""
    acknowledgement = row.acknowledgement
    cells: dict[str, Any] = {
        "runner_id": row.runner.runner_id,
        "cycle_start": text(row.cycle_start),
        "slot_start": text(row.slot_start),
        "slot_end": text(row.slot_end),
        "started_at": text(row.started_at),
        "ended_at": text(row.ended_at),
        "reason": row.reason or None,
        "runner_position": row.runner_position,
        "stable_runner_count": row.stable_runner_count,
        "service": row.service.slug,
        "acknowledged_by": acknowledgement and acknowledgement.acknowledged_by,
        "acknowledged_at": acknowledgement and text(acknowledgement.acknowledged_at),
        "acknowledgement_note": acknowledgement and acknowledgement.note,
    }
    if isinstance(row, DerivedBlock):
        known = {"status": "blocked", "reason_detail": row.prior_run_id or None, "origin": DERIVED}
        return dict.fromkeys(NAMES) | cells | known
    seconds = None
    if row.ended_at is not None:
        length = row.ended_at - row.started_at
        seconds = f"{length // timedelta(seconds=1)}.{length.microseconds:06}"
    return cells | {
        "atomic_service_run_id": row.run_id,
        "duration_seconds": seconds,
        "status": row.status,
        "reason_detail": row.reason_detail or None,
        "assigned_runner_id": row.assigned_runner_id or None,
        "late_start_fraction": row.late_start_fraction,
        "attempts": row.attempts,
        "origin": row.origin,
        "first_attempt_at": text(row.first_attempt_at),
        "last_attempt_at": text(row.last_attempt_at),
    }


@pytest.mark.usefixtures("small_batches")
def test_an_export_is_all_pages_one_after_the_other(maker: Maker) -> None:
    random, seen = maker.random, 0
    for _ in range(FILTERS):
        asked, sort = maker.asked(), random.choice(list(Sort))
        services = random.sample(maker.services, random.randint(1, 3))
        with_derived = not sort.is_by_duration and random.random() < 0.5
        how = {"sort": sort, "with_derived": with_derived}

        rows = all_pages(services, asked, **how)

        assert told(*services, asked=asked, **how) == [expected(row) for row in rows]
        seen += len(rows)
    assert seen > FILTERS * 5


def test_every_fact_of_a_claim_is_told(maker: Maker) -> None:
    facts = {
        "run_id": "run-1",
        "cycle_start": after(0),
        "slot_start": after(1),
        "slot_end": after(20),
        "started_at": after(2),
        "ended_at": after(9.5),
        "runner_position": 0,
        "stable_runner_count": 3,
        "assigned_runner_id": "b",
        "late_start_fraction": 0.1,
    }
    service = maker.services[0]
    row = maker.execution()
    for name, value in ({"service": service, "status": "completed"} | facts).items():
        setattr(row, name, value)
    row.runner, row.acknowledgement = maker.runners[service.pk][0], None
    row.save()

    (cells,) = told(service, asked=HistoryFilter(run_id="run-1"))

    assert cells["cycle_start"] == "2026-03-14T12:00:00.000000Z"
    assert cells["slot_end"] == "2026-03-14T12:00:20.000000Z"
    assert cells["ended_at"] == "2026-03-14T12:00:09.500000Z"
    assert cells["duration_seconds"] == "7.500000"
    assert (cells["runner_position"], cells["stable_runner_count"]) == (0, 3)
    assert (cells["assigned_runner_id"], cells["late_start_fraction"]) == ("b", 0.1)


def test_the_header_begins_with_the_one_that_users_know() -> None:
    assert ",".join(NAMES).startswith(
        "atomic_service_run_id,runner_id,cycle_start,slot_start,slot_end,started_at,ended_at,"
        "duration_seconds,status,reason,reason_detail,runner_position,stable_runner_count,"
        "assigned_runner_id,late_start_fraction,attempts,"
    )
    assert len(set(NAMES)) == len(COLUMNS)


def test_the_documentation_has_every_column_in_its_place() -> None:
    table = (
        (ROOT / "docs/export.md")
        .read_text()
        .partition("## Columns")[2]
        .partition("\n\nInstants")[0]
    )
    first_cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)

    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == list(NAMES)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("sort", Sort)
def test_none_is_told_twice_or_left_out_while_rows_arrive_and_runs_end(
    maker: Maker, sort: Sort
) -> None:
    """Two batches in, whatever ran ends, and as many rows come as there are."""
    before = set(Execution.objects.values_list("run_id", flat=True))
    assert Execution.objects.filter(status="running").exists()
    batches = export_batches(maker.services, HistoryFilter(), sort=sort, now=NOW)
    found = [run_id for _ in range(2) for run_id in next(batches)[0]]

    Execution.objects.filter(status="running").update(
        status="completed", ended_at=NOW + timedelta(days=9)
    )
    Execution.objects.bulk_create(maker.execution() for _ in range(ROWS))
    found += [run_id for batch in batches for run_id in batch[0]]

    assert len(set(found)) == len(found)
    assert before <= set(found)


def test_statements_grow_with_batches_and_not_with_rows(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(batch: int) -> int:
        monkeypatch.setattr(exports, "BATCH", batch)
        with CaptureQueriesContext(connection) as queries:
            assert len(told(*maker.services[:1])) > 50
        return len(queries)

    # The rows, their runners, their acknowledgements.
    assert statements(1_000) == 3
    count = Execution.objects.filter(service=maker.services[0]).count()
    # Ten rows a time; a last statement finds nothing more where the count is a multiple.
    assert statements(10) <= 3 * (count // 10 + 1)


def test_nothing_stays_open_between_two_batches(transactional_db: None, maker: Maker) -> None:
    batches = export_batches(maker.services, HistoryFilter(), now=NOW)
    next(batches)

    assert not connection.in_atomic_block
    if connection.vendor == "sqlite":
        assert not connection.connection.in_transaction
    else:
        assert connection.connection.info.transaction_status.name == "IDLE"


def test_nothing_meant_is_no_batch(maker: Maker) -> None:
    assert told(*maker.services, asked=HistoryFilter(until=T0)) == []

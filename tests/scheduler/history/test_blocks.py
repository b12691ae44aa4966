"""The newest blocks of a filter, and all that are not acknowledged, against a look at every row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history import samples, streams
from scheduler.history.blocks import Block, newest_blocks, unacknowledged_blocks
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.pages import Row
from scheduler.models import DerivedBlock, Execution, Service
from tests.conftest import T0
from tests.dashboard.blocked.blocking import derived, runner
from tests.scheduler.history.rows import Maker, in_order, is_meant
from tests.scheduler.history.test_pages import NOW, stored

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)
ROWS, DERIVED_ROWS = 300, 80


@pytest.fixture(params=[3, 4])
def maker(request: pytest.FixtureRequest, make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(request.param), [make_service() for _ in range(2)])
    Execution.objects.bulk_create(made.execution() for _ in range(ROWS))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(DERIVED_ROWS))
    return made


def in_short(row: Row) -> Block:
    if isinstance(row, DerivedBlock):
        last_at, attempts = row.started_at, 0
    else:
        assert row.ended_at is not None
        last_at, attempts = max(row.last_attempt_at, row.ended_at - MICROSECOND), row.attempts
    return Block(
        started_at=row.started_at,
        last_at=last_at,
        reason=row.reason,
        attempts=attempts,
        runner=row.runner_id,
        is_acknowledged=row.acknowledgement_id is not None,
        is_derived=isinstance(row, DerivedBlock),
    )


def blocks_of(service: Service, rows: list[Row], asked: HistoryFilter, now: datetime) -> list[Row]:
    asked = replace(asked, statuses=(Status.BLOCKED,))
    meant = [row for row in rows if row.service_id == service.pk and is_meant(row, asked, now)]
    return in_order(meant, Sort.NEWEST, now)


@pytest.mark.parametrize("at_most", [10_000, 12])
def test_the_newest_blocks_are_all_that_began_since(
    maker: Maker, monkeypatch: pytest.MonkeyPatch, at_most: int
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", at_most)
    monkeypatch.setattr(streams, "RARE", 0)
    service, rows, capped = maker.services[0], stored(), 0
    for _ in range(25):
        asked = maker.asked()
        meant = blocks_of(service, rows, asked, NOW)

        read = newest_blocks(service, asked, now=NOW)

        since = read.since
        capped += since is not None
        expected = [row for row in meant if since is None or row.started_at >= since]
        assert list(read.rows) == list(map(in_short, expected))
        assert read.found == min(len(meant), at_most)
    assert (capped > 0) == (at_most == 12)


def test_every_block_that_nobody_has_seen_to_is_meant_by_its_filter(maker: Maker) -> None:
    service, rows = maker.services[0], stored()
    for _ in range(25):
        asked = maker.asked()

        meant = unacknowledged_blocks(service, asked, now=NOW)

        expected = [
            row for row in blocks_of(service, rows, asked, NOW) if row.acknowledgement_id is None
        ]
        executions = {row.pk for row in expected if isinstance(row, Execution)}
        derived = {row.pk for row in expected if isinstance(row, DerivedBlock)}
        assert set(meant.executions.values_list("pk", flat=True)) == executions
        assert set(meant.derived_blocks.values_list("pk", flat=True)) == derived


def test_nothing_that_was_acknowledged_is_left_to_acknowledge(maker: Maker) -> None:
    asked = HistoryFilter(acknowledged=True)

    meant = unacknowledged_blocks(maker.services[0], asked, now=T0)

    assert not meant.executions.exists()
    assert not meant.derived_blocks.exists()


def test_many_runners_and_reasons_are_few_enough_for_one_statement(service: Service) -> None:
    # 50 x 50 pairs; SQLite unites no more than 500 queries.
    names = tuple(f"runner-{number}" for number in range(50))
    reasons = tuple(f"reason-{number}" for number in range(50))
    runners = tuple(runner(service, name) for name in names)
    made = [derived(service, 1, reasons[7], of=names[3]), derived(service, 2, of=names[3])]

    meant = unacknowledged_blocks(service, HistoryFilter(runners=runners, reasons=reasons), now=NOW)

    assert list(meant.derived_blocks) == made[:1]
    assert not meant.executions.exists()

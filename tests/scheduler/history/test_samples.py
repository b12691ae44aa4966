from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history import samples, streams
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.pages import Row
from scheduler.history.samples import Sample, sample
from scheduler.models import DerivedBlock, Execution, Service
from tests.lengths import first_of
from tests.scheduler.history.rows import Maker, in_order, is_meant
from tests.scheduler.history.test_pages import DERIVED_ROWS, NOW, ROWS, stored

pytestmark = pytest.mark.django_db


@pytest.fixture(params=first_of(1, [1, 2]))
def maker(request: pytest.FixtureRequest, make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(request.param), [make_service() for _ in range(2)])
    Execution.objects.bulk_create(made.execution() for _ in range(ROWS))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(DERIVED_ROWS))
    return made


def facts(row: Row) -> tuple[object, ...]:
    assert isinstance(row, Execution)
    return (
        *(row.started_at, row.duration_us, Status(row.status), row.reason, row.attempts),
        *(row.runner_id, row.run_id),
    )


def sampled(made: Sample) -> list[tuple[object, ...]]:
    return [
        (
            *(row.started_at, row.duration_us, row.status, row.reason, row.attempts),
            *(row.runner, row.run_id),
        )
        for row in made.rows
    ]


@pytest.mark.parametrize(
    ("at_most", "walked", "streams_bound"),
    [
        (10_000, 40_000, range(4, 51)),
        (30, 40_000, range(4, 51)),
        (30, 40_000, range(2, 51)),
        (10_000, 25, range(4, 51)),
    ],
)
def test_a_sample_is_all_that_began_since_it(
    maker: Maker,
    monkeypatch: pytest.MonkeyPatch,
    at_most: int,
    walked: int,
    streams_bound: range,
) -> None:
    monkeypatch.setattr(samples, "STREAMS_BOUND", streams_bound)
    monkeypatch.setattr(samples, "SAMPLE", at_most)
    monkeypatch.setattr(samples, "WALKED", walked)
    monkeypatch.setattr(streams, "RARE", 0)
    rows, capped = stored(), 0
    for _ in range(60):
        asked = maker.asked()
        meant = in_order(
            [row for row in rows if isinstance(row, Execution) and is_meant(row, asked, NOW)],
            Sort.NEWEST,
            NOW,
        )
        made = sample(maker.services, asked, now=NOW)
        since: datetime | None = made.since
        expected = [row for row in meant if since is None or row.started_at >= since]
        assert sampled(made) == [facts(row) for row in expected]
        assert len(made.rows) <= at_most
        assert walked < ROWS or made.found == min(len(meant), at_most)
        capped += not made.is_complete
    assert bool(capped) == (min(at_most, walked) < ROWS)


def test_a_sample_is_one_read(
    maker: Maker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert sample(maker.services, HistoryFilter(), now=NOW).rows

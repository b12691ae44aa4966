"""A filter that nobody has heard of: whatever answers, none shows a row that it leaves out."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history import streams
from scheduler.history.blocks import newest_blocks, unacknowledged_blocks
from scheduler.history.exports import export_batches
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.history.pages import history_page
from scheduler.history.samples import sample
from scheduler.models import DerivedBlock, Execution, Service
from tests.lengths import short_and_whole
from tests.scheduler.history.rows import Maker, beside, is_meant
from tests.scheduler.history.test_pages import NOW, stored

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid(HistoryFilter):
    attempts: int | None = None


@pytest.fixture
def maker(make_service: Callable[..., Service]) -> Maker:
    made = Maker(Random(5), [make_service() for _ in range(2)])
    Execution.objects.bulk_create(made.execution() for _ in range(300))
    DerivedBlock.objects.bulk_create(made.derived() for _ in range(40))
    return made


@pytest.mark.parametrize("filters", short_and_whole(3, 8))
@pytest.mark.parametrize(("rare", "many_reach"), [(0, 0), (20, 200), (2_000, 200)])
def test_no_list_shows_more_than_is_meant(
    maker: Maker, monkeypatch: pytest.MonkeyPatch, rare: int, many_reach: int, filters: int
) -> None:
    monkeypatch.setattr(streams, "RARE", rare)
    monkeypatch.setattr(streams, "KEYS_AT_MOST", many_reach)
    services, service, seen = maker.services, maker.services[0], 0
    executions = [row for row in stored() if isinstance(row, Execution)]
    for _ in range(filters):
        asked = beside(maker.asked(), maker.random.randint(1, 5))
        meant = {
            row.pk
            for row in executions
            if is_meant(row, asked, NOW) and row.attempts == asked.attempts
        }
        blocks = {
            row.pk
            for row in executions
            if row.pk in meant and row.service_id == service.pk and row.status == Status.BLOCKED
        }
        for sort in Sort:
            page = history_page(
                services,
                asked,
                sort=sort,
                limit=500,
                now=NOW,
                with_derived=not sort.is_by_duration,
            )
            assert {(type(row), row.pk) for row in page.rows} == {(Execution, pk) for pk in meant}
            told = export_batches(services, asked, sort=sort, now=NOW, with_derived=True)
            assert sum(len(batch[0]) for batch in told) == len(meant)
        found = sample(services, asked, now=NOW)
        assert (len(found.rows), found.found) == (len(meant), len(meant))
        if not asked.statuses or Status.BLOCKED in asked.statuses:
            assert newest_blocks(service, asked, now=NOW).found == len(blocks)
            left = unacknowledged_blocks(service, asked, now=NOW)
            assert set(left.executions.values_list("pk", flat=True)) <= blocks
            assert not left.derived_blocks.exists()
        seen += len(meant)
    assert seen


def test_a_field_that_asks_nothing_can_not_be_asked(service: Service) -> None:
    assert not history_page([service], Unsaid(), limit=5, now=NOW).rows
    with pytest.raises(KeyError):
        history_page([service], Unsaid(attempts=1), limit=5, now=NOW)

from collections.abc import Sequence
from datetime import datetime

import pytest
from pynenc.orchestrator.atomic_service import AtomicServiceExecutionStatus, AtomicServiceRun

from scheduler.collectors.pynenc import reads
from tests.fleet.conftest import Shop, ago
from tests.fleet.watched import BEGINNING


def fill(shop: Shop, instants: Sequence[datetime]) -> list[str]:
    """One BLOCKED row for each instant: they take one write each, and any number may share one."""
    for number, at in enumerate(instants):
        shop.app.orchestrator.record_atomic_service_execution_start(
            AtomicServiceRun(runner_id="a", atomic_service_run_id=str(number)),
            at,
            AtomicServiceExecutionStatus.BLOCKED,
            "prior_running:x",
        )
    return [str(number) for number in range(len(instants))]


def read(shop: Shop, page_size: int) -> list[str]:
    pages = reads.executions(shop.app, BEGINNING, ago(-86_400), page_size=page_size)
    return [one.run_id for page in pages for one in page]


@pytest.mark.parametrize(
    "seconds",
    [
        [],
        [1],
        [1, 2, 3],  # fewer than a page
        [1, 2, 3, 4],  # just a page
        [1, 2, 3, 4, 5, 6, 7, 8, 9],  # two pages and one
        [1, 2, 3, 4, 4, 5],  # an instant on both sides of a page's edge
        [1, 4, 4, 4, 4, 5],  # an instant that fills a page
        [4] * 11,  # an instant that fills several
        [1, 1, 1, 1, 1, 1, 9],  # ... and is the last one
    ],
)
def test_every_execution_is_read_once_whatever_the_pages(shop: Shop, seconds: list[int]) -> None:
    expected = fill(shop, [ago(second) for second in seconds])

    assert sorted(read(shop, page_size=4), key=int) == expected


def test_more_than_the_packages_limit_is_read(shop: Shop) -> None:
    expected = fill(shop, [ago(second) for second in range(1_050)])

    assert sorted(read(shop, page_size=reads.PAGE_SIZE), key=int) == expected


def test_pages_come_newest_first(shop: Shop) -> None:
    fill(shop, [ago(second) for second in (1, 2, 3, 4, 5)])

    assert read(shop, page_size=2) == ["0", "1", "2", "3", "4"]

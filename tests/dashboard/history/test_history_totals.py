"""The totals of the history: what is counted there sums up."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Service, ServiceMode
from tests.conftest import after
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db


def test_the_reasons_of_the_totals_sum_up_to_what_they_say(
    viewer: Client, make_service: Callable[..., Service], set_clock: Callable[[datetime], None]
) -> None:
    """Seven reasons, each met twice: the six most frequent, and the other one by itself."""
    service = make_service(ServiceMode.OBSERVED)
    rows = [
        ExecutionReport(
            run_id=f"r{number}",
            runner_id="a",
            status=Status.BLOCKED,
            started_at=after(number),
            ended_at=after(number),
            reason=f"reason {number}",
        )
        for number in range(7)
    ]
    report(service, executions=rows, now=after(10))
    Execution.objects.update(attempts=2)
    set_clock(after(20))

    page = text_of(get(viewer, "/s/service-1/history/summary/?from=2026-03-14T00:00:00Z"))

    said = page[page.index("Blocked 14 times, repeats included:") :]
    counted = re.findall(r" (\d+) (?:reason \d|for 1 other reason)", said)
    assert [int(each) for each in counted] == [2] * 7

"""How much a runner did in each period of ten minutes."""

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.fleet.busy_periods import busy_periods
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Service
from tests.conftest import after

pytestmark = pytest.mark.django_db


def test_rows_and_attempts_are_summed_by_period_status_and_reason(observed: Service) -> None:
    def told(run_id: str, seconds: float, status: Status, reason: str = "") -> ExecutionReport:
        return ExecutionReport(
            run_id=run_id,
            runner_id="a",
            status=status,
            started_at=after(seconds),
            ended_at=after(seconds),
            reason=reason,
        )

    report(
        observed,
        executions=[
            told("1", 0, Status.COMPLETED),
            told("2", 599.999, Status.COMPLETED),
            told("3", 600, Status.COMPLETED),
            told("4", 61, Status.ABANDONED, "disk full"),
            told("5", 62, Status.BLOCKED, "late_start"),
            told("6", 63, Status.BLOCKED, "prior_running"),
        ],
        now=after(1_000),
    )
    Execution.objects.filter(run_id="5").update(attempts=4)

    found = busy_periods(Execution.objects.all())

    assert [(each.start, each.status, each.reason, each.rows, each.attempts) for each in found] == [
        (after(0), Status.ABANDONED, "", 1, 1),
        (after(0), Status.BLOCKED, "late_start", 1, 4),
        (after(0), Status.BLOCKED, "prior_running", 1, 1),
        (after(0), Status.COMPLETED, "", 2, 2),
        (after(600), Status.COMPLETED, "", 1, 1),
    ]

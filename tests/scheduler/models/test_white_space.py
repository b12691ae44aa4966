"""Rows of before the door lose the white space that it drops."""

from importlib import import_module

import pytest
from django.apps import apps

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import CycleSummary, Execution, Runner
from tests.conftest import after

pytestmark = pytest.mark.django_db
migration = import_module("scheduler.migrations.0010_white_space_at_edges")


def migrate() -> None:
    for operation in migration.Migration.operations:
        operation.code(apps, None)


def test_rows_of_before_are_found_by_what_is_told_now(observed):
    runs = [
        ExecutionReport(
            run_id=run_id,
            runner_id=runner_id,
            status=status,
            started_at=after(1),
            ended_at=None if status is Status.RUNNING else after(2),
            reason="disk full: x" if status is Status.BLOCKED else "",
        )
        for run_id, runner_id, status in (
            ("open", "a", Status.RUNNING),
            ("blocked", "b", Status.BLOCKED),
            ("other", "c", Status.BLOCKED),
        )
    ]
    report(observed, executions=runs, now=after(10))
    keep_summaries(observed, now=after(70))
    Runner.objects.filter(runner_id="a").update(runner_id=" a", host="h ")
    Runner.objects.filter(runner_id="b").update(runner_id="c\u00a0")
    Execution.objects.filter(run_id="open").update(run_id="open\n")
    Execution.objects.filter(run_id="blocked").update(reason=" disk  full ")
    CycleSummary.objects.update(blocked_by_reason={" disk  full ": 1, "disk full": 1})

    migrate()

    # The third differs from another one by its blank alone.
    assert set(Runner.objects.values_list("runner_id", "host")) == {
        ("a", "h"),
        ("c\u00a0", ""),
        ("c", ""),
    }
    assert Execution.objects.get(status="running").run_id == "open"
    assert set(Execution.objects.values_list("reason", flat=True)) == {"", "disk full"}
    assert CycleSummary.objects.get().blocked_by_reason == {"disk full": 2}

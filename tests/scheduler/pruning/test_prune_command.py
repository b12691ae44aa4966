import os
import signal
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from scheduler.management.commands import prune
from scheduler.models import Execution, Runner, Service
from scheduler.pruning.prunable import Table
from scheduler.pruning.pruner import Pruner
from scheduler.retention.limits import Retention
from tests.conftest import ROOT, T0, after, eventually
from tests.scheduler.pruning.pruned_rows import END, execution


def said(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def set_clock(monkeypatch):
    def stop_at(instant):
        monkeypatch.setattr("scheduler.db.clock.now", lambda: instant)

    return stop_at


@pytest.fixture
def old_rows(service, set_clock):
    """Three old executions and a running one; an hour is kept, and it is a day after T0."""
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    for number in range(3):
        execution(service, runner, number, number)
    execution(service, runner, 3, 4, status="running", ended_at=None)
    service.summarised_until, service.keep_days = after(END), 1 / 24
    service.save()
    set_clock(after(END))
    return service


@pytest.mark.django_db
def test_it_says_what_is_kept_and_what_it_removed(old_rows):
    out = said("prune")

    assert "service-1 keeps\n  executions       for 0.04166666667 days\n" in out
    assert "  cycle summaries  for 400 days\n" in out
    assert "  what runs, acknowledged blocks and runners: for ever\n" in out
    assert "  nothing is gone so far\n" in out
    assert out.endswith("  removed: 3 executions\n")
    assert [row.run_id for row in Execution.objects.all()] == ["run-3"]


@pytest.mark.django_db
def test_afterwards_it_says_what_is_gone(old_rows):
    said("prune")

    out = said("prune")

    assert "  gone so far: what began and was over before 2026-03-15 11:00:00 UTC\n" in out
    assert out.endswith("  removed: nothing\n")


@pytest.mark.django_db
def test_a_dry_run_removes_nothing(old_rows):
    out = said("prune", "--dry-run")

    assert "  would be removed: 3 executions\n" in out
    assert Execution.objects.count() == 4
    assert Service.objects.get().pruned_until is None


@pytest.mark.django_db
def test_only_the_service_that_is_named_is_pruned(old_rows, make_service):
    make_service()

    out = said("prune", "--service", "service-2")

    assert "service-1" not in out
    assert Execution.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_it_says_when_the_worker_is_behind(old_rows, arguments):
    Service.objects.update(summarised_until=after(1.5))

    out = said("prune", *arguments)

    assert "Summed up until 2026-03-14 12:00:01 UTC: more is too old, but is kept" in out
    assert "See that manage.py worker runs." in out


@pytest.mark.django_db
def test_it_says_when_nothing_is_summed_up(old_rows):
    Service.objects.update(summarised_until=None)

    assert "Nothing of it is summed up yet: more is too old" in said("prune")


@pytest.mark.django_db
def test_it_stops_where_more_is_to_be_kept_meanwhile(old_rows, monkeypatch):
    real = Pruner.prune

    def prune_one_and_keep_all(pruner, service):
        batch = real(pruner, service, at_most=1)
        Service.objects.update(keep_days=None, keep_summary_days=None)
        return batch

    monkeypatch.setattr(Pruner, "prune", prune_one_and_keep_all)

    assert said("prune").endswith("  removed: 1 execution\n")
    assert Execution.objects.count() == 3


@pytest.mark.django_db
def test_without_services_there_is_nothing_to_do():
    assert said("prune") == "There is no service yet.\n"


@pytest.mark.django_db
def test_an_unknown_service_is_said():
    with pytest.raises(CommandError, match="No service is called 'nothing'"):
        said("prune", "--service", "nothing")


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said_in_one_line(old_rows, monkeypatch):
    def fail(*told, **more):
        raise OperationalError("gone away")

    monkeypatch.setattr("scheduler.pruning.pruner.prunables", fail)

    with pytest.raises(CommandError, match="OperationalError: gone away"):
        said("prune")


@pytest.mark.django_db
def test_it_tells_how_far_it_is(old_rows, monkeypatch):
    monkeypatch.setattr(prune, "PROGRESS_SECONDS", 0.0)

    assert "  so far: 3 executions\n" in said("prune")


@pytest.mark.django_db(transaction=True)
def test_it_stops_cleanly_when_it_is_asked_to(service, process_environment):
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    rows = [
        Execution(
            service=service,
            runner=runner,
            run_id=f"run-{number}",
            status="completed",
            origin="reported",
            started_at=after(number),
            ended_at=after(number),
            first_attempt_at=after(number),
            last_attempt_at=after(number),
        )
        for number in range(20_000)
    ]
    Execution.objects.bulk_create(rows, batch_size=2_000)
    Service.objects.update(summarised_until=after(1e7), keep_days=1)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "prune"],
        cwd=ROOT,
        env=process_environment | {"SLOTWATCH_SECRET_KEY": os.environ["SLOTWATCH_SECRET_KEY"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: Execution.objects.count() < 20_000)

    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)

    left = Execution.objects.count()
    assert process.returncode == 0
    assert f"  removed: {20_000 - left:,} executions\n" in out
    assert out.endswith("Stopped; the next call goes on from here.\n")
    assert left > 0


@pytest.mark.django_db
def test_what_is_kept_is_shown(service):
    out = said("retention", "service-1")

    assert "  executions       for 90 days\n  cycle summaries  for 400 days\n" in out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("--days", "30"), Retention(days=30.0, executions=None, summary_days=400.0)),
        (("--days", "1.5"), Retention(days=1.5, executions=None, summary_days=400.0)),
        (
            ("--executions", "1000000", "--summary-days", "all"),
            Retention(days=90.0, executions=1_000_000, summary_days=None),
        ),
        (
            ("--days", "all", "--summary-days", "all"),
            Retention(days=None, executions=None, summary_days=None),
        ),
        (("--executions", "all"), Retention(days=90.0, executions=None, summary_days=400.0)),
    ],
)
def test_what_is_kept_is_set(service, arguments, kept):
    out = said("retention", "service-1", *arguments)

    assert Retention.of(Service.objects.get()) == kept
    assert "service-1 keeps\n" in out


@pytest.mark.django_db
def test_what_is_kept_already_is_said(service):
    assert said("retention", "service-1", "--days", "90").startswith("Nothing to change.\n")


@pytest.mark.django_db
def test_a_number_of_executions_is_said_with_its_age(service):
    out = said("retention", "service-1", "--executions", "1000000")

    assert "  executions       for 90 days, at most the newest 1,000,000\n" in out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("nothing",), "No service is called 'nothing'"),
        (
            ("service-1", "--days", "many"),
            "--days many is not a number: write --days 90, or --days a",
        ),
        (
            ("service-1", "--executions", "1e6"),
            "--executions 1e6 is not a number: write --executions",
        ),
        (("service-1", "--summary-days", "x"), "--summary-days x is not a number"),
        (("service-1", "--days", "0"), "Executions can't be kept for 0 days"),
        (("service-1", "--days", "all"), "keep summaries for as long at least"),
        (("service-1", "--days", "nan"), "can't be kept for nan days"),
        (("service-1", "--executions", "0"), "0 executions can't be kept"),
    ],
)
def test_what_can_not_be_kept_is_said_and_nothing_changed(service, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        said("retention", *arguments)

    assert Retention.of(Service.objects.get()) == Retention.of(service)


@pytest.mark.parametrize("table", Table)
def test_every_table_can_be_counted(table):
    assert table.counted(1) in ("1 cycle summary", f"1 {table}".removesuffix("s"), "1 watch")
    assert table.counted(2_000) == f"2,000 {table}"

"""What is old never keeps what is new waiting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.backlog import owed_since
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import CycleSummary, LateChange, Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.retention.limits import Retention, change_retention, horizon
from scheduler.services import change_policy
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LONG_AGO = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1971, 6, 1, tzinfo=UTC),
    T0 - 3_652 * DAY,
    T0 - 399 * DAY,
]


def run(run_id: str, started_at: datetime, seconds: float = 2.0) -> ExecutionReport:
    return ExecutionReport(
        run_id=run_id,
        runner_id="a",
        status=Status.COMPLETED,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=seconds),
    )


def good_runs(service: Service, number: int = 19) -> list[ExecutionReport]:
    """One a cycle, until T0."""
    cycle = timedelta(minutes=service.policies.get().service_interval_minutes)
    return [run(f"good-{each}", T0 - each * cycle) for each in range(1, number + 1)]


def batches(service: Service, now: datetime, *, at_most: int) -> int:
    """So many batches the worker needed until nothing more was due."""
    for number in range(at_most):
        kept = keep_summaries(service, now=now)
        if kept.due_at is None or kept.due_at > now:
            return number
    raise AssertionError(f"not done after {at_most} batches")


def good_cycles(service: Service) -> int:
    rows = CycleSummary.objects.filter(service=service, cycle_start__gte=T0 - DAY, started=1)
    return rows.count()


@pytest.mark.parametrize("minutes", [5.0, 0.1])
@pytest.mark.parametrize("old", LONG_AGO)
def test_one_old_row_keeps_no_cycle_of_today_waiting(make_service, old, minutes):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=minutes)
    report(service, executions=[*good_runs(service), run("old", old)], now=T0)

    batches(service, T0, at_most=12)

    assert good_cycles(service) == 19
    is_kept = old >= T0 - 400 * DAY
    assert CycleSummary.objects.filter(cycle_start__lt=T0 - 2 * DAY).exists() == is_kept
    assert not LateChange.objects.exists()


@pytest.mark.parametrize("old", LONG_AGO)
def test_where_all_is_kept_the_old_cycle_is_summed_up_too(make_service, old):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=0.1)
    change_retention(service, Retention(days=None, executions=None, summary_days=None))
    report(service, executions=[*good_runs(service), run("old", old)], now=T0)

    batches(service, T0, at_most=12)

    assert good_cycles(service) == 19
    assert CycleSummary.objects.order_by("cycle_start").first().started == 1
    assert CycleSummary.objects.order_by("cycle_start").first().cycle_start <= old


@pytest.mark.parametrize("old", LONG_AGO)
def test_an_old_row_told_late_keeps_nobody_waiting_either(make_service, old):
    service = make_service(ServiceMode.OBSERVED)
    report(service, executions=good_runs(service), now=T0)
    batches(service, T0, at_most=5)
    report(service, executions=[run("old", old), run("new", after(5))], now=after(60))

    keep_summaries(service, now=after(60))

    assert CycleSummary.objects.get(cycle_start=T0).started == 1
    batches(service, after(60), at_most=12)


@pytest.mark.parametrize(("days_back", "days"), [(390, None), (390, 400.0), (0.5, None)])
def test_another_interval_from_long_ago_on_keeps_no_cycle_of_today_waiting(
    make_service, days_back, days
):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=5.0)
    change_retention(service, Retention(days=days, executions=None, summary_days=days))
    told = [run("old", LONG_AGO[0]), run("then", T0 - 200 * DAY), *good_runs(service)]
    report(service, executions=told, now=T0)
    batches(service, T0, at_most=100)
    short = replace(policy_at(service, T0), service_interval_minutes=1.0)
    since = T0 - days_back * DAY
    change_policy(service, short, changed_by="", effective_from=since)
    written = 0

    while (kept := keep_summaries(service, now=T0)).due_at is not None and kept.due_at <= T0:
        written += kept.written
        assert written < 5_000
        short = CycleSummary.objects.filter(cycle_end=F("cycle_start") + timedelta(minutes=1))
        if short.filter(cycle_start__gte=T0 - DAY, started=1).count() < 19:
            assert not short.filter(cycle_start__lt=T0 - DAY).exists()

    assert good_cycles(service) == 19
    grid = CycleSummary.objects.filter(cycle_start__gte=since)
    lengths = {row.cycle_end - row.cycle_start for row in grid}
    assert lengths == {timedelta(minutes=1)}
    assert CycleSummary.objects.get(cycle_start=T0 - 200 * DAY).started == 1
    assert not LateChange.objects.exists()


def test_the_newest_of_many_known_cycles_come_first(make_service):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=60.0)
    told = [run(f"r{each}", T0 - timedelta(hours=each)) for each in range(1, 201)]
    report(service, executions=told, now=T0)

    keep_summaries(service, now=T0)
    first = set(CycleSummary.objects.values_list("cycle_start", flat=True))
    batches(service, T0, at_most=10)

    assert min(first) == T0 - DAY
    assert max(first) == T0 - timedelta(hours=1)
    assert CycleSummary.objects.filter(started=1).count() == 200


def test_a_worker_that_was_away_begins_with_today(make_service):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=15.0)
    beats = [HeartbeatReport(runner_id="a", at=T0 + each * 2 * DAY) for each in range(6)]
    report(service, heartbeats=beats[:1], now=T0)
    batches(service, T0 + DAY / 24, at_most=5)
    now = T0 + 10 * DAY + DAY / 24
    report(service, heartbeats=beats[1:], now=now)

    keep_summaries(service, now=now)

    assert CycleSummary.objects.filter(cycle_start__gte=now - DAY).count() >= 60
    assert not CycleSummary.objects.filter(cycle_start__range=(T0 + DAY, T0 + 9 * DAY)).exists()
    batches(service, now, at_most=20)
    assert CycleSummary.objects.filter(runner_count=1).count() == 6


def test_what_waits_to_be_summed_up_is_not_pruned(make_service):
    service = make_service(ServiceMode.OBSERVED, service_interval_minutes=60.0)
    change_retention(service, Retention(days=2.0, executions=None, summary_days=400.0))
    told = [run(f"r{each}", T0 - timedelta(hours=each)) for each in range(1, 201)]
    report(service, executions=told, now=T0)
    keep_summaries(service, now=T0)
    service.refresh_from_db()

    too_old = horizon(service, T0, None, owed_since=owed_since(service))

    assert too_old.until == T0 - timedelta(hours=200)
    assert too_old.waits_for == T0 - 2 * DAY

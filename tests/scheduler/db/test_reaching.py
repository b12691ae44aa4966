"""However long one run is told to have lasted, what touches a cycle is found, and found at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection

from scheduler.core.interval import CycleSpan
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.backlog import pass_over_the_unknown
from scheduler.cycles.loading import load_cycle, load_cycles, load_lanes
from scheduler.cycles.rows import recorded
from scheduler.db.reaching import ended_reaching, reaches, reaching
from scheduler.intake.late_changes import TAKEN_IN, note_change
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Execution, LateChange, Runner, Service
from scheduler.policies import policy_revisions
from tests.conftest import T0, after
from tests.lengths import first_of
from tests.scheduler.work import work_of

pytestmark = pytest.mark.django_db

CYCLE = timedelta(minutes=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FEW, MANY = 150, 1_500


def run(run_id: str, start: datetime, end: datetime | None, runner: str = "a") -> ExecutionReport:
    status = Status.RUNNING if end is None else Status.COMPLETED
    return ExecutionReport(
        run_id=run_id, runner_id=runner, status=status, started_at=start, ended_at=end
    )


def report_short_runs(service: Service, first: int, number: int) -> None:
    """One a cycle, the latest at T0."""
    starts = [(each, T0 - each * CYCLE) for each in range(first, first + number)]
    runs = [run(f"r{each}", start, start + timedelta(seconds=2)) for each, start in starts]
    for part in range(0, number, 500):
        report(service, executions=runs[part : part + 500], now=T0 + CYCLE)


def analyze() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE scheduler_execution")


def look_at_a_cycle(service: Service) -> object:
    return load_cycle(service, T0, now=T0 + CYCLE)


def sum_up_a_batch(service: Service) -> object:
    spans = [CycleSpan(start=T0 - each * CYCLE, end=T0 - (each - 1) * CYCLE) for each in range(9)]
    return list(load_cycles(service, policy_revisions(service), spans, now=T0 + CYCLE))


def look_at_a_lane(service: Service) -> object:
    return load_lanes(service, T0, lambda _: ["a"], now=T0 + CYCLE)


def tell_a_change(service: Service) -> None:
    note_change(service, T0 - 5 * CYCLE, T0 - 4 * CYCLE, now=T0 + CYCLE)


def look_for_the_first_known(service: Service) -> object:
    change = LateChange(service=service, start=T0 - 9 * CYCLE, end=T0)
    return pass_over_the_unknown(service, policy_revisions(service), change, T0 - CYCLE)


def tell_a_beat(service: Service) -> object:
    beat = HeartbeatReport(runner_id="a", at=T0 - 5 * CYCLE)
    return report(service, heartbeats=[beat], now=T0 + CYCLE)


def watch_again(service: Service) -> None:
    watched(service, "c", at=T0 - 5 * CYCLE, good_for_seconds=5.0)
    watched(service, "c", at=T0, good_for_seconds=5.0)


@pytest.mark.parametrize(
    "look",
    [
        look_at_a_cycle,
        sum_up_a_batch,
        look_at_a_lane,
        tell_a_change,
        look_for_the_first_known,
        tell_a_beat,
        watch_again,
    ],
)
def test_one_run_of_decades_makes_no_look_read_the_whole_history(
    observed: Service, look: Callable[[Service], object]
) -> None:
    report(observed, executions=[run("old", LONG_AGO, T0 + CYCLE / 2, "b")], now=T0 + CYCLE)
    report_short_runs(observed, 0, FEW)
    analyze()
    observed.refresh_from_db()
    # What a look writes is told to both.
    look(observed)
    little = work_of(lambda: look(observed))
    report_short_runs(observed, FEW, MANY)
    analyze()

    assert work_of(lambda: look(observed)) < little * 2 + 50


@pytest.mark.parametrize("seed", first_of(3, range(6)))
def test_what_touches_a_cycle_is_all_found(observed: Service, seed: int) -> None:
    random = Random(seed)
    told = [run("old", LONG_AGO, after(random.randrange(900)), "b")]
    for each in range(60):
        start = after(random.randrange(-3_000_000, 1_000) * random.choice([1, 0.01, 0.001]))
        length = random.choice([0, 1, 59, 60, 267, 269, 4_000, 70_000, 2_000_000])
        end = min(start + timedelta(seconds=length), after(1_000))
        told.append(run(f"r{each}", min(start, end), random.choice([end, end, end, None])))
    report(observed, executions=told, now=after(1_000))
    rows = [recorded(row) for row in Execution.objects.select_related("runner")]
    spans = [CycleSpan(start=after(60 * each), end=after(60 * each + 60)) for each in range(15)]
    many = load_cycles(observed, policy_revisions(observed), spans, now=after(1_000))

    for span, one_of_many in zip(spans, many, strict=True):
        alone = load_cycle(observed, span.start, now=after(1_000))
        touching = {
            each.run_id
            for each in rows
            if each.started_at < span.end
            and (each.started_at >= span.start or reaches(each, span.start))
        }
        assert {each.run_id for each in alone.executions} == touching
        assert {each.run_id for each in one_of_many.executions} == touching


@pytest.mark.parametrize(
    ("status", "end", "last", "reason", "is_so"),
    [
        (Status.RUNNING, None, 0, "", True),
        (Status.COMPLETED, 9, 0, "", False),
        (Status.COMPLETED, 10, 0, "", False),
        (Status.COMPLETED, 10.000001, 0, "", True),
        (Status.ABANDONED, 10, 0, "runner_dead", True),  # it held in its last living instant, too
        (Status.ABANDONED, 9.999999, 0, "runner_dead", False),
        (Status.ABANDONED, 10, 0, "crashed", False),
        (Status.BLOCKED, 0, 9.999999, "late_start", False),
        (Status.BLOCKED, 0, 10, "late_start", True),  # a repeat of it came then
    ],
)
def test_python_and_the_database_agree_on_what_reaches_into_an_instant(
    service: Service, status: Status, end: float | None, last: float, reason: str, *, is_so: bool
) -> None:
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    row = Execution.objects.create(
        service=service,
        runner=runner,
        run_id="x",
        status=status.value,
        origin="reported",
        started_at=T0,
        ended_at=None if end is None else after(end),
        reason=reason,
        first_attempt_at=T0,
        last_attempt_at=after(last),
    )

    assert reaches(row, after(10)) is reaches(recorded(row), after(10)) is is_so
    assert Execution.objects.filter(reaching(after(10))).exists() is is_so
    # No row that does so is lost by the classes of lengths.
    if is_so and end is not None:
        assert ended_reaching(service.pk, after(10)).exists()


@pytest.mark.parametrize("days", [0, 1, 7, 60, 3_500, 20_000])
def test_a_run_is_found_however_long_it_was(observed: Service, days: int) -> None:
    start = T0 - timedelta(days=days, seconds=1)
    report(observed, executions=[run("x", start, after(1))], now=after(60))

    assert ended_reaching(observed.pk, T0).exists()
    assert ended_reaching(observed.pk, after(1)).exists()
    assert not ended_reaching(observed.pk, after(1.000001)).exists()
    assert not ended_reaching(observed.pk, start).exists()


@pytest.mark.parametrize("end", [after(0), None])
def test_a_late_change_does_not_follow_a_run_of_decades(
    observed: Service, end: datetime | None
) -> None:
    report(observed, executions=[run("old", LONG_AGO, end)], now=after(60))
    LateChange.objects.all().delete()
    told = T0 - timedelta(days=30)

    note_change(observed, told, told, now=after(60))

    (change,) = LateChange.objects.all()
    assert change.start >= told - TAKEN_IN
    assert change.end <= told + TAKEN_IN


def test_a_late_change_takes_in_a_run_of_days(observed: Service) -> None:
    start, end = T0 - timedelta(days=6), T0 - timedelta(days=1)
    report(observed, executions=[run("long", start, end)], now=after(60))
    LateChange.objects.all().delete()
    told = T0 - timedelta(days=3)

    note_change(observed, told, told, now=after(60))

    (change,) = LateChange.objects.all()
    assert (change.start, change.end) == (start, end)

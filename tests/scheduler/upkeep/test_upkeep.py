from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles import summaries
from scheduler.errors import Unavailable
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import CycleSummary, Execution, Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from scheduler.upkeep import cycles, duties
from scheduler.upkeep.duties import Upkeep
from tests.conftest import after


@pytest.fixture
def set_clock(monkeypatch):
    def stop_at(instant):
        monkeypatch.setattr("scheduler.db.clock.now", lambda: instant)

    return stop_at


@pytest.fixture
def said():
    return []


@pytest.fixture
def stopwatch():
    """What the backoff is measured by; it stands still until it is moved."""
    return [0.0]


@pytest.fixture
def upkeep(said, stopwatch):
    return lambda: Upkeep(say=said.append, monotonic=lambda: stopwatch[0])


def summed_up(done):
    return done.rows["summaries"]


@pytest.mark.django_db
def test_a_round_sums_up_every_service(make_service, set_clock, upkeep):
    for service in (make_service(), make_service()):
        beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(130))

    done = upkeep().work()

    assert (summed_up(done), done.is_done) == (4, True)
    assert CycleSummary.objects.count() == 4


@pytest.mark.django_db
def test_a_round_in_which_nothing_is_due_is_five_reads(
    service, set_clock, django_assert_num_queries, upkeep
):
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(70))
    busy = upkeep()
    busy.work()

    # Dead holders, late changes, the services twice (for their cycles, and for their old rows), and
    # those that are being deleted.
    with django_assert_num_queries(5):
        done = busy.work()

    assert summed_up(done) == 0


@pytest.mark.django_db
def test_the_next_cycle_is_summed_up_when_it_is_over(service, set_clock, upkeep):
    beat(service, Beat(runner_id="a"), now=after(0))
    busy = upkeep()
    numbers = []
    for second in (61, 119, 120):
        set_clock(after(second))
        numbers.append(summed_up(busy.work()))

    assert numbers == [1, 0, 1]


@pytest.mark.django_db
def test_a_late_change_is_taken_up_at_once(service, set_clock, upkeep):
    beat(service, Beat(runner_id="a"), now=after(50))
    run = claim(service, "a", now=after(50)).execution
    busy = upkeep()
    set_clock(after(61))
    busy.work()

    finish(service, run.run_id, now=after(62))
    set_clock(after(63))

    assert summed_up(busy.work()) == 1
    assert CycleSummary.objects.get().completed == 1


@pytest.mark.django_db
def test_a_long_backlog_is_done_in_rounds(service, set_clock, monkeypatch, upkeep):
    monkeypatch.setattr(duties, "DUTY_SECONDS", 0.0)
    beat(service, Beat(runner_id="a"), now=after(0))
    # 100 cycles, in batches of 60.
    set_clock(after(6_000))
    busy = upkeep()

    rounds = [busy.work() for _ in range(4)]

    assert [(summed_up(one), one.is_done) for one in rounds] == [
        (60, False),
        (40, False),
        # That this was all is found out by the next question.
        (0, False),
        (0, True),
    ]


@pytest.mark.django_db
def test_a_round_is_left_between_two_batches_when_there_is_no_more_time(service, set_clock, upkeep):
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(6_000))
    # The first duty has nothing to do; the second may do one batch, and the others may not begin.
    answers = iter([True, True, False, False, False])

    done = upkeep().work(lambda: next(answers))

    assert (summed_up(done), done.is_done) == (60, False)


@pytest.mark.django_db
def test_a_backlog_of_one_service_does_not_hold_up_the_others(
    make_service, set_clock, monkeypatch, upkeep
):
    monkeypatch.setattr(duties, "DUTY_SECONDS", 0.0)
    long, short = make_service(), make_service()
    beat(long, Beat(runner_id="a"), now=after(0))
    beat(short, Beat(runner_id="a"), now=after(17_990))
    set_clock(after(18_000))
    busy = upkeep()

    for _ in range(2):
        busy.work()

    # A batch of each, and not 120 cycles of the first.
    numbers = CycleSummary.objects.order_by("service").values_list("service").distinct()
    assert [number for (number,) in numbers] == [long.pk, short.pk]


@pytest.mark.django_db
def test_a_shorter_interval_is_taken_up_at_once(make_service, set_clock, upkeep):
    hourly = make_service(service_interval_minutes=60.0)
    beat(hourly, Beat(runner_id="a"), now=after(0))
    busy = upkeep()
    set_clock(after(30))
    busy.work()

    every_minute = replace(policy_at(hourly, after(30)), service_interval_minutes=1.0)
    change_policy(hourly, every_minute, changed_by="")
    set_clock(after(125))
    busy.work()

    ends = CycleSummary.objects.order_by("cycle_end").values_list("cycle_end", flat=True)
    assert list(ends) == [after(60), after(120)]


@pytest.mark.django_db
def test_cycles_that_come_again_after_the_clock_jumped_back_are_summed_up_again(
    service, set_clock, upkeep
):
    beat(service, Beat(runner_id="a"), now=after(0))
    busy = upkeep()
    set_clock(after(190))
    busy.work()
    set_clock(after(100))
    busy.work()
    beat(service, Beat(runner_id="b"), now=after(100))
    set_clock(after(130))
    busy.work()

    rows = CycleSummary.objects.order_by("cycle_start").values_list("cycle_start", "runner_count")
    assert list(rows) == [(after(0), 1), (after(60), 1)]


@pytest.mark.django_db
def test_a_service_that_is_deleted_meanwhile_does_not_stop_the_others(
    make_service, set_clock, monkeypatch, upkeep
):
    doomed, other = make_service(), make_service()
    for service in (doomed, other):
        beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(70))
    real = summaries.judge_cycle

    def judge_and_lose(timeline):
        Service.objects.filter(pk=doomed.pk).delete()
        return real(timeline)

    monkeypatch.setattr(summaries, "judge_cycle", judge_and_lose)
    done = upkeep().work()

    assert (summed_up(done), done.is_done) == (1, True)


def test_a_database_that_is_away_is_said_and_no_more(monkeypatch, upkeep):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr("scheduler.db.clock.now", away)

    with pytest.raises(Unavailable, match="connection refused"):
        upkeep().work()


@pytest.fixture
def broken(monkeypatch):
    """Summing up these services (by key) fails, with these exceptions."""
    real = cycles.keep_summaries
    failing = {}

    def keep(service):
        if service.pk in failing:
            raise failing[service.pk]()
        return real(service)

    monkeypatch.setattr(cycles, "keep_summaries", keep)
    return failing


@pytest.mark.django_db
@pytest.mark.parametrize("error", [KeyError, DataError])
def test_an_exception_in_one_service_stops_neither_the_others_nor_the_round(
    make_service, set_clock, upkeep, broken, said, caplog, error
):
    ill, well = make_service(), make_service()
    for service in (ill, well):
        beat(service, Beat(runner_id="a"), now=after(0))
    broken[ill.pk] = error
    set_clock(after(70))
    done = upkeep().work()

    assert (summed_up(done), done.is_done) == (1, True)
    assert CycleSummary.objects.get().service == well
    (line,) = said
    assert line.startswith(f"Summing up {ill.slug} failed ({error.__name__}")
    assert "Traceback" in caplog.text


@pytest.mark.django_db
def test_what_failed_is_said_once_tried_later_and_later_and_said_when_it_is_over(
    service, set_clock, upkeep, broken, said, stopwatch
):
    beat(service, Beat(runner_id="a"), now=after(0))
    stopwatch[0], tried = 0.0, []

    def fail():
        tried.append(stopwatch[0])
        return KeyError("x")

    broken[service.pk] = fail
    set_clock(after(70))
    busy = upkeep()
    for second in range(9):
        stopwatch[0] = float(second)
        busy.work()
    del broken[service.pk]
    stopwatch[0] = 100.0
    busy.work()

    # After 2 s, and 4 s after that; the next would be 8 s later.
    assert tried == [0.0, 2.0, 6.0]
    assert said == [
        f"Summing up {service.slug} failed (KeyError: 'x'). Everything else goes on; trying again.",
        f"Summing up {service.slug} goes on again.",
    ]
    assert CycleSummary.objects.count() == 1


@pytest.mark.django_db
def test_a_duty_that_fails_does_not_stop_the_others(service, set_clock, upkeep, monkeypatch, said):
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(70))
    monkeypatch.setattr("scheduler.upkeep.holders.held_by_the_dead", lambda now: 1 // 0)

    done = upkeep().work()

    assert summed_up(done) == 1
    assert said[0].startswith("The duty dead_holders failed (ZeroDivisionError")


@pytest.mark.django_db
def test_the_run_of_a_dead_runner_is_ended_before_anybody_asks(service, set_clock, upkeep):
    run = claim(service, "a", now=after(10)).execution
    busy = upkeep()
    set_clock(after(40))
    alive = busy.work()
    # 10 + 30 s: alive at the very instant of its expiry, dead after it.
    set_clock(after(40) + timedelta(microseconds=1))
    dead = busy.work()

    run.refresh_from_db()
    assert (run.status, run.reason, run.ended_at) == ("abandoned", "runner_dead", after(40))
    assert [one.rows["dead_holders"] for one in (alive, dead)] == [0, 1]


@pytest.mark.django_db
def test_the_run_of_a_silent_runner_of_an_observed_service_is_left_alone(
    observed, set_clock, upkeep
):
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id="a", at=after(0))],
        executions=[
            ExecutionReport(run_id="r", runner_id="a", status=Status.RUNNING, started_at=after(0))
        ],
        now=after(0),
    )
    set_clock(after(300))

    assert upkeep().work().rows["dead_holders"] == 0
    assert Execution.objects.get().status == "running"


@pytest.mark.django_db
def test_a_round_is_told_in_words(upkeep):
    words = upkeep().words

    assert words({"dead_holders": 1, "summaries": 1_200}) == (
        "1 dead holder ended, 1,200 cycles summed up"
    )
    assert words({"dead_holders": 0, "summaries": 1}) == "1 cycle summed up"
    assert words({"dead_holders": 0, "summaries": 0}) == ""

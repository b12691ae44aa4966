import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from scheduler import clock, summaries, worker
from scheduler.claims import claim, finish
from scheduler.collectors.loop import Unavailable
from scheduler.heartbeats import Beat, beat
from scheduler.models import CycleSummary, Service
from scheduler.services import change_policy, policy_at
from scheduler.worker import Worker
from tests.conftest import ROOT, after, eventually


@pytest.fixture
def set_clock(monkeypatch):
    def stop_at(instant):
        monkeypatch.setattr("scheduler.clock.now", lambda: instant)

    return stop_at


@pytest.mark.django_db
def test_a_round_sums_up_every_service(make_service, set_clock):
    for service in (make_service(), make_service()):
        beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(130))

    done = Worker().work()

    assert (done.summaries, done.is_done) == (4, True)
    assert CycleSummary.objects.count() == 4


@pytest.mark.django_db
def test_a_round_in_which_nothing_is_due_is_two_reads(
    service, set_clock, django_assert_num_queries
):
    beat(service, Beat(runner_id="a"), now=after(0))
    set_clock(after(70))
    busy = Worker()
    busy.work()

    with django_assert_num_queries(2):
        done = busy.work()

    assert done.summaries == 0


@pytest.mark.django_db
def test_the_next_cycle_is_summed_up_when_it_is_over(service, set_clock):
    beat(service, Beat(runner_id="a"), now=after(0))
    busy = Worker()
    numbers = []
    for second in (61, 119, 120):
        set_clock(after(second))
        numbers.append(busy.work().summaries)

    assert numbers == [1, 0, 1]


@pytest.mark.django_db
def test_a_late_change_is_taken_up_at_once(service, set_clock):
    beat(service, Beat(runner_id="a"), now=after(50))
    run = claim(service, "a", now=after(50)).execution
    busy = Worker()
    set_clock(after(61))
    busy.work()

    finish(service, run.run_id, now=after(62))
    set_clock(after(63))

    assert busy.work().summaries == 1
    assert CycleSummary.objects.get().completed == 1


@pytest.mark.django_db
def test_a_long_backlog_is_done_in_rounds(service, set_clock, monkeypatch):
    monkeypatch.setattr(worker, "BATCHES_A_ROUND", 1)
    beat(service, Beat(runner_id="a"), now=after(0))
    # 100 cycles, in batches of 60.
    set_clock(after(6_000))
    busy = Worker()

    rounds = [busy.work() for _ in range(3)]

    assert [(one.summaries, one.is_done) for one in rounds] == [(60, False), (40, False), (0, True)]


@pytest.mark.django_db
def test_a_shorter_interval_is_taken_up_at_once(make_service, set_clock):
    hourly = make_service(service_interval_minutes=60.0)
    beat(hourly, Beat(runner_id="a"), now=after(0))
    busy = Worker()
    set_clock(after(30))
    busy.work()

    every_minute = replace(policy_at(hourly, after(30)), service_interval_minutes=1.0)
    change_policy(hourly, every_minute, changed_by="")
    set_clock(after(125))
    busy.work()

    ends = CycleSummary.objects.order_by("cycle_end").values_list("cycle_end", flat=True)
    assert list(ends) == [after(60), after(120)]


@pytest.mark.django_db
def test_cycles_that_come_again_after_the_clock_jumped_back_are_summed_up_again(service, set_clock):
    beat(service, Beat(runner_id="a"), now=after(0))
    busy = Worker()
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
    make_service, set_clock, monkeypatch
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
    done = Worker().work()

    assert (done.summaries, done.is_done) == (1, True)


def test_a_database_that_is_away_is_said_and_no_more(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr("scheduler.clock.now", away)

    with pytest.raises(Unavailable, match="connection refused"):
        Worker().work()


@pytest.mark.django_db
def test_the_command_can_do_what_is_due_and_end(service):
    now = clock.now()
    beat(service, Beat(runner_id="a"), now=now - timedelta(minutes=5))
    said = StringIO()

    call_command("worker", "--once", stdout=said)

    # Five or six, by where in a minute the clock is.
    assert said.getvalue() in ("4 cycles summed up.\n", "5 cycles summed up.\n")


def test_the_command_that_ends_says_in_one_line_that_the_database_is_away(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr("scheduler.clock.now", away)

    with pytest.raises(CommandError, match=r"connection refused\. Nothing is lost"):
        call_command("worker", "--once", skip_checks=True)


@pytest.mark.django_db(transaction=True)
def test_the_command_goes_on_until_it_is_stopped(service, process_environment):
    beat(service, Beat(runner_id="a"), now=clock.now() - timedelta(minutes=3))
    with subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=process_environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        eventually(lambda: CycleSummary.objects.count() >= 2)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "summed up." in said
    assert said.endswith("Stopped.\n")

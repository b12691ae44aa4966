import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import CycleSummary, Execution, Runner, Service
from scheduler.services import create_service
from scheduler.upkeep.service import NAME, SLUG
from tests.conftest import ROOT, eventually
from tests.scheduler.intake.test_concurrency import assert_one_at_a_time


@pytest.fixture
def quick_upkeep(transactional_db):
    """The upkeep in cycles of 6 s; whoever is silent for 3 s is dead."""
    policy = SchedulingPolicy(
        service_interval_minutes=0.1,
        spread_margin_minutes=0.2 / 60,
        check_interval_seconds=0.2,
        max_start_slot_fraction=1.0,
        dead_after_seconds=3.0,
    )
    return create_service(SLUG, name=NAME, policy=policy)


@pytest.fixture
def start(process_environment):
    """Starts workers; whatever becomes of the test, they end with it."""
    processes = []

    def start_one():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=process_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stopped(process):
    """Stop it as an init system does; what it said."""
    process.send_signal(signal.SIGTERM)
    said, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")
    return said


@pytest.mark.django_db(transaction=True)
def test_the_command_goes_on_until_it_is_stopped(service, start):
    beat(service, Beat(runner_id="a"), now=clock.now() - timedelta(minutes=3))
    process = start()
    eventually(lambda: CycleSummary.objects.count() >= 2)

    said = stopped(process)

    assert "summed up." in said
    assert said.endswith("Stopped.\n")


@pytest.mark.django_db(transaction=True)
def test_a_stopped_worker_ends_its_run_and_gives_up_its_window(start):
    process = start()
    eventually(lambda: Execution.objects.filter(status="running").exists())

    stopped(process)

    run = Execution.objects.get()
    assert (run.service.slug, run.runner.pid) == (SLUG, process.pid)
    assert (run.status, run.reason) == ("completed", "")
    assert list(run.runner.presences.filter(position__isnull=False)) == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_start_at_once_make_one_service_and_share_it(start):
    processes = [start() for _ in range(3)]
    eventually(lambda: Runner.objects.count() == 3)

    assert [stopped(process).endswith("Stopped.\n") for process in processes] == [True] * 3
    assert list(Service.objects.values_list("slug", flat=True)) == [SLUG]
    assert not Execution.objects.filter(status="running").exists()


@pytest.mark.django_db(transaction=True)
def test_the_others_end_the_run_of_a_killed_worker_and_go_on(quick_upkeep, start):
    processes = {process.pid: process for process in (start() for _ in range(3))}
    eventually(lambda: runners_that_completed() == 3)

    dead = kill_the_holder(processes)

    eventually(lambda: Execution.objects.filter(pk=dead.pk, reason="runner_dead").exists())
    dead.refresh_from_db()
    ended_after = clock.now() - dead.ended_at
    # A heartbeat is good for 3 s, and each of the two asks at least every second; the rest of this
    # is for a busy machine.
    assert ended_after < timedelta(seconds=20)
    eventually(lambda: runners_that_completed(since=dead.pk) == 2)
    for pid, process in processes.items():
        if pid != dead.runner.pid:
            stopped(process)
    assert not Execution.objects.filter(status="running").exists()
    assert_one_at_a_time(quick_upkeep)


def runners_that_completed(since=0):
    runs = Execution.objects.filter(pk__gt=since, status="completed")
    return runs.values("runner").distinct().count()


def kill_the_holder(processes):
    """Kill whichever worker is on lease; its run, which nobody will finish."""
    killed = []

    def try_to():
        # Not one that may be ending its run just now; and stopped first, it can't any more.
        begun = Execution.objects.filter(started_at__gt=clock.now() - timedelta(seconds=0.5))
        run = begun.select_related("runner").filter(status="running").first()
        if run is None:
            return False
        os.kill(run.runner.pid, signal.SIGSTOP)
        run.refresh_from_db()
        if run.status != "running":
            os.kill(run.runner.pid, signal.SIGCONT)
            return False
        processes[run.runner.pid].kill()
        killed.append(run)
        return True

    eventually(try_to)
    return killed[0]

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from scheduler.models import Execution, Service
from tests.conftest import ROOT, eventually
from tests.lengths import short_and_whole

PROCESSES = 4
THREADS = short_and_whole(6, 32)


@pytest.fixture
def moving_service(make_service):
    """Cycles of 1.2 s and a heartbeat good for 1 s: turns, joins and deaths happen all the time."""
    return make_service(service_interval_minutes=0.02, dead_after_seconds=1.0)


@pytest.fixture(params=THREADS)
def crowd(moving_service, process_environment, request):
    """Four processes of as many threads that claim at once; the first keeps what it starts."""
    processes = []
    for number in range(PROCESSES):
        arguments = [moving_service.slug, f"p{number}", str(request.param)]
        command = [sys.executable, "-m", "tests.scheduler.intake.claimers", *arguments]
        processes.append(
            subprocess.Popen(
                command if number else [*command, "hold"],
                cwd=ROOT,
                env=process_environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.django_db(transaction=True)
def test_never_two_running_no_claim_lost_and_no_error(crowd, moving_service):
    held_run = killed_while_holding(crowd[0])
    wait_for_a_start_after(held_run)
    answers: Counter[str] = Counter()
    for process in crowd[1:]:
        said, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
        answers += Counter(json.loads(said))

    survivors = Execution.objects.filter(service=moving_service).exclude(
        runner__runner_id__startswith="p0"
    )
    blocked = survivors.filter(status="blocked")
    assert answers["started"] == survivors.exclude(status="blocked").count() > 0
    assert answers["blocked"] == sum(blocked.values_list("attempts", flat=True)) > 0
    assert_one_at_a_time(moving_service)


def killed_while_holding(process: subprocess.Popen[str]) -> str:
    """Kill the process once it holds a run; that run's id."""
    assert process.stdout is not None
    word, run_id = process.stdout.readline().split()
    process.kill()
    assert word == "holds"
    return run_id


def wait_for_a_start_after(run_id: str) -> None:
    """Until the dead holder is ended and others have run again."""
    dead = Execution.objects.get(run_id=run_id)
    later = Execution.objects.filter(pk__gt=dead.pk, status="completed")
    eventually(lambda: later.count() >= 3)
    dead.refresh_from_db()
    assert (dead.status, dead.reason) == ("abandoned", "runner_dead")


def assert_one_at_a_time(service: Service) -> None:
    runs = Execution.objects.filter(service=service).exclude(status="blocked").order_by("id")
    for before, following in pairwise(runs):
        assert before.ended_at is not None
        assert before.ended_at <= following.started_at

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import CycleSummary, Execution, Watch
from scheduler.services import create_service
from scheduler.upkeep.service import SLUG
from tests.conftest import eventually
from tests.fleet.conftest import BUFFERED, Shop, Start, ago, manage
from tests.fleet.watched import wait_for

APP = """
import time

from pynenc import PynencBuilder

app = PynencBuilder().app_id("shop").sqlite({path!r}).thread_runner().build()
"""
HANGS = """
app.orchestrator.get_active_runners = lambda **_: time.sleep(600)
"""
COLLECTORS = "pynenc:market=stall.app"
QUICK = SchedulingPolicy(
    service_interval_minutes=0.05,
    spread_margin_minutes=0.2 / 60,
    check_interval_seconds=0.2,
    max_start_slot_fraction=1.0,
    dead_after_seconds=3.0,
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "stall.py").write_text(APP.format(path=str(tmp_path / "shop" / "shop.sqlite3")))
    return Shop(tmp_path / "shop")


class Worker:
    """A worker process with the shop's collector, and what it said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0
        return self.said


@pytest.fixture
def start(
    process_environment: dict[str, str], start_process: Start, tmp_path: Path
) -> Callable[[], Worker]:
    """Workers that share an upkeep in cycles of 3 s."""
    create_service(SLUG, policy=QUICK)
    number = iter(range(100))

    def start_one() -> Worker:
        log = tmp_path / f"worker-{next(number)}.log"
        environment = process_environment | BUFFERED | {"SLOTWATCH_COLLECTORS": COLLECTORS}
        return Worker(start_process(manage("worker"), log=log, cwd=tmp_path, env=environment), log)

    return start_one


def recorded(**facts: object) -> int:
    return Execution.objects.filter(service__slug="market", **facts).count()


@pytest.mark.django_db(transaction=True)
def test_a_configured_app_is_watched_through_the_shifts_of_a_worker(
    shop: Shop, start: Callable[[], Worker]
) -> None:
    run = shop.start("a", ago(60))
    worker = start()
    wait_for(lambda: recorded(status="running"), within=60, what=lambda: worker.said)
    leases = Execution.objects.filter(service__slug=SLUG, status="completed")
    eventually(lambda: leases.count() >= 3)
    shop.end(run, ago(50))
    wait_for(lambda: recorded(status="completed"), within=60, what=lambda: worker.said)

    said = worker.stop()

    assert "market: Watching shop as service market every 2 s." in said
    assert said.endswith("Stopped.\n")
    assert Watch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_next_worker_goes_on_watching_when_one_is_killed(
    shop: Shop, start: Callable[[], Worker]
) -> None:
    first = start()
    wait_for(Watch.objects.exists, within=60, what=lambda: first.said)
    second = start()
    wait_for(lambda: "Watching shop" in second.said, within=60, what=lambda: second.said)
    first.process.kill()
    first.process.wait()
    run = shop.run("a", ago(20), ago(10))

    wait_for(lambda: recorded(), within=60, what=lambda: second.said)

    second.stop()
    assert Execution.objects.get(service__slug="market").run_id == run.atomic_service_run_id


@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_an_app_that_hangs_holds_up_neither_the_upkeep_nor_its_end(
    shop: Shop, start: Callable[[], Worker], tmp_path: Path
) -> None:
    with (tmp_path / "stall.py").open("a") as module:
        module.write(HANGS)
    worker = start()

    # Its own cycles: for far longer than its heartbeat is good for.
    eventually(lambda: CycleSummary.objects.filter(outcome="served").count() >= 3)

    said = worker.stop()
    assert "A collector is left in the middle of a look that takes too long." in said
    assert said.endswith("Stopped.\n")
    assert not Execution.objects.filter(reason="runner_dead").exists()


@pytest.mark.django_db(transaction=True)
def test_an_app_that_cannot_be_found_is_one_line_and_the_upkeep_goes_on(
    start: Callable[[], Worker],
) -> None:
    worker = start()
    eventually(lambda: Execution.objects.filter(status="completed").count() >= 2)

    said = worker.stop()

    assert said.count("There is no module 'stall' here.") == 1
    assert said.count("market: ") == 1

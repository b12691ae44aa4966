"""A real fleet whose interval is changed: only its runners are restarted, the collector goes on."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from scheduler.models import Execution, Policy
from tests.fleet.conftest import Start, manage
from tests.fleet.watched import PYNENC, reading, wait_for

APP = """
from pynenc import PynencBuilder

app = (
    PynencBuilder()
    .app_id("shop")
    .sqlite({path!r})
    .thread_runner()
    .custom_config(
        atomic_service_interval_minutes={interval} / 60,
        atomic_service_spread_margin_minutes=0.005,
        atomic_service_check_interval_minutes=0.2 / 60,
        atomic_service_max_start_slot_fraction=1.0,
        runner_considered_dead_after_minutes=0.1,
    )
    .build()
)
"""


class Shop:
    """A real app in files, its runners, and the collector that watches it."""

    def __init__(self, directory: Path, start: Start, environment: dict[str, str]) -> None:
        self._directory = directory
        self._start = start
        self._environment = environment
        self._runners: list[subprocess.Popen[bytes]] = []
        self.log = directory / "watch.log"
        self.url = f"sqlite:///{directory / 'slotwatch.sqlite3'}"

    def write(self, interval: float) -> None:
        path = str(self._directory / "shop.sqlite3")
        (self._directory / "bazaar.py").write_text(APP.format(path=path, interval=interval))

    def watch(self) -> None:
        environment = self._environment | {"DATABASE_URL": self.url}
        migrate = manage("migrate", "--verbosity=0")
        subprocess.run(migrate, cwd=self._directory, env=environment, check=True)
        command = manage("watch_pynenc", "bazaar.app", "--every", "0.5")
        self._start(command, log=self.log, cwd=self._directory, env=environment)

    def start_runners(self) -> None:
        self._runners = [
            self._start(
                [str(PYNENC), "--app", "bazaar.app", "runner", "start"],
                log=self._directory / f"runner-{number}.log",
                cwd=self._directory,
                env=self._environment,
            )
            for number in range(3)
        ]

    def stop_runners(self) -> None:
        for runner in self._runners:
            runner.terminate()
        for runner in self._runners:
            runner.wait(timeout=60)

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def shop(
    tmp_path: Path,
    start_process: Start,
    process_settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    # Its bytecode is told from its source by the second.
    made = Shop(tmp_path, start_process, process_settings | {"PYTHONDONTWRITEBYTECODE": "1"})
    made.write(3)
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    sys.modules.pop("bazaar", None)


def started_since(at: datetime) -> int:
    return Execution.objects.filter(started_at__gt=at).exclude(status="blocked").count()


def alive(app: Any) -> dict[str, datetime]:
    return {one.runner_id: one.creation_time for one in app.orchestrator.get_active_runners()}


@pytest.mark.long
def test_the_collector_goes_by_what_its_runners_were_restarted_with(
    shop: Shop, django_db_blocker: DjangoDbBlocker
) -> None:
    app = importlib.import_module("bazaar").app
    assert app.orchestrator
    shop.watch()
    shop.start_runners()
    wait_for(lambda: len(alive(app)) == 3, within=60, what=shop.said)
    wait_for(lambda: "3 in the cycle" in shop.said(), within=60, what=shop.said)
    before = alive(app)

    shop.write(6)
    wait_for(
        lambda: "settings of bazaar.app were changed" in shop.said(), within=60, what=shop.said
    )
    shop.stop_runners()
    restarted_at = datetime.now(UTC)
    shop.start_runners()
    wait_for(lambda: len(alive(app).keys() - before.keys()) == 3, within=60, what=shop.said)
    new = {each: at for each, at in alive(app).items() if each not in before}

    with django_db_blocker.unblock(), reading(shop.url):
        wait_for(lambda: Policy.objects.count() == 2, within=30, what=shop.said)
        wait_for(lambda: started_since(restarted_at) >= 5, within=60, what=shop.said)
        first, second = Policy.objects.order_by("effective_from")
    assert (first.service_interval_minutes, second.service_interval_minutes) == (0.05, 0.1)
    assert second.effective_from == min(new.values())
    assert f"Policy changed, in force since {min(new.values()):%H:%M:%S} UTC: cycles of 6 s" in (
        shop.said()
    )
    assert "fit no window" not in shop.said()

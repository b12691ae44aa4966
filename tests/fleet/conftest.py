"""Real pynenc apps on SQLite, written to through their own orchestrator; processes and waiting."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from pynenc import Pynenc, PynencBuilder
from pynenc.orchestrator.atomic_service import (
    AtomicServiceExecution,
    AtomicServiceExecutionStatus,
    AtomicServiceRun,
)

from scheduler.collectors.pynenc import PynencCollector
from tests.conftest import ROOT, eventually

NOW = datetime.now(UTC).replace(microsecond=123_456)
# As in production: what a process says must come out because it is said, not because of this.
BUFFERED = {"PYTHONUNBUFFERED": ""}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """Apps and databases keep the real time here, so a test's instants count back from it."""
    return NOW - timedelta(seconds=seconds)


class Shop:
    """A pynenc app, and the ways in which a fleet writes into its store."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.directory = directory
        self.app: Pynenc = (
            PynencBuilder()
            .app_id("shop")
            .sqlite(str(directory / "shop.sqlite3"))
            .thread_runner()
            .custom_config(
                # Tests write rows of any age, which the app would purge by default.
                **{
                    "atomic_service_execution_retention_minutes": 0.0,
                    "atomic_service_execution_max_records": 0,
                }
                | settings
            )
            .build()
        )

    def beat(self, *runner_ids: str, eligible: bool = True) -> None:
        self.app.orchestrator.register_runner_heartbeats(
            list(runner_ids), can_run_atomic_service=eligible
        )

    def start(self, runner_id: str, at: datetime, run_id: str = "") -> AtomicServiceRun:
        """Claim a run; while another one is RUNNING, the package makes it a BLOCKED row."""
        run = AtomicServiceRun(runner_id=runner_id, atomic_service_run_id=run_id or str(uuid4()))
        self.app.orchestrator.record_atomic_service_execution_start(run, at)
        return run

    def end(
        self,
        run: AtomicServiceRun,
        at: datetime,
        status: AtomicServiceExecutionStatus = AtomicServiceExecutionStatus.COMPLETED,
        reason: str = "",
    ) -> None:
        self.app.orchestrator.finalize_atomic_service_execution(run, at, status, reason)

    def run(self, runner_id: str, start: datetime, end: datetime) -> AtomicServiceRun:
        run = self.start(runner_id, start)
        self.end(run, end)
        return run

    def held(self) -> list[AtomicServiceExecution]:
        """Everything that the app's own API reports."""
        ended = self.app.orchestrator.get_atomic_service_executions_in_timerange(
            BEGINNING, datetime.now(UTC) + timedelta(days=1), limit=100_000
        )
        running = self.app.orchestrator.get_active_atomic_service_executions()
        return list({one.atomic_service_run_id: one for one in [*ended, *running]}.values())

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """The store refuses every question about executions."""
        table = self.app.orchestrator.tables.ATOMIC_SERVICE_EXECUTIONS
        self._rename_table(table, "away")
        yield
        self._rename_table("away", table)

    def _rename_table(self, old: str, new: str) -> None:
        with closing(sqlite3.connect(self.directory / "shop.sqlite3")) as store:
            store.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    def purge(self) -> None:
        self.app.orchestrator.purge()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture
def collector(shop: Shop) -> PynencCollector:
    return PynencCollector(shop.app, slug="shop", good_for_seconds=10)


class Start(Protocol):
    def __call__(
        self, command: list[str], *, log: Path, cwd: Path, env: dict[str, str]
    ) -> subprocess.Popen[bytes]: ...


@pytest.fixture
def start_process() -> Iterator[Start]:
    """Starts processes; whatever becomes of the test, they end with it."""
    started = []

    def start(
        command: list[str], *, log: Path, cwd: Path, env: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def process_settings(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that works on a database of its own."""
    return (
        os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
            "SLOTWATCH_DATA_DIR": str(tmp_path),
            "SLOTWATCH_HTTPS": "off",
        }
        | BUFFERED
    )


def manage(*arguments: str) -> list[str]:
    """The command line of one of our own commands."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def wait_for(condition: Callable[[], object], *, within: float, what: Callable[[], object]) -> None:
    """Wait until ``condition`` holds; fail with ``what()`` when it does not in time."""
    try:
        eventually(condition, within_seconds=within)
    except AssertionError as error:
        pytest.fail(f"{error}: {what()}")

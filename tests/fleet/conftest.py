"""Real pynenc apps on SQLite, written to through their own orchestrator; processes and waiting."""

import importlib
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from pynenc import Pynenc, PynencBuilder
from pynenc.orchestrator.atomic_service import (
    AtomicServiceExecution,
    AtomicServiceExecutionStatus,
    AtomicServiceRun,
)

from scheduler.collectors.pynenc.collector import PynencCollector
from tests import postgresql
from tests.conftest import ROOT
from tests.fleet.watched import PYNENC, Fleet, held_by, wait_for

# As in production: what a process says must come out because it is said, not because of this.
BUFFERED = {"PYTHONUNBUFFERED": ""}
DOCUMENT = ROOT / "docs" / "integration.md"


class _Beginning:
    """When the present test began. A collector does not look back for ever: counted from the start
    of a long session, what a test calls recent would not be."""

    at: datetime


@pytest.fixture(autouse=True)
def beginning() -> None:
    _Beginning.at = datetime.now(UTC).replace(microsecond=123_456)


def ago(seconds: float) -> datetime:
    """Apps and databases keep the real time here, so a test's instants count back from it."""
    return _Beginning.at - timedelta(seconds=seconds)


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
        # A fleet has been here: the package makes its tables when they are asked for.
        assert self.app.orchestrator

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
        return held_by(self.app)

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


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The document's app, in a directory of its own, and imported here too: what it reports is
    what we must have."""
    blocks = re.findall(
        r"^ *```python\n(.*?)^ *```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE
    )
    source = "\n\n".join(map(textwrap.dedent, blocks))
    (tmp_path / "shop.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("shop").app
    del sys.modules["shop"]


@pytest.fixture
def database_urls(tmp_path: Path) -> Iterator[list[str]]:
    """An empty database of each kind."""
    server, name = postgresql.url(), f"watched_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield [
            f"sqlite:///{tmp_path / 'slotwatch.sqlite3'}",
            urlsplit(server)._replace(path=f"/{name}").geturl(),
        ]
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def fleet(
    app: Any,
    database_urls: list[str],
    start_process: Start,
    tmp_path: Path,
    process_settings: dict[str, str],
) -> Fleet:
    """Three runners of the document's app, watched for each database by a collector of its own.

    The collectors come first: a busy machine takes its time to start them, and of a runner that was
    there for longer than a heartbeat is good for it would not be known since when.
    """
    assert app.orchestrator  # makes the store: a collector only reads one that is there
    watchers, logs = [], []
    for number, url in enumerate(database_urls):
        environment = process_settings | {"DATABASE_URL": url}
        subprocess.run(
            manage("migrate", "--verbosity=0"), cwd=tmp_path, env=environment, check=True
        )
        logs.append(tmp_path / f"watch-{number}.log")
        command = manage("watch_pynenc", "shop.app", "--every", "1")
        watchers.append(start_process(command, log=logs[-1], cwd=tmp_path, env=environment))
    started = Fleet(app=app, watchers=watchers, logs=logs, urls=database_urls)
    wait_for(
        lambda: started.said().count("Executions: ") == len(logs), within=90, what=started.said
    )
    started.runners += [
        start_process(
            [str(PYNENC), "--app", "shop.app", "runner", "start"],
            log=tmp_path / f"runner-{number}.log",
            cwd=tmp_path,
            env=process_settings,
        )
        for number in range(3)
    ]
    return started


def manage(*arguments: str) -> list[str]:
    """The command line of one of our own commands."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]

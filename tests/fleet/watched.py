"""A real fleet and what watches it: three runners, two collectors, each with a database."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pynenc.orchestrator.atomic_service import ActiveRunnerInfo, AtomicServiceExecution

from scheduler.models import Execution, Watch
from slotwatch.databases import database
from slotwatch.environment import Environment
from tests.conftest import eventually

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
PYNENC = Path(sys.executable).parent / "pynenc"
# As docs/integration.md has it.
INTERVAL_SECONDS, DEAD_AFTER_SECONDS = 30, 12
INTERVAL, DEAD_AFTER = timedelta(seconds=INTERVAL_SECONDS), timedelta(seconds=DEAD_AFTER_SECONDS)


@dataclass
class Fleet:
    """``members`` is what the app's own API told last of each runner, also of a dead one."""

    app: Any
    watchers: list[subprocess.Popen[bytes]]
    logs: list[Path]
    urls: list[str]
    runners: list[subprocess.Popen[bytes]] = field(default_factory=list)
    members: dict[str, ActiveRunnerInfo] = field(default_factory=dict)

    def look(self) -> list[str]:
        alive = self.app.orchestrator.get_active_runners(can_run_atomic_service=True)
        self.members |= {one.runner_id: one for one in alive}
        return [one.runner_id for one in alive]

    def executions(self) -> list[AtomicServiceExecution]:
        return held_by(self.app)

    def tried_since(self, at: datetime) -> set[str]:
        """Who started or was blocked: a runner that is killed while it holds blocks the others."""
        return {one.runner_id for one in self.executions() if one.start_time > at}

    def said(self) -> str:
        """What the collectors have said."""
        return "\n".join(log.read_text() for log in self.logs)

    def situation(self) -> tuple[object, str]:
        """For the words of a failure."""
        return self.executions(), self.said()

    def process_of(self, runner_id: str) -> subprocess.Popen[bytes]:
        pid = self.app.state_backend.get_runner_context(runner_id).pid
        (process,) = (one for one in self.runners if one.pid == pid)
        return process

    def stop(self) -> None:
        """The runners first; the collectors when they have seen all that there is to see."""
        for runner in self.runners:
            if runner.poll() is None:
                runner.terminate()
                runner.wait(timeout=60)
        self.look()
        quiet_from = datetime.now(UTC)
        for url in self.urls:
            wait_for(partial(_has_looked_since, url, quiet_from), within=60, what=self.said)
        for watcher in self.watchers:
            watcher.terminate()
            assert watcher.wait(timeout=60) == 0


@contextmanager
def reading(url: str) -> Iterator[None]:
    """Within it, the database at ``url`` is the default one."""
    entry = database(Environment(variables={"DATABASE_URL": url}), Path())
    entry["OPTIONS"].pop("pool", None)
    settings, usual = connections.settings, connections["default"]
    usual_settings = settings["default"]
    settings["default"] = connections.configure_settings({"default": entry})["default"]
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        settings["default"], connections["default"] = usual_settings, usual


def _has_looked_since(url: str, at: datetime) -> bool:
    with reading(url):
        return Watch.objects.filter(last_seen_at__gt=at).exists()


def held_by(app: Any) -> list[AtomicServiceExecution]:
    """Every execution that the app's own API reports, once, also one that ends between the two
    questions."""
    running = app.orchestrator.get_active_atomic_service_executions()
    ended = app.orchestrator.get_atomic_service_executions_in_timerange(
        BEGINNING, datetime.now(UTC) + timedelta(days=1), limit=100_000
    )
    return list({one.atomic_service_run_id: one for one in [*running, *ended]}.values())


type Facts = set[tuple[Any, ...]]


def told_by(app: Any) -> Facts:
    """All that the app tells of each of its executions."""
    return {
        (
            one.atomic_service_run_id,
            one.runner_id,
            str(one.status),
            one.start_time,
            one.end_time,
            one.reason,
        )
        for one in held_by(app)
    }


def recorded() -> Facts:
    """The same of the executions that are recorded here."""
    return {
        (
            one.run_id,
            one.runner.runner_id,
            one.status,
            one.started_at,
            one.ended_at,
            ":".join(part for part in (one.reason, one.reason_detail) if part),
        )
        for one in Execution.objects.select_related("runner")
    }


def wait_for(condition: Callable[[], object], *, within: float, what: Callable[[], object]) -> None:
    """Wait until ``condition`` holds; fail with ``what()`` when it does not in time."""
    try:
        eventually(condition, within_seconds=within)
    except AssertionError as error:
        pytest.fail(f"{error}: {what()}")

"""The whole way, as docs/integration.md shows it: three real runners, and our two databases."""

import importlib
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from pynenc.orchestrator.atomic_service import ActiveRunnerInfo
from pytest_django import DjangoDbBlocker

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Execution, Policy, Presence, Runner, Service, Watch
from slotwatch.databases import database
from slotwatch.environment import Environment
from tests import postgresql
from tests.conftest import ROOT
from tests.fleet.conftest import BEGINNING, Start, manage, wait_for

INTERVAL_SECONDS, DEAD_AFTER_SECONDS = 30, 12
ALIAS = "watched"
DOCUMENT = ROOT / "docs" / "integration.md"
PYNENC = Path(sys.executable).parent / "pynenc"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The document's app, in a directory of its own, and imported here too: what it reports is
    what we must have."""
    source = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert source
    (tmp_path / "shop.py").write_text(textwrap.dedent(source.group(1)))
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


@contextmanager
def reading(url: str) -> Iterator[None]:
    """Within it, the database at ``url`` goes by the alias that the questions below ask."""
    entry = database(Environment(variables={"DATABASE_URL": url}), Path())
    entry["OPTIONS"].pop("pool", None)
    configured = connections.configure_settings({"default": {}, ALIAS: entry})
    connections.settings[ALIAS] = configured[ALIAS]
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], connections.settings[ALIAS]


@dataclass
class Fleet:
    """What the app's own API has told so far; the last of each runner, also of a dead one."""

    app: Any
    runners: dict[str, ActiveRunnerInfo]

    def look(self) -> list[str]:
        alive = self.app.orchestrator.get_active_runners(can_run_atomic_service=True)
        self.runners |= {one.runner_id: one for one in alive}
        return [one.runner_id for one in alive]

    def executions(self) -> set[tuple[Any, ...]]:
        ended = self.app.orchestrator.get_atomic_service_executions_in_timerange(
            BEGINNING, datetime.now(UTC) + timedelta(days=1)
        )
        running = self.app.orchestrator.get_active_atomic_service_executions()
        return {
            (
                one.atomic_service_run_id,
                one.runner_id,
                str(one.status),
                one.start_time,
                one.end_time,
                one.reason,
            )
            for one in [*ended, *running]
        }

    def tried_since(self, at: datetime) -> set[str]:
        """Who started or was blocked: a runner that is killed while it holds blocks the others."""
        return {one[1] for one in self.executions() if one[3] > at}


def recorded_executions() -> set[tuple[Any, ...]]:
    return {
        (
            one.run_id,
            one.runner.runner_id,
            one.status,
            one.started_at,
            one.ended_at,
            ":".join(part for part in (one.reason, one.reason_detail) if part),
        )
        for one in Execution.objects.using(ALIAS).select_related("runner")
    }


def has_looked_since(url: str, at: datetime) -> bool:
    with reading(url):
        return Watch.objects.using(ALIAS).filter(last_seen_at__gt=at).exists()


def check_records(fleet: Fleet, killed: str, watched_from: datetime) -> None:
    service = Service.objects.using(ALIAS).get()
    assert (service.slug, service.name, service.mode) == ("shop", "shop", "observed")
    assert Policy.objects.using(ALIAS).get().scheduling_policy == SchedulingPolicy(
        service_interval_minutes=INTERVAL_SECONDS / 60,
        spread_margin_minutes=0.05,
        check_interval_seconds=1.0,
        dead_after_seconds=DEAD_AFTER_SECONDS,
    )
    assert recorded_executions() == fleet.executions()
    assert {one[1] for one in recorded_executions()} == set(fleet.runners)
    first_seen = Runner.objects.using(ALIAS).values_list("runner_id", "first_seen_at")
    assert dict(first_seen) == {
        runner_id: runner.creation_time for runner_id, runner in fleet.runners.items()
    }
    presences = {
        one.runner.runner_id: (one.started_at, one.last_heartbeat_at, one.expires_at, one.eligible)
        for one in Presence.objects.using(ALIAS).select_related("runner")
    }
    assert Presence.objects.using(ALIAS).count() == len(presences) == 3
    assert presences == {
        runner_id: (
            runner.creation_time,
            runner.last_heartbeat,
            runner.last_heartbeat + timedelta(seconds=DEAD_AFTER_SECONDS),
            True,
        )
        for runner_id, runner in fleet.runners.items()
    }
    _, _, end_of_the_killed, _ = presences.pop(killed)
    assert all(end_of_the_killed < last_heartbeat for _, last_heartbeat, _, _ in presences.values())
    watch = Watch.objects.using(ALIAS).get()
    assert watch.started_at <= watched_from
    assert watch.last_seen_at - watched_from >= timedelta(seconds=2 * INTERVAL_SECONDS)


def test_a_real_fleet_is_recorded_exactly(
    app: Any,
    database_urls: list[str],
    start_process: Start,
    tmp_path: Path,
    process_settings: dict[str, str],
    django_db_blocker: DjangoDbBlocker,
) -> None:
    fleet = Fleet(app=app, runners={})
    runners = [
        start_process(
            [str(PYNENC), "--app", "shop.app", "runner", "start"],
            log=tmp_path / f"runner-{number}.log",
            cwd=tmp_path,
            env=process_settings,
        )
        for number in range(3)
    ]
    watchers, logs = [], []
    for number, url in enumerate(database_urls):
        environment = process_settings | {"DATABASE_URL": url}
        subprocess.run(
            manage("migrate", "--verbosity=0"), cwd=tmp_path, env=environment, check=True
        )
        logs.append(tmp_path / f"watch-{number}.log")
        command = manage("watch_pynenc", "shop.app", "--every", "1")
        watchers.append(start_process(command, log=logs[-1], cwd=tmp_path, env=environment))

    def said() -> str:
        return "\n".join(log.read_text() for log in logs)

    wait_for(lambda: said().count("Executions: ") == len(logs), within=30, what=said)
    watched_from = datetime.now(UTC)
    wait_for(
        lambda: len(fleet.tried_since(watched_from)) == len(runners) == len(fleet.look()),
        within=3 * INTERVAL_SECONDS,
        what=lambda: (fleet.executions(), said()),
    )

    runners[0].kill()
    killed_at = datetime.now(UTC)
    wait_for(lambda: len(fleet.look()) == 2, within=2 * DEAD_AFTER_SECONDS, what=fleet.look)
    (killed,) = set(fleet.runners) - set(fleet.look())
    wait_for(
        lambda: (
            set(fleet.look()) <= fleet.tried_since(killed_at)
            and datetime.now(UTC) - watched_from > timedelta(seconds=2 * INTERVAL_SECONDS + 2)
        ),
        within=3 * INTERVAL_SECONDS,
        what=lambda: (fleet.executions(), said()),
    )
    for runner in runners[1:]:
        runner.terminate()
        runner.wait(timeout=30)
    fleet.look()
    quiet_from = datetime.now(UTC)

    with django_db_blocker.unblock():
        for url in database_urls:
            wait_for(partial(has_looked_since, url, quiet_from), within=30, what=said)
        for watcher in watchers:
            watcher.terminate()
            assert watcher.wait(timeout=30) == 0
        for url in database_urls:
            with reading(url):
                check_records(fleet, killed, watched_from)
    assert said().count("Runners: gone: " + killed) == len(logs)

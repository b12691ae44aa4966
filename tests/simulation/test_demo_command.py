"""`manage.py demo`, started for real."""

import os
import re
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import CommandError, call_command

from tests.conftest import eventually
from tests.lengths import first_of
from tests.started import PATIENCE_SECONDS, Started, gone

NAMES = ("Invoice dispatch", "Session cleanup", "Stock sync")


class Demo(Started):
    """A started demo, with a short history, on any free port, and a user's database set."""

    def __init__(self, directory: Path) -> None:
        self.users_database = directory / "users.sqlite3"
        self.database = directory / "demo" / "slotwatch.sqlite3"
        super().__init__(
            directory,
            *("demo", "--hours", "1", "--port", "0"),
            DATABASE_URL=f"sqlite:///{self.users_database}",
        )

    def read(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that is looked at, and neither stopped nor changed."""
    demo = Demo(tmp_path_factory.mktemp("demo")).await_its_address()
    yield demo
    demo.end()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Demo]]:
    started: list[Demo] = []

    def start_it() -> Demo:
        started.append(Demo(tmp_path))
        return started[-1]

    yield start_it
    for demo in started:
        demo.end()


def test_it_serves_three_services_to_anybody_and_leaves_the_users_database_alone(running):
    assert running.get("/healthz") == (200, "ok\n")
    status, page = running.get("/")
    assert status == 200
    assert [name for name in NAMES if name not in page] == []
    assert not running.users_database.exists()
    assert "DATABASE_URL is set: the demo leaves that database alone." in running.said


def test_it_goes_on_living(running):
    latest = "SELECT max(last_attempt_at) FROM scheduler_execution"
    (before,) = running.read(latest)

    # The crowded service alone asks, and is blocked, every second or so.
    eventually(lambda: running.read(latest) > [before], within_seconds=PATIENCE_SECONDS)


def test_its_cycles_are_summed_up(running):
    counted = "SELECT count(*) FROM scheduler_cyclesummary GROUP BY service_id"

    # An hour of one-minute cycles of each of the three services.
    eventually(
        lambda: len([each for (each,) in running.read(counted) if int(str(each)) >= 59]) == 3,
        within_seconds=PATIENCE_SECONDS,
    )


def test_its_upkeep_is_a_service_like_any_other(running):
    eventually(lambda: "Slotwatch upkeep" in running.get("/")[1], within_seconds=PATIENCE_SECONDS)

    assert running.get("/s/slotwatch-upkeep/")[0] == 200


def test_its_operator_can_sign_in_with_the_password_that_it_prints(running):
    user, password = running.found(r"user (\w+),"), running.found(r"password (\S+)")

    ((stored, is_active),) = running.read("SELECT password, is_active FROM accounts_user")
    assert (user, is_active) == ("operator", 1)
    assert PBKDF2PasswordHasher().verify(password, str(stored))


@pytest.mark.parametrize("one", first_of(1, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
def test_it_ends_with_everything_it_started(start, one):
    demo = start().await_its_address()
    below = demo.children()

    demo.process.send_signal(one)

    assert demo.process.wait(timeout=PATIENCE_SECONDS) == 0
    assert len(below) >= 2
    assert gone(below)
    assert demo.said.endswith("Stopping.\nStopped.\n")


def test_it_can_be_stopped_before_it_is_ready(start):
    demo = start()
    eventually(demo.children, within_seconds=PATIENCE_SECONDS)
    below = demo.children()

    demo.process.terminate()

    assert demo.process.wait(timeout=PATIENCE_SECONDS) in (0, -signal.SIGTERM)
    assert gone(below)


def test_it_ends_with_a_message_when_its_server_dies(start):
    demo = start().await_its_address()
    server = [
        pid for pid in demo.children() if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]

    os.kill(min(server), signal.SIGKILL)

    assert demo.process.wait(timeout=PATIENCE_SECONDS) == 1
    assert "The server ended by itself" in demo.said
    assert gone(demo.children())


def test_a_second_demo_leaves_the_first_ones_data_alone(start):
    start().await_its_address()

    second = start()

    assert second.process.wait(timeout=PATIENCE_SECONDS) == 1
    assert "A demo is running already" in second.said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "slotwatch.example"])
def test_only_loopback_will_do(host):
    with pytest.raises(CommandError, match=re.escape(host)):
        call_command("demo", host=host)


@pytest.mark.parametrize("option", ["--port=65536", "--port=x", "--hours=0", "--hours=169"])
def test_a_number_out_of_range_is_refused_with_its_range(option):
    with pytest.raises(CommandError, match="is not a whole number from"):
        call_command("demo", option)


def test_a_port_that_is_taken_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 can't be had") as refused:
            call_command("demo", f"--port={port}")

    assert "\n" not in str(refused.value)

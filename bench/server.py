"""A real server for the benchmarks: its own data, granian with one worker, a signed-in visitor."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import django
from django.core.management import call_command

from slotwatch.front.command import server_command

HOST = "127.0.0.1"
START_SECONDS = 120
# What any page costs before it does anything (urls.py).
NULL = "/null/"


@dataclass(slots=True)
class Answer:
    """One response: its status, headers and body, and the seconds it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(slots=True, eq=False)
class Visitor:
    """One kept-alive connection of a signed-in browser."""

    port: int
    cookie: str
    timeout: float = 60.0
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(HOST, self.port, timeout=self.timeout)
        self.connect()

    def connect(self) -> None:
        """Anew, where there is a connection: a server closes one that rests."""
        self.connection.close()
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, **headers: str) -> Answer:
        start = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie, **headers})
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        return Answer(response.status, dict(response.getheaders()), body, seconds)

    def seconds(self, path: str, **headers: str) -> float:
        """How long an answer takes that is one."""
        answer = self.get(path, **headers)
        if answer.status != HTTPStatus.OK:
            raise SystemExit(f"{path} answers {answer.status}.")
        return answer.seconds

    def warm_up(self) -> None:
        """So that no page pays for what a server does once."""
        for _ in range(20):
            self.get(NULL)


@contextlib.contextmanager
def own_data() -> Iterator[None]:
    """An empty database that only this benchmark knows, with Django set up on it.

    SQLite in a temporary directory, or the empty PostgreSQL database of DATABASE_URL.
    """
    with tempfile.TemporaryDirectory(prefix="slotwatch-bench-") as directory:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "SLOTWATCH_DATA_DIR": directory,
            "SLOTWATCH_HTTPS": "off",
            "SLOTWATCH_LOG_LEVEL": "WARNING",
            "SLOTWATCH_SECRET_KEY": "only-for-benchmarks-" * 3,
        }
        django.setup()
        call_command("migrate", verbosity=0)
        yield


@contextlib.contextmanager
def serving(command: Callable[[int], list[str]] | None = None) -> Iterator[Visitor]:
    """The server on a free port of loopback, and a visitor who has signed in.

    `command`: another one that serves on the port it is given.
    """
    port = free_port()
    usual = server_command("--host", HOST, "--port", str(port))
    server = subprocess.Popen(command(port) if command else usual)
    try:
        wait_for(port)
        yield Visitor(port, f"sessionid={_session()}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _session() -> str:
    from django.test import Client

    from accounts.models import User

    client = Client()
    visitor, _ = User.objects.get_or_create(username="visitor")
    client.force_login(visitor)
    return client.cookies["sessionid"].value


def wait_for(port: int) -> None:
    """Raises SystemExit where nobody listens there within the time a busy machine may need."""
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"The server did not start within {START_SECONDS} s.")

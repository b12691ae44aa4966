"""A real server for the benchmarks: its own data, granian with one worker, a signed-in visitor."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import django
from django.core.management import call_command


@dataclass(slots=True)
class Answer:
    """One response: its status, headers and body, and the seconds it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(slots=True)
class Visitor:
    """One kept-alive connection of a signed-in browser."""

    port: int
    cookie: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, **headers: str) -> Answer:
        start = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie, **headers})
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        return Answer(response.status, dict(response.getheaders()), body, seconds)


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
def serving() -> Iterator[Visitor]:
    """Granian on a free port of loopback, and a visitor who has signed in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-ws"]
    command += ["--log-level", "warning", "slotwatch.wsgi:application"]
    server = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield Visitor(port, f"sessionid={_session()}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _session() -> str:
    from django.test import Client

    from accounts.models import User

    client = Client()
    client.force_login(User.objects.create_user("visitor"))
    return client.cookies["sessionid"].value


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("The server did not start within 30 s.")

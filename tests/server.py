"""Slotwatch's server in a process of its own, as `serve` starts it."""

import socket
import subprocess
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from urllib.error import URLError

from slotwatch.front.command import APPLICATION, server_command
from tests.conftest import ROOT, eventually

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port


class Server:
    """A server on a port of its own, to be stopped and started again."""

    def __init__(self, environment: Mapping[str, str], application: str = APPLICATION) -> None:
        self._environment = environment
        self._application = application
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    def start(self) -> None:
        options = ("--host", HOST, "--port", str(self.port), "--log-level", "error")
        command = server_command(*options, application=self._application)
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment)
        try:
            eventually(self._answers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def _answers(self) -> bool:
        with suppress(URLError, ConnectionError):
            return bool(urllib.request.urlopen(self.url("/healthz"), timeout=5).status == 200)
        return False

"""A way to the real PostgreSQL that a test can close and open again."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import psycopg

from tests import postgresql


class Gate:
    """While it is closed it refuses whoever comes, and has dropped who was inside."""

    def __init__(self) -> None:
        with psycopg.connect(postgresql.url()) as connection:
            info = connection.info
            self._target = str(Path(info.host) / f".s.PGSQL.{info.port}")
        self._inside: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._port = 0

    def url(self, name: str) -> str:
        """DATABASE_URL of this database, through the gate."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._inside):
            if each is not None:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self._inside.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                inner, _ = listener.accept()
                outer = socket.socket(socket.AF_UNIX)
                outer.connect(self._target)
                self._inside += [inner, outer]
                for one, other in ((inner, outer), (outer, inner)):
                    threading.Thread(target=_forward, args=(one, other), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)

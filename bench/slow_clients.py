"""Clients that hold on to a server: slow headers, slow bodies, exports that nobody reads."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

BYTE_EVERY_SECONDS = 0.25
# Little is taken off the server's hands by the system.
_RECEIVE_BYTES = 4_096
_HEADERS = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + "a" * 10_000
_BODY = "POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n"


@contextlib.contextmanager
def slow_headers(port: int, count: int) -> Iterator[Sequence[socket.socket]]:
    """So many connections that send their headers byte by byte."""
    with _connections(port, count) as sockets, _dripping(sockets, _HEADERS.encode()):
        yield sockets


@contextlib.contextmanager
def slow_bodies(port: int, count: int) -> Iterator[Sequence[socket.socket]]:
    """So many connections that send the body of a form byte by byte."""
    with _connections(port, count) as sockets:
        for each in sockets:
            each.sendall(_BODY.encode())
        with _dripping(sockets, b"a" * 10_000):
            yield sockets


@contextlib.contextmanager
def unread_exports(
    port: int, count: int, *, path: str, cookie: str = ""
) -> Iterator[Sequence[socket.socket]]:
    """So many connections that ask for an export and read nothing of it."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
    with _connections(port, count) as sockets:
        for each in sockets:
            each.sendall(request.encode())
        yield sockets


def connections(port: int) -> int:
    """How many connections the server of this port of loopback holds."""
    held = ("01", "08")  # established, and such that the client has closed
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(row[1].endswith(f":{port:04X}") and row[3] in held for row in rows)


@contextlib.contextmanager
def _connections(port: int, count: int) -> Iterator[Sequence[socket.socket]]:
    with contextlib.ExitStack() as opened:
        yield [opened.enter_context(_connection(port)) for _ in range(count)]


def _connection(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


@contextlib.contextmanager
def _dripping(sockets: Sequence[socket.socket], text: bytes) -> Iterator[None]:
    """Send the text on each of them, a byte at a time, meanwhile."""
    is_over = threading.Event()

    def drip() -> None:
        for byte in text:
            for each in sockets:
                with contextlib.suppress(OSError):  # it was hung up on
                    each.sendall(bytes([byte]))
            if is_over.wait(BYTE_EVERY_SECONDS):
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        yield
    finally:
        is_over.set()
        dripping.join()

"""The server's own sockets, which ASGI doesn't show: connections that nobody reads are ended.

They are found among the process's own open files. Where there is no list of those (or the server
listens on a socket of the file system, behind a proxy) nothing is done.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress

from slotwatch.front.asgi_types import Scope

# The system ends a connection whose client has taken nothing that was sent for so long.
UNREAD_SECONDS = 60
_OPEN_FILES = "/dev/fd"


def limit_unread(scope: Scope, seconds: int = UNREAD_SECONDS) -> None:
    """Have the system end connections that don't read, of the port that this request came to.

    To be called once, by a request: servers listen after they have started the application.
    """
    server = _end(scope, "server")
    if server is None or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for each in _own_sockets():
        # The one that listens passes it on to what it accepts; what it has accepted is here, too.
        if each.getsockname()[1] == server[1]:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1_000)


def hang_up(scope: Scope) -> None:
    """End the connection of this request, whatever waits to be sent on it."""
    client = _end(scope, "client")
    if client is None:
        return
    for each in _own_sockets():
        if _peer(each) == client:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _end(scope: Scope, name: str) -> tuple[str, int] | None:
    """The address and the port of one end, as the server tells it; None for a socket in a file."""
    address, port = scope.get(name) or ("", "")
    # Granian has text for a port.
    return (address, int(port)) if port is not None and str(port).isdecimal() else None


def _peer(connection: socket.socket) -> tuple[str, int] | None:
    """The address and the port at the other end; None where there is no other end."""
    try:
        address, port, *_ = connection.getpeername()
    except OSError:
        return None
    return address, port


def _own_sockets() -> Iterator[socket.socket]:
    """Each TCP socket of the process, open as it was before and after.

    No file is copied for it. A copy of a database's file, once closed, would take away every lock
    that this process holds on the database; a copy that is not closed keeps it open for ever.
    """
    try:
        names = os.listdir(_OPEN_FILES)  # noqa: PTH208 - numbers, not paths
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            each = socket.socket(fileno=int(name))
            try:
                if each.family in (socket.AF_INET, socket.AF_INET6):
                    yield each
            finally:
                each.detach()

"""The server's own sockets, found by what a request says of its two ends."""

import fcntl
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from slotwatch.front.sockets import hang_up, limit_unread

# Whether another process holds a lock of the file's.
TRY_TO_LOCK = """
import fcntl, sys
try:
    fcntl.lockf(open(sys.argv[1], "wb"), fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    print("locked")
"""


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket, socket.socket]]:
    """What listens, what it accepted, and the client's own end."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname(), timeout=30) as client,
        listening.accept()[0] as accepted,
    ):
        yield listening, accepted, client


def scope(accepted: socket.socket) -> dict[str, Any]:
    """As granian tells it: ports are text."""
    (client, its_port), (server, port) = accepted.getpeername(), accepted.getsockname()
    return {"client": (client, str(its_port)), "server": (server, str(port))}


def test_the_connection_of_a_request_is_ended_and_no_other(ends):
    listening, accepted, client = ends
    with socket.create_connection(listening.getsockname(), timeout=30) as another:
        other_end, _ = listening.accept()
        with other_end:
            hang_up(scope(accepted))

            assert client.recv(1) == b""
            other_end.sendall(b"a")
            assert another.recv(1) == b"a"


def test_what_listens_hands_its_limit_on(ends):
    listening, accepted, _ = ends

    limit_unread(scope(accepted), seconds=7)

    with socket.create_connection(listening.getsockname(), timeout=30):
        later, _ = listening.accept()
        with later:
            each = [listening, accepted, later]
            limits = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) for one in each]
    assert limits == [7_000] * 3


def descriptors(links: set[Path]) -> list[int]:
    """All of this process by which these files are open; other threads have files of their own."""
    found = []
    for each in Path("/dev/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if each.readlink() in links:
                found.append(int(each.name))
    return sorted(found)


def test_no_file_is_left_open_or_closed(ends, tmp_path):
    _, accepted, _ = ends
    path = tmp_path / "database"
    with path.open("wb") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        numbers = sorted(each.fileno() for each in (*ends, file))
        links = {Path(f"/dev/fd/{number}").readlink() for number in numbers}

        hang_up(scope(accepted))
        limit_unread(scope(accepted))

        assert descriptors(links) == numbers
        asked = [sys.executable, "-c", TRY_TO_LOCK, str(path)]
        assert subprocess.run(asked, check=True, capture_output=True).stdout == b"locked\n"


@pytest.mark.parametrize("end", [None, ("/run/slotwatch.sock", None), ("", "")])
def test_a_socket_of_the_file_system_is_left_alone(end):
    hang_up({"client": end})
    limit_unread({"server": end})

"""A real server among clients that are slow, and worse."""

import http.client
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from bench.export import history
from bench.slow_clients import connections, slow_bodies, slow_headers, unread_exports
from tests.conftest import eventually
from tests.server import HOST, Server

with_rows = pytest.mark.django_db(transaction=True)

CLIENTS = 64
PAGE = "/s/long/history/"
EXPORT = "/s/long/history/export.csv?to=now"
# What fills the buffers of a connection several times.
ROWS = 40_000
PASSWORD = "a-password-of-this-test"
IMPATIENT = "tests.slotwatch.front.impatient:application"

type Start = Callable[..., Server]


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a server on the database under test, or on none where the test has none."""
    if "transactional_db" in request.fixturenames:
        environment: dict[str, str] = request.getfixturevalue("process_environment")
    else:
        environment = os.environ | {"SLOTWATCH_DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    environment = environment | {"DJANGO_SETTINGS_MODULE": "slotwatch.settings"}
    with ExitStack() as at_the_end:

        def start_it(*application: str, **variables: str) -> Server:
            server = Server(environment | variables, *application)
            at_the_end.callback(server.stop)
            server.start()
            return server

        yield start_it


@pytest.fixture
def long_history(transactional_db: None) -> None:
    history(ROWS)


def ask(server: Server, path: str, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("__", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection(HOST, server.port, timeout=60)) as connection:
        connection.request("GET", path, headers=named)
        response = connection.getresponse()
        return response.status, response.read()


def sign_in(server: Server) -> int:
    with closing(http.client.HTTPConnection(HOST, server.port, timeout=60)) as connection:
        connection.request("GET", "/login/")
        form = connection.getresponse()
        page = form.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        name = re.search(r'type="text"\s+name="(\w+)"', page)
        assert token is not None
        assert name is not None
        cookie = (form.getheader("Set-Cookie") or "").partition(";")[0]
        fields = {"csrfmiddlewaretoken": token[1], name[1]: "kim", "password": PASSWORD}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/login/", urlencode(fields), headers)
        return connection.getresponse().status


@with_rows
def test_slow_clients_stop_nobody_and_leave_nothing(start: Start, long_history: None) -> None:
    # As the server's own settings hash it: those of the tests are cheaper.
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
    get_user_model().objects.create(username="kim", password=hashed)
    server = start(SLOTWATCH_PUBLIC_VIEW="on")

    with (
        slow_bodies(server.port, CLIENTS),
        slow_headers(server.port, CLIENTS),
        unread_exports(server.port, CLIENTS, path=EXPORT),
    ):
        # They are there, and hold on for longer than all of this takes.
        eventually(lambda: connections(server.port) >= 3 * CLIENTS)
        assert ask(server, "/healthz") == (200, b"ok\n")
        assert ask(server, PAGE)[0] == 200
        assert sign_in(server) == 302

    eventually(lambda: connections(server.port) == 0)
    eventually(lambda: ask(server, EXPORT)[0] == 200)
    assert ask(server, EXPORT)[1].count(b"\n") == ROWS + 1


@with_rows
def test_exports_beyond_a_few_are_put_off(start: Start, long_history: None) -> None:
    server = start(SLOTWATCH_PUBLIC_VIEW="on")
    refused: list[str | None] = []

    def ask_for_one() -> bool:
        with closing(http.client.HTTPConnection(HOST, server.port, timeout=60)) as connection:
            connection.request("GET", EXPORT)
            response = connection.getresponse()
            if response.status == 503:
                refused.append(response.getheader("Retry-After"))
        return bool(refused)

    with unread_exports(server.port, CLIENTS, path=EXPORT):
        eventually(ask_for_one)

    assert refused == ["30"]


@with_rows
def test_an_export_that_nobody_reads_is_cut_and_does_not_look_whole(
    start: Start, long_history: None
) -> None:
    server = start(IMPATIENT, SLOTWATCH_PUBLIC_VIEW="on", IMPATIENT_SECONDS="0.5")

    with unread_exports(server.port, 1, path=EXPORT) as (unread,):
        eventually(lambda: connections(server.port) == 1)
        eventually(lambda: connections(server.port) == 0)
        with suppress(ConnectionError):
            read = b""
            while part := unread.recv(1 << 20):
                read += part
            assert not read.endswith(b"\r\n0\r\n\r\n")


def test_a_body_that_does_not_come_is_answered_and_hung_up_on(start: Start) -> None:
    server = start(IMPATIENT, IMPATIENT_SECONDS="0.5")

    with socket.create_connection((HOST, server.port), timeout=60) as slow:
        slow.sendall(b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na")
        answer = b""
        while part := slow.recv(1_000):
            answer += part

    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "told", ["text/plain; charset=hex", "text/plain; charset=undefined", "a" * 9_000]
)
def test_what_a_client_says_of_its_body_is_no_failure(start: Start, told: str) -> None:
    server = start()

    assert ask(server, "/login/?next=%FF", Content__Type=told)[0] == 200


def test_only_the_proxys_own_header_says_how_the_client_came(start: Start) -> None:
    server = start(SLOTWATCH_HTTPS="proxy")
    asked: list[tuple[dict[str, str], int]] = [
        ({"X__Forwarded__Proto": "https"}, 302),  # to the sign-in
        ({"X__Forwarded__Proto": "http"}, 301),  # to https
        ({"X__Forwarded__Proto": "http", "X_Forwarded_Proto": "https"}, 301),
        ({"X__Forwarded__Proto": "http", "X__Forwarded_Proto": "https"}, 301),
        ({"X__Forwarded__Proto": "http", "x_forwarded_proto": "https"}, 301),
        ({"X_Forwarded_Proto": "https"}, 301),
    ]

    assert [ask(server, "/", **headers)[0] for headers, _ in asked] == [each for _, each in asked]

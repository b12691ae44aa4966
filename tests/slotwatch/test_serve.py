"""`manage.py serve`, started for real."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.conftest import eventually
from tests.started import PATIENCE_SECONDS, Started, command_of, gone

type Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Started] = []

    def start_it(*arguments: str, **variables: str) -> Started:
        started.append(Started(tmp_path, "serve", *arguments, DATABASE_URL="", **variables))
        return started[-1]

    yield start_it
    for each in started:
        each.end()


def running(served: Started, words: bytes) -> set[int]:
    return {pid for pid in served.children() if words in command_of(pid)}


def answers(served: Started) -> bool:
    with suppress(OSError):
        return served.get("/healthz") == (200, "ok\n")
    return False


def test_it_serves_on_loopback_and_says_how_to_sign_in(start: Start) -> None:
    served = start("--port", "0")
    served.await_its_address()
    address = served.found(r"(http://127\.0\.0\.1:\d+/)")
    name, password = served.found(r"user (\S+),"), served.found(r"one-time password (\S+)")
    below = served.children()

    # As a browser does: plain HTTP all the way, and cookies that it sends back over it.
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = browser.open(address, timeout=60)
    assert form.url == f"{address}login/?next=/"
    page = form.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    field = re.search(r'type="text"\s+name="(\w+)"', page)
    assert token is not None
    assert field is not None
    # Its styles were collected: their names have a hash.
    assert re.search(r'href="/static/dashboard/web/page\.[0-9a-f]{12}\.css"', page)
    fields = {"csrfmiddlewaretoken": token[1], field[1]: name, "password": password}
    within = browser.open(form.url, urlencode(fields).encode(), timeout=60)

    # Nothing else opens before there is a password of one's own.
    assert "password" in within.url

    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(timeout=PATIENCE_SECONDS) == 0
    assert served.said.endswith("Everything is stopped.\n")
    assert gone(below)


def test_what_dies_is_started_again_and_nothing_outlives_it(start: Start) -> None:
    served = start("--port", "0", "--workers", "2")
    served.await_its_address()
    web, worker = running(served, b"granian"), running(served, b"manage.py\0worker")

    for pid in web | worker:
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: served.said.count("ended by itself") == 2)
    eventually(lambda: running(served, b"manage.py\0worker") - worker)
    eventually(lambda: len(running(served, b"granian") - web) >= 3)  # granian, and two of its own
    eventually(lambda: answers(served))

    below = served.children()
    served.process.kill()
    served.process.wait(timeout=PATIENCE_SECONDS)
    eventually(lambda: gone(below), within_seconds=10)


@pytest.mark.long
def test_the_environments_account_is_the_first_one(start: Start) -> None:
    served = start(
        *("--port", "0"),
        SLOTWATCH_OPERATOR_USERNAME="ann",
        SLOTWATCH_OPERATOR_PASSWORD="a-long-sentence-of-hers",
    )
    served.await_its_address()

    assert "one-time password" not in served.said
    assert "Sign in with your account" in served.said


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["--host", "0.0.0.0"], {}, "can be reached from outside, and SLOTWATCH_HTTPS does not"),
        (["--host", "::"], {"SLOTWATCH_HTTPS": "on"}, "SLOTWATCH_HTTPS is on, but there is no"),
        (["--host", "nowhere"], {}, "'nowhere' is not an address: write 127.0.0.1"),
        (["--port", "seventy"], {}, "'seventy' is not a whole number from 0 to 65535"),
        (["--workers", "0"], {}, "'0' is not a whole number from 1 to 32"),
        (["--app", "no_such.app"], {}, "There is no module 'no_such' here."),
        (["--app", "shop"], {}, "'shop' is not a MODULE.ATTRIBUTE"),
        (["--app", "shop.app", "--app-dir", "/no/such"], {}, "/no/such is not a directory"),
        ([], {"SLOTWATCH_DEBUG": "maybe"}, "SLOTWATCH_DEBUG is 'maybe'."),
        ([], {"DATABASE_URL": "postgresql://a@127.0.0.1:1/b"}, "The database can't be used"),
    ],
)
def test_what_it_can_t_do_is_said_in_a_sentence(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], said: str
) -> None:
    served = Started(
        tmp_path, "serve", "--port", "0", *arguments, **{"DATABASE_URL": ""} | variables
    )

    assert served.process.wait(timeout=PATIENCE_SECONDS) != 0
    assert said in served.said
    assert "Traceback" not in served.said


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        served = Started(tmp_path, "serve", "--port", str(port), DATABASE_URL="")

        assert served.process.wait(timeout=PATIENCE_SECONDS) == 1
    assert served.said.startswith(f"CommandError: Port {port} of 127.0.0.1 can't be had")

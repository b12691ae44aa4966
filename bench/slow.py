"""Slow clients beside everybody else, and what the way they are met costs: `python -m bench.slow`.

64 connections send a body byte by byte, 64 ask for an export of 300,000 rows that they don't read,
and 64 send their headers byte by byte, all at once and straight at the server. What `/healthz`, a
page and a sign-in take before, during and after is printed, with the server's memory, threads and
open connections. Then the null view's requests a second, by turns with the same view on granian's
WSGI (the way of before). Ends with status 1 when an answer during it takes 2 s, memory grows by
150 MB, not everything is given back, or the null view has less than 0.8 of the speed of before.
"""

import argparse
import contextlib
import http.client
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from bench.databases import run
from bench.export import exported, history, memory_kb, server_processes
from bench.server import HOST, Visitor, serving
from bench.slow_clients import connections, slow_bodies, slow_headers, unread_exports

CLIENTS = 64
ROWS = 300_000
ROUNDS = 10
# Fewer: from one address there are 30 a minute.
SIGN_INS = 5
ANSWER_AT_MOST_SECONDS = 2.0
GROWTH_AT_MOST_KB = 150_000
NULL_AT_LEAST = 0.8
EXPORT = "/s/long/history/export.csv?to=now"
GIVEN_BACK_WITHIN_SECONDS = 20.0
SIGN_IN = "a sign-in"
USERNAME, PASSWORD = "bench", "a-password-for-benchmarks"


def measure(arguments: argparse.Namespace) -> bool:
    make_account()
    is_held = null_view_keeps_its_speed()
    history(arguments.rows)
    with serving() as visitor:
        return slow_clients_stop_nobody(visitor, arguments.rows) and is_held


def make_account() -> None:
    from django.contrib.auth import get_user_model

    get_user_model().objects.create_user(USERNAME, password=PASSWORD)


def slow_clients_stop_nobody(visitor: Visitor, rows: int) -> bool:
    exported(visitor, EXPORT, rows + 1)  # what the first one costs is no growth
    asked = everyday(visitor)
    for ask in asked.values():
        ask()
    print("when     answer      median ms     max ms   server MB  threads  connections")
    slowest_before = report("before", visitor.port, asked)
    before = Taken.now(visitor.port)
    with (
        slow_bodies(visitor.port, CLIENTS),
        slow_headers(visitor.port, CLIENTS),
        unread_exports(visitor.port, CLIENTS, path=EXPORT, cookie=visitor.cookie),
    ):
        slowest = report("during", visitor.port, asked)
        during = Taken.now(visitor.port)
    given_back = eventually(lambda: Taken.now(visitor.port).connections <= before.connections)
    report("after", visitor.port, asked)
    exported(visitor, EXPORT, rows + 1)
    growth = during.memory_kb - before.memory_kb
    print(
        f"slowest answer {slowest:.2f} s (before: {slowest_before:.2f}; less than"
        f" {ANSWER_AT_MOST_SECONDS:g}), memory grew by {growth / 1e3:.0f} MB (less than"
        f" {GROWTH_AT_MOST_KB / 1e3:.0f}), {'all' if given_back else 'not all'} given back"
    )
    return slowest < ANSWER_AT_MOST_SECONDS and growth < GROWTH_AT_MOST_KB and given_back


def everyday(visitor: Visitor) -> dict[str, Callable[[], float]]:
    """What other people ask for, and how: each answers with the seconds it took."""
    return {
        "/healthz": lambda: fresh(visitor, "/healthz"),
        "a page": lambda: fresh(visitor, "/s/long/history/"),
        SIGN_IN: lambda: sign_in(visitor.port),
    }


def fresh(visitor: Visitor, path: str) -> float:
    """Seconds for a path on a connection of its own."""
    begun = time.perf_counter()
    answer = Visitor(visitor.port, visitor.cookie).get(path)
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}.")
    return time.perf_counter() - begun


def sign_in(port: int) -> float:
    """Seconds from the form until the visitor is let in."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", "/login/")
        form = connection.getresponse()
        page = form.read().decode()
        token = _found(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        name = _found(r'type="text"\s+name="(\w+)"', page)
        cookie = (form.getheader("Set-Cookie") or "").partition(";")[0]
        fields = {"csrfmiddlewaretoken": token, name: USERNAME, "password": PASSWORD}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/login/", urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status != 302:
        raise SystemExit(f"The sign-in is answered with {answer.status}.")
    return time.perf_counter() - begun


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise SystemExit(f"The sign-in page has nothing like {pattern}.")
    return match[1]


def report(when: str, port: int, asked: dict[str, Callable[[], float]]) -> float:
    """Print what each took, in turns; the slowest of all."""
    taken = {
        name: [ask() for _ in range(SIGN_INS if name == SIGN_IN else ROUNDS)]
        for name, ask in asked.items()
    }
    for name, seconds in taken.items():
        now = Taken.now(port)
        median, slowest = 1e3 * statistics.median(seconds), 1e3 * max(seconds)
        print(
            f"{when:7}  {name:10}  {median:9.1f}  {slowest:9.1f}"
            f"  {now.memory_kb / 1e3:10.1f}  {now.threads:7}  {now.connections:11}",
            flush=True,
        )
    return max(map(max, taken.values()))


class Taken:
    """What the server's processes hold of the machine."""

    def __init__(self, memory_kb: int, threads: int, connections: int) -> None:
        self.memory_kb = memory_kb
        self.threads = threads
        self.connections = connections

    @classmethod
    def now(cls, port: int) -> "Taken":
        processes = server_processes()
        return cls(
            sum(memory_kb(pid, "VmRSS") for pid in processes),
            sum(memory_kb(pid, "Threads") for pid in processes),
            connections(port),
        )


def eventually(condition: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + GIVEN_BACK_WITHIN_SECONDS
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.2)
    return True


# ── The null view ─────────────────────────────────────────────────────────────────────────────
def null_view_keeps_its_speed() -> bool:
    """Whether it does, one after the other on one connection, and on eight at once."""
    is_held = True
    with serving() as now, _serving_as_before(1) as alone, _serving_as_before(8) as crowd:
        for name, clients, before in (("one client", 1, alone), ("8 clients", 8, crowd)):
            rates: dict[Visitor, list[float]] = {}
            for _ in range(ROUNDS):
                for visitor in (before, now):
                    rates.setdefault(visitor, []).append(requests_per_second(visitor, clients))
            old, new = (statistics.median(rates[visitor]) for visitor in (before, now))
            is_held = is_held and new / old >= NULL_AT_LEAST
            print(
                f"null view, {name}: {new:,.0f} requests/s beside {old:,.0f} of WSGI,"
                f" {new / old:.2f} of it (at least {NULL_AT_LEAST})",
                flush=True,
            )
    return is_held


@contextlib.contextmanager
def _serving_as_before(threads: int) -> Iterator[Visitor]:
    with serving(lambda port: _wsgi_command(port, threads)) as visitor:
        yield visitor


def _wsgi_command(port: int, threads: int) -> list[str]:
    """How Slotwatch was served before, with so many threads."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", str(threads)]
    return [*command, "--no-ws", "--log-level", "warning", "slotwatch.wsgi:application"]


def requests_per_second(visitor: Visitor, clients: int, seconds: float = 1.0) -> float:
    """Answers of the null view that so many connections get together."""
    counts = [0] * clients

    def ask(number: int) -> None:
        own = Visitor(visitor.port, visitor.cookie)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if own.get("/null/").status != 200:
                raise SystemExit("The null view does not answer.")
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.slow", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    return run("bench.slow", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

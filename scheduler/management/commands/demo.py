"""`manage.py demo`: three simulated services and their pages, on this machine, until stopped.

Starts three processes with an environment and a database of their own: the fleets
(`python -m scheduler.simulation`), a worker (whose own service is the fourth on the pages) and the
server. This one only watches over them.
"""

import fcntl
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler.management.addresses import (
    add_address,
    address_of,
    free_port,
    is_loopback,
    listens,
    url_of,
    whole_number,
)
from scheduler.management.stopping import ENDINGS, stop_signals
from scheduler.management.tether import TETHER
from scheduler.simulation.children import Child, ChildEnded, Stopped, wait_until

OPERATOR = "operator"
DATABASE = "slotwatch.sqlite3"
LONGEST_HOURS = 168
# A user's own settings are not the demo's, and neither is the user's database.
_NOT_INHERITED = ("SLOTWATCH_", "GRANIAN_", "DATABASE_URL", "DJANGO_")


class Command(BaseCommand):
    """Fills the last hours, keeps three fleets living, and serves the pages."""

    help = (
        "Three simulated services, living in real time, on loopback. Uses a database of its own, "
        "made anew at each start."
    )
    # The checks are about the user's settings, and none of them is used.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_address(parser, host="127.0.0.1 or ::1")
        parser.add_argument(
            "--seed", type=int, default=7, help="another number, another story (%(default)s)"
        )
        parser.add_argument(
            "--hours",
            type=_hours,
            default=24,
            help=f"hours of history, 1 to {LONGEST_HOURS} (default: %(default)s)",
        )

    def handle(
        self, *args: Any, host: str, port: int, seed: int, hours: int, **options: Any
    ) -> None:
        # Not while the arguments are parsed: a call from Python must not get around it.
        host = _loopback(host)
        port = free_port(host, port)
        directory: Path = settings.DATA_DIR / "demo"
        password = secrets.token_urlsafe(12)
        with stop_signals(*ENDINGS) as wait, _only_one(directory), ExitStack() as at_the_end:
            _remove_old_data(directory)
            environment = _environment(directory, host)
            child = partial(Child, directory=settings.BASE_DIR, environment=environment)
            simulation = [sys.executable, "-m", "scheduler.simulation"]
            simulation += ["--seed", str(seed), "--hours", str(hours)]
            operator = {
                "SLOTWATCH_OPERATOR_USERNAME": OPERATOR,
                "SLOTWATCH_OPERATOR_PASSWORD": password,
            }
            # It migrates the database, and with that makes the account.
            fleets = child("The simulation", simulation, environment=environment | operator)
            at_the_end.callback(fleets.end)
            front = [*TETHER, sys.executable, "-m", "slotwatch.front"]
            front += ["--host", host, "--port", str(port)]
            server = child("The server", front, log=directory / "server.log")
            at_the_end.callback(server.end)
            children = [fleets, server]
            try:
                wait_until(fleets.has_said_a_line, children=children, wait=wait)
                # Its tables are there now.
                manage = [*TETHER, sys.executable, "manage.py"]
                worker = child("The worker", [*manage, "worker"], log=directory / "worker.log")
                at_the_end.callback(worker.end)
                children.append(worker)
                wait_until(lambda: listens(host, port), children=children, wait=wait)
                self._tell(host, port, password, directory)
                wait_until(lambda: False, children=children, wait=wait)
            except ChildEnded as ended:
                if ended.log_tail:
                    self.stderr.write(ended.log_tail)
                raise CommandError(f"{ended} The demo is over.") from ended
            except Stopped:
                self.stdout.write("Stopping.")
        self.stdout.write("Stopped.")

    def _tell(self, host: str, port: int, password: str, directory: Path) -> None:
        self.stdout.write(f"Slotwatch is at {url_of(host, port)}")
        self.stdout.write(
            "Looking needs no account. To change something, sign in:"
            f" user {OPERATOR}, password {password}"
        )
        self.stdout.write(f"The data is in {directory} and made anew at each start.")
        if os.environ.get("DATABASE_URL"):
            self.stdout.write("DATABASE_URL is set: the demo leaves that database alone.")
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()


def _loopback(text: str) -> str:
    """An address that only this machine reaches: the demo's pages are open to everybody."""
    address = address_of(text)
    if not is_loopback(address):
        raise CommandError(
            f"{text} can be reached from outside, and the demo shows its pages to everybody: "
            "write 127.0.0.1 or ::1."
        )
    return address


def _hours(text: str) -> int:
    return whole_number(text, 1, LONGEST_HOURS)


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    """Keep a second demo from deleting the data of the first one."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise CommandError(
            f"{directory} can't be used ({error.strerror}): set SLOTWATCH_DATA_DIR to the absolute "
            "path of a directory that this user may write to."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A demo is running already with the data in {directory}: stop that one first, or "
                "set SLOTWATCH_DATA_DIR to another directory."
            ) from None
        yield


def _remove_old_data(directory: Path) -> None:
    for path in directory.glob(f"{DATABASE}*"):
        path.unlink()


def _environment(directory: Path, host: str) -> dict[str, str]:
    """What the demo's processes get to see."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
    }
    return inherited | {
        "DATABASE_URL": f"sqlite:///{directory / DATABASE}",
        "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
        "SLOTWATCH_ALLOWED_HOSTS": f"localhost,127.0.0.1,[::1],{host}",
        "SLOTWATCH_DATA_DIR": str(directory),
        "SLOTWATCH_HTTPS": "off",
        "SLOTWATCH_LOG_LEVEL": "WARNING",
        "SLOTWATCH_PUBLIC_VIEW": "on",
    }

"""`manage.py serve`: everything of Slotwatch, on this machine, until stopped.

Brings the database and the static files up to date, sees to a first account, then keeps two
processes running: the web server (`slotwatch.front`) and the worker with its collectors. This one
only watches over them; both end with it, however it ends.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connections

from accounts.first_account import make_first_account
from scheduler.collectors.pynenc.app import default_slug, load_app
from scheduler.db.outages import one_line
from scheduler.errors import Refused
from scheduler.management.addresses import (
    add_address,
    address_of,
    free_port,
    is_loopback,
    listens,
    url_of,
    whole_number,
)
from scheduler.management.explained import ExplainedCommand
from scheduler.management.stopping import ENDINGS, stop_signals
from scheduler.management.tether import TETHER
from scheduler.simulation.children import INHERITED, Child, ChildEnded, Kept, Stopped, wait_until

_LOOK_EVERY_SECONDS = 0.2
_MOST_WORKERS = 32
_CERTIFICATE = "GRANIAN_SSL_CERTIFICATE"


class Command(ExplainedCommand):
    """Prepares, starts, tells, watches over."""

    help = (
        "Run Slotwatch: migrate, collect the static files, make a first account where nobody may "
        "operate yet, then keep the web server and the worker running until stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_address(parser, host="an address of this machine (default: %(default)s)")
        parser.add_argument(
            "--workers",
            metavar="N",
            type=lambda text: whole_number(text, 1, _MOST_WORKERS),
            default=1,
            help="processes of the web server (default: %(default)s)",
        )
        parser.add_argument(
            "--app",
            metavar="MODULE.ATTRIBUTE",
            default="",
            help="a pynenc app to watch, beside those of SLOTWATCH_COLLECTORS",
        )
        parser.add_argument(
            "--app-dir",
            metavar="DIRECTORY",
            type=Path,
            default=Path(),
            help="where the app's runners start, and its module is (default: here)",
        )

    def handle(
        self,
        *args: Any,
        host: str,
        port: int,
        workers: int,
        app: str,
        app_dir: Path,
        **options: Any,
    ) -> None:
        host = address_of(host)
        _require_transport(host, os.environ)
        # Before anything is prepared: a port that is taken changes nothing.
        port = free_port(host, port)
        directory = _directory(app_dir) if app else settings.BASE_DIR
        environment = os.environ | _environment(host, os.environ)
        if app:
            environment |= _watching(app, directory, os.environ)
        with stop_signals(*ENDINGS) as wait, ExitStack() as at_the_end:
            self._prepare()

            child = partial(Child, environment=environment, log=INHERITED)
            front = [*TETHER, sys.executable, "-m", "slotwatch.front"]
            front += ["--host", host, "--port", str(port), "--workers", str(workers)]
            manage = [*TETHER, sys.executable, str(settings.BASE_DIR / "manage.py")]
            server = partial(child, "The web server", front, directory=settings.BASE_DIR)
            worker = partial(child, "The worker", [*manage, "worker"], directory=directory)
            kept: list[Kept] = []
            try:
                for start in (server, worker):
                    kept.append(Kept(start, say=self.say))
                    # At once: also where the next one can't be started, this one has to end.
                    at_the_end.callback(kept[-1].end)
                children = [each.child for each in kept]
                wait_until(lambda: listens(host, port), children=children, wait=wait)
            except ChildEnded as ended:
                raise CommandError(f"{ended} What it said is above.") from ended
            except Stopped:
                pass  # and it is not waited below, either
            else:
                self._tell(host, port)
            while not wait(_LOOK_EVERY_SECONDS):
                for each in kept:
                    each.look()
            self.say("Stopping.")
        self.say("Everything is stopped.")

    def _prepare(self) -> None:
        """The database, the static files, an account."""
        self.say("Preparing the database and the static files.")
        try:
            call_command("migrate", verbosity=0, interactive=False)
            self._first_account = make_first_account()
        except DatabaseError as error:
            raise CommandError(
                f"The database can't be used ({one_line(error)}): see DATABASE_URL."
            ) from error
        finally:
            # From now on it only watches over others, for which it needs no connection.
            connections.close_all()
        call_command("collectstatic", verbosity=0, interactive=False)

    def _tell(self, host: str, port: int) -> None:
        scheme = "https" if _CERTIFICATE in os.environ else "http"
        self.say(f"Slotwatch is at {url_of(host, port, scheme=scheme)}")
        if self._first_account is not None:
            name, password = self._first_account
            self.say(f"Sign in: user {name}, one-time password {password}")
            self.say("It is said this once, and you choose your own when you sign in.")
        else:
            self.say("Sign in with your account; manage.py createsuperuser makes another one.")
        self.say(f"The data is in {settings.DATA_DIR}")
        self.say("Ctrl-C stops everything.")


def _require_transport(host: str, variables: Mapping[str, str]) -> None:
    """Raises CommandError where others can reach it, and nothing says how they are to.

    Also where TLS is to end here, and there is no certificate for it.
    """
    if is_loopback(host):
        return
    https = variables.get("SLOTWATCH_HTTPS", "").strip().lower()
    if not https:
        raise CommandError(
            f"{host} can be reached from outside, and SLOTWATCH_HTTPS does not say how: set it to "
            "proxy (a proxy in front has the certificate), to on (with GRANIAN_SSL_CERTIFICATE and "
            "GRANIAN_SSL_KEYFILE), or to off (plain HTTP, for a closed network)."
        )
    if https == "on" and _CERTIFICATE not in variables:
        raise CommandError(
            "SLOTWATCH_HTTPS is on, but there is no certificate: set GRANIAN_SSL_CERTIFICATE and "
            "GRANIAN_SSL_KEYFILE to its files, or SLOTWATCH_HTTPS to proxy where a proxy has it."
        )


def _environment(host: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What the processes get to see besides the user's own settings, which all hold."""
    # Their lines are read here, as they come.
    added = {"SLOTWATCH_DATA_DIR": str(settings.DATA_DIR), "PYTHONUNBUFFERED": "1"}
    if is_loopback(host) and not variables.get("SLOTWATCH_HTTPS", "").strip():
        added["SLOTWATCH_HTTPS"] = "off"
    if not variables.get("SLOTWATCH_ALLOWED_HOSTS", "").strip():
        named = f"[{host}]" if ":" in host else host
        added["SLOTWATCH_ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, named])
    return added


def _directory(app_dir: Path) -> Path:
    directory = app_dir.expanduser().resolve()
    if not directory.is_dir():
        raise CommandError(f"{directory} is not a directory: write where the app's runners start.")
    return directory


def _watching(app: str, directory: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables with which the worker watches the app. Raises CommandError where it can't."""
    # As its runners: what the app says of its own files may be relative to where they start.
    os.chdir(directory)
    try:
        collector = f"pynenc:{default_slug(load_app(app))}={app}"
    except Refused as error:
        raise CommandError(f"{error} (Looked for in {directory}.)") from error
    others = variables.get("SLOTWATCH_COLLECTORS", "").strip().strip(",")
    # The worker starts in the app's directory, where Slotwatch itself is not found.
    paths = (str(directory), str(settings.BASE_DIR), variables.get("PYTHONPATH", ""))
    return {
        "SLOTWATCH_COLLECTORS": ",".join(filter(None, (others, collector))),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }

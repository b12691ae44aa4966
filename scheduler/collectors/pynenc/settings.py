"""The app's settings as a process would read them that starts now.

A module that was imported once stays as it was, and to import it again in the same process would
leave half of it as it was. So another process reads it, while this one goes on watching.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.collectors.pynenc.app import SETTINGS, PynencApp, load_app, policy_of, setting
from scheduler.collectors.pynenc.store import store_of
from scheduler.core.policy import SchedulingPolicy
from scheduler.errors import Refused, Unavailable

# Importing an app may take its time; one that takes longer than this hangs.
_LONGEST_SECONDS = 120.0
_READ = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from scheduler.collectors.pynenc.settings import tell; tell(sys.argv[2])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """``values`` are the settings that make the policy, by name; ``app_id`` and ``store`` what the
    app would be watched from now."""

    values: dict[str, Any]
    policy: SchedulingPolicy
    app_id: str
    store: str

    def apply(self, app: PynencApp) -> None:
        """Have the app that is imported here go by them: it also says who counts as alive."""
        for name, value in self.values.items():
            setattr(app.conf, name, value)


class Reading:
    """One reading of the app at ``path`` (MODULE.ATTRIBUTE) by a process of its own."""

    def __init__(self, path: str) -> None:
        self._until = time.monotonic() + _LONGEST_SECONDS
        self._process = subprocess.Popen(  # noqa: S603 - the command's own words
            # The same places to import from, in the same order, as here.
            [sys.executable, "-c", _READ, json.dumps(sys.path), path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # What is wrong comes as `refused`; a pipe that nobody reads would fill up and stop it.
            stderr=subprocess.DEVNULL,
        )

    def is_over(self) -> bool:
        if self._process.poll() is None and time.monotonic() < self._until:
            return False
        if self._process.poll() is None:
            self._process.kill()
        return True

    def result(self) -> AppSettings:
        """What it read, once it is over.

        Raises:
            Refused: the app can't be read any more.
        """
        out, _ = self._process.communicate()
        try:
            told = json.loads(out)
        except ValueError:
            raise Refused("The app could not be read by another process.") from None
        if "refused" in told:
            raise Refused(told["refused"])
        return AppSettings(
            values=told["values"],
            policy=SchedulingPolicy(**told["policy"]),
            app_id=told["app_id"],
            store=told["store"],
        )

    def stop(self) -> None:
        """Leave no process behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def tell(path: str) -> None:
    """Read the app here, and write to standard output what `Reading.result` makes of it."""
    out = os.dup(1)
    # What the app's modules print is not for whoever reads this.
    os.dup2(2, 1)
    told = json.dumps(_told(path))
    with os.fdopen(out, "w") as pipe:
        pipe.write(told)


def _told(path: str) -> dict[str, Any]:
    try:
        app = load_app(path)
        return {
            "values": {name: setting(app, name) for name in SETTINGS},
            "policy": asdict(policy_of(app)),
            "app_id": app.app_id,
            "store": store_of(app).address,
        }
    except (Refused, Unavailable) as error:
        return {"refused": str(error)}

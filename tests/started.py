"""A long-running command of ours in a process of its own: what it says, and what it starts."""

import http.client
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.conftest import ROOT, eventually

PATIENCE_SECONDS = 90


class Started:
    """`manage.py` with these arguments and its data in `directory`; what it says goes to a file."""

    def __init__(self, directory: Path, *arguments: str, **variables: str) -> None:
        self.output = directory / "output"
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("SLOTWATCH_")
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=inherited
                | {
                    "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
                    "PYTHONUNBUFFERED": "1",
                    "SLOTWATCH_DATA_DIR": str(directory),
                }
                | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.said)
        assert match is not None, self.said
        return match.group(1)

    def await_its_address(self) -> Self:
        eventually(
            lambda: "Ctrl-C stops" in self.said or self.process.poll() is not None,
            within_seconds=PATIENCE_SECONDS,
        )
        assert self.process.poll() is None, self.said
        return self

    def get(self, path: str) -> tuple[int, str]:
        address = urlsplit(self.found(r"(http://\S+/)"))
        with closing(http.client.HTTPConnection(address.netloc, timeout=30)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def children(self) -> set[int]:
        """The processes below it, at any depth."""
        parents = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, _, rest = path.read_text().partition(" (")
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(pid)] = int(rest.rpartition(")")[2].split()[1])
        below = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= more
        return below - {self.process.pid}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)


def gone(pids: set[int]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(_runs(pid) for pid in pids)


def command_of(pid: int) -> bytes:
    """Its command line; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    # One that nobody has waited for is gone all the same.
    return state != "Z"

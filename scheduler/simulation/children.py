"""Child processes of a command: started in groups of their own, waited for, and always ended."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from pathlib import Path

from scheduler.db.outages import pause_seconds

POLL_SECONDS = 0.1
# A child that has not ended by itself after this many seconds is killed.
PATIENCE_SECONDS = 5.0
# A child that ends is started again after so long, and later and later while it lives shorter than
# this.
RESTART_SECONDS = 0.5
STEADY_SECONDS = 60.0


_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class Inherited(Enum):
    """Where a child's output goes that has no log of its own."""

    OUTPUT = "inherited"


INHERITED = Inherited.OUTPUT


class Stopped(Exception):
    """Somebody asked to stop."""


class ChildEnded(Exception):
    """A child ended that was to go on. `log_tail` is the end of what it wrote to its log."""

    def __init__(self, name: str, code: int, log_tail: str) -> None:
        super().__init__(f"{name} ended by itself (exit status {code}).")
        self.log_tail = log_tail


class Child:
    """One process, in a group of its own: a Ctrl-C of the terminal reaches only its parent.

    Its standard input is a pipe that ends with its parent, whatever ends that one. Its output goes
    to `log`, or to where its parent's goes (INHERITED), or without either its standard output can
    be read by lines and its errors are its parent's.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log: Path | Inherited | None = None,
    ) -> None:
        self.name = name
        self._log = log if isinstance(log, Path) else None
        # What is started are the command's own words.
        start = partial(
            subprocess.Popen[bytes],
            arguments,
            env=environment,
            cwd=directory,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        if self._log is None:
            # None is the parent's own.
            self._process = start(stdout=None if log is INHERITED else subprocess.PIPE)
        else:
            # What it says is for who started it alone.
            with open(os.open(self._log, _NEW_FILE, 0o600), "wb") as file:  # noqa: PTH123
                self._process = start(stdout=file, stderr=subprocess.STDOUT)

    def has_said_a_line(self) -> bool:
        """Whether its standard output has something to read; it has, too, at its end."""
        output = self._process.stdout
        return output is not None and bool(select.select([output], [], [], 0)[0])

    def require_alive(self) -> None:
        """Raises ChildEnded where the process has ended."""
        code = self._process.poll()
        if code is not None:
            raise ChildEnded(self.name, code, self._log_tail())

    def ended_with(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """End the process and whatever it started."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_SECONDS)
        # What it started is in its group still, whether it ended well or not.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _log_tail(self) -> str:
        if self._log is None:
            return ""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-10:])


class Kept:
    """A child that is started again whenever it ends, after a pause that grows while it fails."""

    def __init__(self, start: Callable[[], Child], *, say: Callable[[str], None]) -> None:
        self._start = start
        self._say = say
        self._started_at = time.monotonic()
        self._again_at: float | None = None
        self._failures = 0
        self.child = start()

    def look(self) -> None:
        """Start it again where that is due; says so once for each time that it ended."""
        now = time.monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self.child, self._started_at, self._again_at = self._start(), now, None
        elif (code := self.child.ended_with()) is not None:
            self.child.end()
            self._failures = 0 if now - self._started_at > STEADY_SECONDS else self._failures + 1
            pause = pause_seconds(RESTART_SECONDS, self._failures, longest_seconds=30.0)
            self._again_at = now + pause
            name = self.child.name
            self._say(f"{name} ended by itself (exit status {code}): starting it again.")

    def end(self) -> None:
        self.child.end()


def wait_until(
    condition: Callable[[], bool], *, children: Sequence[Child], wait: Callable[[float], bool]
) -> None:
    """Return as soon as `condition` holds.

    Raises:
        Stopped: `wait` said that somebody asked for it.
        ChildEnded: one of the `children` ended meanwhile.
    """
    while not condition():
        for child in children:
            child.require_alive()
        if wait(POLL_SECONDS):
            raise Stopped

"""Child processes of a command: started in groups of their own, waited for, and always ended."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.1
# A child that has not ended by itself after this many seconds is killed.
PATIENCE_SECONDS = 5.0


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
    to `log`, or without one its standard output can be read by lines and its errors are its
    parent's.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self._log = log
        if log is None:
            self._process = self._popen(arguments, environment, directory, subprocess.PIPE, None)
        else:
            with log.open("wb") as file:
                self._process = self._popen(
                    arguments, environment, directory, file, subprocess.STDOUT
                )

    @staticmethod
    def _popen(
        arguments: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        output: IO[bytes] | int,
        errors: int | None,
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the command's own words
            arguments,
            env=environment,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )

    def has_said_a_line(self) -> bool:
        """Whether its standard output has something to read; it has, too, at its end."""
        output = self._process.stdout
        return output is not None and bool(select.select([output], [], [], 0)[0])

    def require_alive(self) -> None:
        """Raises ChildEnded where the process has ended."""
        code = self._process.poll()
        if code is not None:
            raise ChildEnded(self.name, code, self._log_tail())

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

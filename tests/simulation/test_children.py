"""The processes of a command, with real ones."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from scheduler.simulation import children
from scheduler.simulation.children import Child, ChildEnded, Stopped, wait_until
from tests.conftest import eventually

type Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Child] = []

    def start_it(script: str, *, log: Path | None = None) -> Child:
        child = Child(
            "The child",
            [sys.executable, "-c", script],
            environment=dict(os.environ),
            directory=tmp_path,
            log=log,
        )
        started.append(child)
        return child

    yield start_it
    for child in started:
        child.end()


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed process that nobody has waited for yet is still there, as a zombie.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


SAYS_AND_WAITS = "import sys; print('ready', flush=True); sys.stdin.read()"


def test_a_line_of_the_child_can_be_waited_for(start):
    child = start(SAYS_AND_WAITS)

    wait_until(child.has_said_a_line, children=[child], wait=Event().wait)

    child.require_alive()


def test_a_child_that_ends_by_itself_ends_the_wait_and_its_log_is_told(start, tmp_path):
    child = start("import sys; print('why'); sys.exit(3)", log=tmp_path / "log")

    with pytest.raises(ChildEnded, match=r"The child ended by itself \(exit status 3\)") as ended:
        wait_until(lambda: False, children=[child], wait=Event().wait)

    assert ended.value.log_tail == "why"


def test_who_asks_to_stop_ends_the_wait(start):
    stop = Event()
    stop.set()

    with pytest.raises(Stopped):
        wait_until(lambda: False, children=[start(SAYS_AND_WAITS)], wait=stop.wait)


def test_the_end_of_a_child_is_the_end_of_what_it_started(start, tmp_path):
    grandchild = tmp_path / "pid"
    child = start(
        "import pathlib, subprocess, sys\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(grandchild)!r}).write_text(str(one.pid))\n" + SAYS_AND_WAITS
    )
    wait_until(child.has_said_a_line, children=[child], wait=Event().wait)

    child.end()

    pid = int(grandchild.read_text())
    eventually(lambda: not is_there(pid), within_seconds=10)


def test_a_child_that_ignores_the_request_is_killed(start, monkeypatch):
    monkeypatch.setattr(children, "PATIENCE_SECONDS", 0.1)
    child = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SAYS_AND_WAITS)
    wait_until(child.has_said_a_line, children=[child], wait=Event().wait)

    child.end()

    with pytest.raises(ChildEnded):
        child.require_alive()

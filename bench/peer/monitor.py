"""pynenc's own monitor, the peer: put into an environment of its own, and served.

It is no part of Slotwatch's environment: its extra brings a web framework that nothing else needs,
and wants a Python below 3.13.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.server import HOST, Visitor, free_port, wait_for

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "peer.txt"
PYTHONS = ">=3.12,<3.13"
# At 5,000 runners it takes its time.
PATIENCE_SECONDS = 600.0


def install(directory: Path) -> Path:
    """The program `pynenc` of a new environment in ``directory``, with all that the monitor needs.

    Raises:
        SystemExit: there is no Python that it runs on.
    """
    subprocess.run([_interpreter(), "-m", "venv", directory], check=True)
    options = ("-qq", "--disable-pip-version-check", "--no-input", "--require-hashes")
    subprocess.run(
        [directory / "bin/python", "-m", "pip", "install", *options, "--requirement", REQUIREMENTS],
        check=True,
    )
    return directory / "bin/pynenc"


def _interpreter() -> str:
    """Our own, where that will do, or one that uv knows of."""
    found = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--no-project", PYTHONS],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise SystemExit(f"pynenc's monitor needs a Python {PYTHONS}: none was found.")
    return found.stdout.strip()


@contextlib.contextmanager
def serving(pynenc: Path, app: str, directory: Path) -> Iterator[Visitor]:
    """The monitor of the app that lies in ``directory``, in one process, and its visitor."""
    port = free_port()
    log = directory / f"{app}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [pynenc, "--app", app, "monitor", "--host", HOST, "--port", str(port)],
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        try:
            wait_for(port)
        except SystemExit:
            sys.stderr.write(log.read_text())
            raise
        yield Visitor(port, cookie="", timeout=PATIENCE_SECONDS)
    finally:
        server.terminate()
        server.wait(timeout=30)

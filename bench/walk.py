"""The README's way to one's own fleet, letter by letter, in a fresh clone: `python -m bench.walk`.

Runs the commands under "Watch your own fleet" in an empty directory, signs in with a browser and
the one-time password that is printed, and waits until the live cycle of the fleet is drawn. Prints
the seconds of each step, and of all: with an empty `.venv`, so that it is what a newcomer waits.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.chromium import launch_chromium

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 600.0
OWN_PASSWORD = "chosen-by-the-newcomer-7"
_SECTION = re.compile(r"^## Watch your own fleet$(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> tuple[str, list[str]]:
    """The app that the README has one save, and the commands that follow it."""
    section = _SECTION.search((ROOT / "README.md").read_text())
    if section is None:
        raise SystemExit("The README has no section on one's own fleet.")
    blocks: list[tuple[str, str]] = _BLOCK.findall(section[1])
    (number,) = [number for number, (language, _) in enumerate(blocks) if language == "python"]
    return blocks[number][1], blocks[number + 1][1].splitlines()


class Walk:
    """A newcomer in an empty directory. `end` stops all that was started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.output = directory / "said"
        self._begun = time.monotonic()
        self._started: list[subprocess.Popen[bytes]] = []
        app, self.commands = steps()
        (directory / "shop.py").write_text(app)

    def run(self, command: str) -> None:
        """A command that ends by itself; what it leaves in the background goes on."""
        status = self._start(command).wait(PATIENCE_SECONDS)
        if status:
            raise SystemExit(f"{command} ended with {status}:\n{self.output.read_text()}")
        self._tell(command)

    def serve(self, command: str) -> tuple[str, str, str]:
        """The command that goes on. The address, the name and the password that it prints."""
        process = self._start(command)
        pattern = re.compile(
            r"Slotwatch is at (\S+)\n.*user (\S+), one-time password (\S+)", re.DOTALL
        )
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while (found := pattern.search(self.output.read_text())) is None:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise SystemExit(f"{command} does not serve:\n{self.output.read_text()}")
            time.sleep(0.1)
        self._tell(command)
        return found[1], found[2], found[3]

    def look(self, browser: Browser, address: str, name: str, password: str) -> Page:
        """Sign in, choose a password, and go to the live cycle of the fleet."""
        page = browser.new_page()
        page.goto(address)
        page.locator("input[type=text]").fill(name)
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        fields = page.locator("main input[type=password]")
        fields.first.wait_for()
        for number in range(fields.count()):
            # The old one is asked for first, where it is asked for.
            is_old = fields.count() == 3 and number == 0
            fields.nth(number).fill(password if is_old else OWN_PASSWORD)
        page.locator("main button[type=submit]").click()
        page.goto(f"{address}s/shop/")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not page.locator("#timeline .nsewdrag").count():
            if time.monotonic() > deadline:
                raise SystemExit("The fleet does not come to life on its page.")
            page.wait_for_timeout(500)
            page.reload()
        self._tell("the fleet's live cycle is drawn")
        return page

    def end(self) -> None:
        """Ctrl-C for each, and for what was left in the background."""
        for process in reversed(self._started):
            for number in (signal.SIGINT, signal.SIGTERM):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    break
            process.wait(60)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def _start(self, command: str) -> "subprocess.Popen[bytes]":
        variables = {"SLOTWATCH_REPOSITORY": str(ROOT), "ARGS": "--port 0"}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SLOTWATCH_", "DJANGO_", "DATABASE_URL", "PYTEST", "MAKE"))
        }
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                cwd=self.directory,
                env=inherited | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def _tell(self, step: str) -> None:
        print(f"{self.seconds:7.1f} s  {step}", flush=True)


@contextmanager
def walking(directory: Path) -> Iterator[Walk]:
    walk = Walk(directory)
    try:
        yield walk
    finally:
        walk.end()


def walk_through(
    walk: Walk, browser: Browser, *, after_cloning: Callable[[Path], None] = lambda clone: None
) -> Page:
    """All of it. `after_cloning` may give the clone what a newcomer's has to download."""
    clone, *others, serve = walk.commands
    walk.run(clone)
    after_cloning(walk.directory / "slotwatch")
    for command in others:
        walk.run(command)
    return walk.look(browser, *walk.serve(serve))


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="slotwatch-walk-") as directory,
        sync_playwright() as playwright,
        walking(Path(directory)) as walk,
    ):
        browser = launch_chromium(playwright.chromium)
        walk_through(walk, browser)
        print(f"from clone to one's own fleet, live: {walk.seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A real fleet through what goes wrong in real ones, and what each page says then.

`make show-fleet`: three pynenc runners in cycles of 30 s, a collector, a worker, a web server and a
browser. It takes about seven minutes, writes the text and a picture of each page for each step into
a directory, and prints what the commands say and what the pages' first lines are.
"""

import argparse
import importlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.chromium import launch_chromium
from slotwatch.front.command import server_command

ROOT = Path(__file__).resolve().parent.parent.parent
PYNENC = Path(sys.executable).parent / "pynenc"
PAGES = {
    "services": "/",
    "live": "/s/shop/",
    "runners": "/s/shop/runners/",
    "blocked": "/s/shop/blocked/",
    "history": "/s/shop/history/",
}
APP = """
import time

from pynenc import PynencBuilder
from pynenc.trigger import TriggerBuilder

app = (
    PynencBuilder()
    .app_id("{app_id}")
    .sqlite({path!r})
    .thread_runner()
    .custom_config(
        atomic_service_interval_minutes={interval} / 60,
        atomic_service_spread_margin_minutes=0.05,
        atomic_service_check_interval_minutes=1 / 60,
        runner_considered_dead_after_minutes=0.2,
    )
    .build()
)


def count_boxes(event):
    time.sleep(25)
    return {{"boxes": 7}}


@app.task(triggers=TriggerBuilder().on_event("delivery").with_args_from_event(count_boxes))
def unpack(boxes: int) -> int:
    return boxes
"""


@dataclass
class Stage:
    """Everything that runs, in one directory; it ends with the story."""

    directory: Path
    results: Path
    browser: Browser
    interval: float
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    runners: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
            "SLOTWATCH_DATA_DIR": str(self.directory / "data"),
            "SLOTWATCH_HTTPS": "off",
            "SLOTWATCH_PUBLIC_VIEW": "on",
            "PYTHONUNBUFFERED": "1",
        }

    def write_app(self, interval: float, *, name: str = "shop", app_id: str = "shop") -> None:
        path = str(self.directory / f"{name}.sqlite3")
        source = APP.format(app_id=app_id, path=path, interval=interval)
        (self.directory / f"{name}.py").write_text(source)

    def start(self, log: str, *command: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        with (self.results / f"{log}.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=cwd or self.directory,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def manage(self, log: str, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        return self.start(log, sys.executable, str(ROOT / "manage.py"), *arguments, cwd=cwd)

    def watch(self, *arguments: str, log: str = "watch") -> subprocess.Popen[bytes]:
        return self.manage(log, "watch_pynenc", "shop.app", *arguments)

    def start_runners(self, number: int = 3) -> None:
        for _ in range(number):
            command = (str(PYNENC), "--app", "shop.app", "runner", "start")
            self.runners.append(self.start("runners", *command))

    def stop_runners(self) -> None:
        for runner in self.runners:
            runner.terminate()
        for runner in self.runners:
            runner.wait(timeout=60)
        self.runners.clear()

    def serve(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start(
            "server",
            *server_command(
                "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "error"
            ),
            cwd=ROOT,
        )

    def said(self, log: str) -> list[str]:
        return (self.results / f"{log}.log").read_text().splitlines()

    def capture(self, step: str) -> None:
        """The text and a picture of each page."""
        print(f"\n== {step} ({datetime.now(UTC):%H:%M:%S} UTC)")
        context = self.browser.new_context(viewport={"width": 1440, "height": 1000})
        for name, path in PAGES.items():
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{self.port}{path}", wait_until="load")
            with suppress(Exception):
                page.wait_for_selector(".js-plotly-plot .main-svg", timeout=3_000)
            page.screenshot(path=self.results / f"{step}-{name}.png", full_page=True)
            text = (
                page.inner_text("main") if page.query_selector("main") else page.inner_text("body")
            )
            (self.results / f"{step}-{name}.txt").write_text(text)
            print(f"-- {name}: {' | '.join(_first_lines(text))}")
            page.close()
        context.close()

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            if process.poll() is None:
                process.kill()
                process.wait()


def _first_lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line][:6]


def wait_for(condition: Callable[[], object], *, within: float) -> None:
    give_up_at = time.monotonic() + within
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not within {within:.0f} s")
        time.sleep(0.5)


def tell(stage: Stage, log: str, since: int = 0) -> int:
    """Print what a command has said from that line on; returns how many lines there are."""
    lines = stage.said(log)
    for line in lines[since:]:
        print(f"   {log}: {line}")
    return len(lines)


def holder(app: Any) -> Any:
    running = list(app.orchestrator.get_active_atomic_service_executions())
    long = [one for one in running if (datetime.now(UTC) - one.start_time).total_seconds() > 3]
    return long[0] if long else None


def play(stage: Stage) -> None:
    stage.write_app(stage.interval)
    sys.path.insert(0, str(stage.directory))
    app = importlib.import_module("shop").app
    assert app.orchestrator
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"],
        cwd=stage.directory,
        env=stage.environment,
        check=True,
    )
    stage.serve()
    stage.manage("worker", "worker")
    watcher = stage.watch()
    stage.start_runners()
    wait_for(lambda: len(app.orchestrator.get_active_runners()) == 3, within=60)
    time.sleep(2.5 * stage.interval)
    stage.capture("1-healthy")
    told = tell(stage, "watch")

    app.trigger.emit_event("delivery", {})
    wait_for(lambda: holder(app), within=4 * stage.interval)
    watcher.kill()
    wait_for(lambda: not holder(app), within=60)
    time.sleep(25)
    stage.capture("2a-not-watched")
    watcher = stage.watch()
    time.sleep(10)
    stage.capture("2b-watched-again")
    told = tell(stage, "watch", told)

    stage.write_app(2 * stage.interval)
    time.sleep(15)
    stage.capture("3a-settings-changed")
    stage.stop_runners()
    stage.start_runners()
    time.sleep(5.2 * stage.interval)
    stage.capture("3b-runners-restarted")
    told = tell(stage, "watch", told)

    app.trigger.emit_event("delivery", {})
    wait_for(lambda: holder(app), within=6 * stage.interval)
    held = holder(app)
    pid = app.state_backend.get_runner_context(held.runner_id).pid
    os.kill(pid, signal.SIGKILL)
    time.sleep(30)
    stage.capture("4a-holder-killed")
    from pynenc.orchestrator.atomic_service import AtomicServiceExecutionStatus

    app.orchestrator.finalize_atomic_service_execution(
        held.atomic_service_run,
        datetime.now(UTC),
        AtomicServiceExecutionStatus.ABANDONED,
        "ended_by_hand",
    )
    time.sleep(2.2 * stage.interval)
    stage.capture("4b-row-ended-by-hand")
    told = tell(stage, "watch", told)

    wrong = stage.directory / "wrong"
    wrong.mkdir()
    relative = APP.format(app_id="shop", path="shop.sqlite3", interval=stage.interval)
    (wrong / "stall.py").write_text(relative)
    refused = stage.manage("wrong-directory", "watch_pynenc", "stall.app", cwd=wrong)
    print(f"\n== 5-wrong-directory: exit code {refused.wait(timeout=60)}")
    tell(stage, "wrong-directory")
    made = [each.name for each in wrong.iterdir() if each.name not in ("stall.py", "__pycache__")]
    print(f"   made there: {made}")

    stage.write_app(stage.interval, name="depot", app_id="depot")
    other = importlib.import_module("depot").app
    assert other.orchestrator
    refused = stage.manage("second-app", "watch_pynenc", "depot.app", "--service", "shop")
    print(f"\n== 6-second-app: exit code {refused.wait(timeout=60)}")
    tell(stage, "second-app")
    stage.capture("6-after-the-second-app")


@contextmanager
def staged(results: Path, interval: float) -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="slotwatch-fleet-") as directory,
        sync_playwright() as playwright,
    ):
        browser = launch_chromium(playwright.chromium)
        stage = Stage(
            directory=Path(directory), results=results, browser=browser, interval=interval
        )
        try:
            yield stage
        finally:
            stage.stop()
            browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="where to (default: a new directory)")
    parser.add_argument("--interval-seconds", type=float, default=30.0)
    options = parser.parse_args()
    results = options.results or Path(tempfile.mkdtemp(prefix="slotwatch-show-"))
    results.mkdir(parents=True, exist_ok=True)
    with staged(results, options.interval_seconds) as stage:
        play(stage)
    print(f"\nText and pictures of all pages: {results}")


if __name__ == "__main__":
    main()

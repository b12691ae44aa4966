import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scheduler.models import Execution, Service
from scheduler.models import Watch as WatchRow
from scheduler.services import create_service
from tests.fleet.conftest import BUFFERED, Shop, Start, ago, manage
from tests.fleet.watched import wait_for
from tests.lengths import first_of

APP = """
from pynenc import PynencBuilder

app = PynencBuilder().app_id("shop").sqlite({path!r}).thread_runner().build()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "stall.py").write_text(APP.format(path=str(tmp_path / "shop" / "shop.sqlite3")))
    return Shop(tmp_path / "shop")


class Watch:
    """A watch_pynenc process and what it said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    def wait_for(self, text: str) -> None:
        wait_for(
            lambda: any(text in line for line in self.lines), within=30, what=lambda: self.lines
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def watch(
    process_environment: dict[str, str], start_process: Start, tmp_path: Path
) -> Callable[..., Watch]:
    def start(*options: str) -> Watch:
        log = tmp_path / "watch.log"
        command = manage("watch_pynenc", "stall.app", "--every", "0.1", *options)
        return Watch(
            start_process(command, log=log, cwd=tmp_path, env=process_environment | BUFFERED), log
        )

    return start


def test_a_path_that_cannot_be_imported_ends_it_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        manage("watch_pynenc", "nowhere.app"), cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "There is no module 'nowhere' here" in done.stderr


def test_in_the_wrong_directory_it_makes_nothing_and_says_where_it_looked(tmp_path: Path) -> None:
    (tmp_path / "stall.py").write_text(APP.format(path="shop.sqlite3"))
    wrong = tmp_path / "wrong"
    wrong.mkdir()

    done = subprocess.run(
        manage("watch_pynenc", "stall.app"),
        cwd=wrong,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"There is no file {wrong / 'shop.sqlite3'}" in done.stderr
    assert list(wrong.iterdir()) == []


@pytest.mark.parametrize("every", ["0", "-1", "nan", "inf", "86401", "often"])
def test_a_pause_that_is_none_is_refused(every: str) -> None:
    with pytest.raises(CommandError, match="is not a number of seconds above 0"):
        call_command("watch_pynenc", "stall.app", f"--every={every}")


@pytest.mark.django_db(transaction=True)
def test_the_slug_of_a_coordinated_service_ends_it_with_one_line(
    shop: Shop, watch: Callable[..., Watch]
) -> None:
    create_service("shop")

    started = watch()

    assert started.process.wait(timeout=30) == 1
    (line,) = started.lines
    assert "Service 'shop' is coordinated" in line


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", first_of(1, [signal.SIGINT, signal.SIGTERM]))
def test_a_signal_stops_it_cleanly(
    shop: Shop, watch: Callable[..., Watch], number: signal.Signals
) -> None:
    started = watch()
    started.wait_for("Executions: 0 held by the app")

    assert started.stop(number) == 0
    assert started.lines[-1].startswith("Stopped. The last look was at ")


@pytest.mark.django_db(transaction=True)
def test_it_says_what_it_reads_and_refuses_a_second_app(
    shop: Shop, watch: Callable[..., Watch], tmp_path: Path
) -> None:
    store = tmp_path / "shop" / "shop.sqlite3"
    started = watch()
    started.wait_for(f"It reads the pynenc app 'shop' in {store}.")
    started.stop()
    other = Shop(tmp_path / "other").directory / "shop.sqlite3"
    (tmp_path / "stall.py").write_text(APP.format(path=str(other)))

    refused = watch()

    assert refused.process.wait(timeout=30) == 1
    (line,) = refused.lines
    assert str(store) in line
    assert "--replace" in line
    replacing = watch("--replace")
    replacing.wait_for(f"Until now the service was of the pynenc app 'shop' in {store}")
    replacing.stop()


@pytest.mark.django_db(transaction=True)
def test_after_a_restart_it_says_which_gap_it_closed(
    shop: Shop, watch: Callable[..., Watch]
) -> None:
    started = watch()
    started.wait_for("Executions: 0 held by the app")
    assert not any("Not watched" in line for line in started.lines)
    started.stop()
    last = ago(75)
    WatchRow.objects.update(started_at=last, last_seen_at=last, expires_at=last)

    again = watch()

    again.wait_for("Not watched from ")
    again.stop()
    (line,) = (line for line in again.lines if "Not watched" in line)
    # After its day, where that was yesterday.
    assert re.search(rf"Not watched from ([\d-]+ )?{last:%H:%M:%S} UTC to ", line)
    assert re.search(r"UTC \(1 m (1[5-9]|[2-5]\d) s\); what the app still holds", line)


@pytest.mark.django_db(transaction=True)
def test_an_outage_of_the_store_is_two_lines_and_nothing_is_missed(
    shop: Shop, watch: Callable[..., Watch]
) -> None:
    run = shop.start("a", ago(60))
    started = watch()
    started.wait_for("Executions: 1 held by the app, 1 new here.")
    before = len(started.lines)

    with shop.out_of_order():
        started.wait_for("The app's store does not answer (OperationalError: no such table")
    shop.end(run, ago(50))
    started.wait_for("The app's store answers again.")
    wait_for(
        lambda: Execution.objects.filter(status="completed").exists(),
        within=30,
        what=lambda: started.lines,
    )

    started.stop()
    # The package's own line for each failed attempt is not among them.
    assert [line.partition(".")[0] for line in started.lines[before + 1 :]] == [
        "The app's store answers again",
        "Stopped",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_service_can_be_named(
    shop: Shop, process_environment: dict[str, str], start_process: Start, tmp_path: Path
) -> None:
    log = tmp_path / "watch.log"
    command = manage("watch_pynenc", "stall.app", "--service", "market", "--every", "0.1")
    started = Watch(
        start_process(command, log=log, cwd=tmp_path, env=process_environment | BUFFERED), log
    )

    started.wait_for("Watching shop as service market every 100 ms.")

    assert Service.objects.get().slug == "market"

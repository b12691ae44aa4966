import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pynenc.orchestrator.atomic_service import AtomicServiceRun

from scheduler.collectors.configured import ConfiguredCollector
from scheduler.collectors.watchers import ReadyCollector, Watcher, Watchers, watchers_of
from scheduler.errors import Refused, Unavailable
from scheduler.models import Execution, Watch
from tests.conftest import eventually
from tests.fleet.conftest import Shop, ago

# Long enough for any lease of a test.
LONG = 600.0


class Fleet:
    """In the place of a collector: what its polls do is set by the test."""

    def __init__(self) -> None:
        self.polls = 0
        self.prepared = 0
        self.said: list[str] = []
        self.lost: list[str] = []
        self.errors: list[Exception] = []
        self.refusals: list[Exception] = []
        self.answer = threading.Event()
        self.answer.set()
        self.watcher = Watcher("shop", self.prepare, say=self.said.append, every_seconds=0.01)
        self.watchers = Watchers([self.watcher])
        self.watchers.start()

    def prepare(self) -> ReadyCollector:
        self.prepared += 1
        if self.refusals:
            raise self.refusals.pop()
        return ReadyCollector(
            poll=self.poll,
            on_sight=lambda sight: None,
            on_lost=lambda problem: self.lost.append(problem.why),
        )

    def poll(self) -> Any:
        self.polls += 1
        self.answer.wait()
        if self.errors:
            raise self.errors.pop()

    def has_polled_again(self) -> bool:
        before = self.polls
        eventually(lambda: self.polls > before + 2)
        return True


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    made = Fleet()
    yield made
    made.answer.set()
    assert made.watchers.stop(patience_seconds=30)


def test_it_polls_with_a_lease_and_at_no_other_time(fleet: Fleet) -> None:
    eventually(lambda: fleet.prepared)
    before_its_lease = fleet.polls
    fleet.watchers.allow(LONG)
    assert fleet.has_polled_again()
    fleet.watchers.rest()

    assert before_its_lease == 0
    # One may be in hand.
    after_its_lease = fleet.polls
    fleet.watcher.join(0.2)
    assert fleet.polls <= after_its_lease + 1


def test_it_rests_when_its_time_is_up_even_if_nobody_tells_it(fleet: Fleet) -> None:
    fleet.watchers.allow(0.05)
    fleet.watcher.join(0.1)
    after_its_time = fleet.polls
    fleet.watcher.join(0.2)

    assert fleet.polls == after_its_time


def test_the_next_shift_goes_on_with_the_same_collector(fleet: Fleet) -> None:
    for _ in range(3):
        fleet.watchers.allow(LONG)
        assert fleet.has_polled_again()
        fleet.watchers.rest()

    assert fleet.prepared == 1


def test_a_poll_that_hangs_holds_up_nobody(fleet: Fleet) -> None:
    fleet.answer.clear()
    fleet.watchers.allow(LONG)
    eventually(lambda: fleet.polls == 1)

    # None of these waits for it.
    fleet.watchers.rest()
    fleet.watchers.allow(LONG)

    assert fleet.watchers.stop(patience_seconds=0.01) is False
    assert fleet.polls == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("It can't be watched."), "It can't be watched. Everything else goes on;"),
        (KeyError("x"), "It failed: KeyError: 'x'. Everything else goes on;"),
    ],
)
def test_what_would_end_the_command_is_said_once_and_tried_again(
    fleet: Fleet, error: Exception, said: str
) -> None:
    fleet.errors += [error, error]
    fleet.watchers.allow(LONG)
    eventually(lambda: not fleet.errors)

    assert fleet.has_polled_again()
    (line,) = fleet.said
    assert line.startswith(said)
    # Each time with a new collector: what the old one remembers may be what was wrong.
    assert fleet.prepared == 3


def test_an_app_that_cannot_be_found_yet_is_looked_for_again(fleet: Fleet) -> None:
    fleet.refusals += [Refused("There is no module 'shop' here.")]
    fleet.watchers.allow(LONG)

    assert fleet.has_polled_again()


def test_an_outage_is_the_collectors_own_to_tell(fleet: Fleet) -> None:
    fleet.errors += [Unavailable("The app's store", "away")]
    fleet.watchers.allow(LONG)

    assert fleet.has_polled_again()
    assert (fleet.said, fleet.lost, fleet.prepared) == ([], ["away"], 1)


APP = """
from pynenc import PynencBuilder

app = PynencBuilder().app_id("shop").sqlite({path!r}).thread_runner().build()
"""


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A real app that can be imported as ``stand.app``."""
    (tmp_path / "stand.py").write_text(APP.format(path=str(tmp_path / "shop" / "shop.sqlite3")))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "stand", raising=False)
    return Shop(tmp_path / "shop")


@pytest.fixture
def start_watching() -> Iterator[Callable[[], Watchers]]:
    started: list[Watchers] = []

    def start() -> Watchers:
        configured = ConfiguredCollector(kind="pynenc", slug="shop", app="stand.app")
        watchers = watchers_of([configured], say=lambda line: None, every_seconds=0.05)
        watchers.start()
        started.append(watchers)
        return watchers

    yield start
    for each in started:
        assert each.stop(patience_seconds=30)


@pytest.mark.django_db(transaction=True)
def test_a_handover_between_two_workers_loses_no_run_and_leaves_no_gap(
    stand: Shop, start_watching: Callable[[], Watchers]
) -> None:
    one, other = start_watching(), start_watching()

    def is_recorded(run: AtomicServiceRun) -> bool:
        return Execution.objects.filter(run_id=run.atomic_service_run_id).exists()

    run = stand.start("a", ago(60))
    for number in range(3):
        one.allow(LONG)
        eventually(partial(is_recorded, run))
        one.rest()
        # Between two leases: the other one was not there when it began, nor when the next one did.
        stand.end(run, ago(50 - number))
        run = stand.start("b", ago(40 - number))
        other.allow(LONG)
        eventually(partial(is_recorded, run))
        other.rest()
        stand.end(run, ago(30 - number))
        run = stand.start("a", ago(20 - number))
    one.allow(LONG)
    eventually(lambda: Execution.objects.filter(status="completed").count() == 6)

    assert Execution.objects.count() == 7
    assert Watch.objects.count() == 1

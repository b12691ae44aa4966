"""Fleets in real time, on a clock that the test holds."""

from datetime import datetime, timedelta
from threading import Event

import pytest
from django.db import OperationalError

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.living import RETRY_SECONDS, live
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.scenario import Scenario
from scheduler.simulation.store import Answer
from tests.conftest import T0, after
from tests.simulation.build import POLICY, members

SCENARIO = Scenario(policy=POLICY, members=members("a", "b"), asks_again=True)


class Time(Event):
    """A clock that goes on only while somebody waits, and ends the wait at `end`."""

    def __init__(self, end: datetime) -> None:
        super().__init__()
        self.now = T0
        self.waits: list[float] = []
        self._end = end

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.now += timedelta(seconds=timeout)
        if self.now >= self._end:
            self.set()
        return self.is_set()


class Failing(MemoryStore):
    """A database that is away between 5 s and 12 s of the clock."""

    def __init__(self, time: Time) -> None:
        super().__init__(POLICY)
        self._time = time

    def claim(self, beat: Beat, *, now: datetime, run_id: str) -> Answer:
        self._fail()
        return super().claim(beat, now=now, run_id=run_id)

    def beat(self, beat: Beat, *, now: datetime) -> None:
        self._fail()
        super().beat(beat, now=now)

    def finish(self, run_id: str, status: Status, reason: str, *, now: datetime) -> None:
        self._fail()
        super().finish(run_id, status, reason, now=now)

    def _fail(self) -> None:
        if after(5) <= self._time.now < after(12):
            raise OperationalError("disk I/O error")


def fleet(store: MemoryStore, start: datetime = T0) -> Fleet:
    return Fleet(SCENARIO, seed=1, start=start, store=store)


def story(store: MemoryStore) -> list[tuple[datetime, str, str, datetime | None]]:
    return [
        (each.started_at, each.runner.runner_id, each.run_id, each.ended_at)
        for each in store.executions
    ]


def test_every_step_happens_when_its_time_has_come():
    time, store, expected = Time(after(60)), MemoryStore(POLICY), MemoryStore(POLICY)

    live([fleet(store)], clock=lambda: time.now, stop=time, say=print)

    fleet(expected).run_until(time.now)
    assert story(store) == story(expected)
    assert max(time.waits) <= 5


def test_the_fleet_whose_turn_comes_first_goes_first():
    time, first, second = Time(after(60)), MemoryStore(POLICY), MemoryStore(POLICY)
    fleets = [fleet(second, after(30)), fleet(first)]

    live(fleets, clock=lambda: time.now, stop=time, say=print)

    assert story(first)[0][0] == T0
    assert story(second)[0][0] == after(30)


def test_a_time_slept_through_is_caught_up_at_once():
    time, store, expected = Time(after(60)), MemoryStore(POLICY), MemoryStore(POLICY)
    time.now = after(50)

    live([fleet(store)], clock=lambda: time.now, stop=time, say=print)

    fleet(expected).run_until(time.now)
    assert story(store) == story(expected)


def test_nothing_happens_once_it_is_to_stop():
    time, store = Time(after(60)), MemoryStore(POLICY)
    time.set()

    live([fleet(store)], clock=lambda: time.now, stop=time, say=print)

    assert story(store) == []


@pytest.mark.django_db
def test_an_outage_of_the_database_is_said_once_and_loses_no_step():
    time, expected = Time(after(60)), MemoryStore(POLICY)
    store = Failing(time)
    said = []

    live([fleet(store)], clock=lambda: time.now, stop=time, say=said.append)

    fleet(expected).run_until(time.now)
    assert story(store) == story(expected)
    assert said == [
        "The database failed: disk I/O error. The fleets stand still; trying again.",
        "The database is back; the fleets go on.",
    ]
    assert time.waits.count(RETRY_SECONDS) >= 3

"""What page tests may ask for: a viewer's browser, a fixed instant, a service with a story."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after

HTMX = {"HX-Request": "true"}


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture
def viewer(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_user("viewer"))
    return client


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("kim"))
    return client


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stop the one clock at an instant."""

    def stop_at(instant: datetime) -> None:
        monkeypatch.setattr("scheduler.db.clock.now", lambda: instant)

    return stop_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A service of three runners (slots of 20 s), 25 s into a cycle."""

    service: Service
    completed: str
    running: str


@pytest.fixture
def story(make_service: Callable[..., Service], set_clock: Callable[[datetime], None]) -> Story:
    """One run of `a` from 2 s to 6 s, one of `b` from 21 s on, three refusals of `b` by it."""
    service = make_service(dead_after_seconds=600.0)
    beats = [Beat(runner_id="a", host="host-1", pid=412), Beat(runner_id="b"), Beat(runner_id="c")]
    beat(service, *beats, now=after(-1))
    first = claim(service, "a", now=after(2)).execution
    assert first is not None
    finish(service, first.run_id, Status.COMPLETED, now=after(6))
    second = claim(service, "b", now=after(21)).execution
    assert second is not None
    for seconds in (22, 23, 24):
        claim(service, "b", now=after(seconds))
    set_clock(after(25))
    return Story(service=service, completed=first.run_id, running=second.run_id)


@pytest.fixture
def at_one(set_clock: Callable[[datetime], None]) -> None:
    """An hour after T0."""
    set_clock(after(3_600))

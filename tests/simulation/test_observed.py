"""A fleet that decides for itself: what it does, and what it tells of it."""

from random import Random

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.models import Execution, Presence, ServiceMode
from scheduler.services import create_service
from scheduler.simulation.observed import ObservedStore
from tests.conftest import T0, after
from tests.simulation.build import POLICY, second
from tests.simulation.telling import tell


def fleet(leak_chance: float = 0.0) -> ObservedStore:
    """Two runners: slots of 15 s, late after 0.7 of a window of 13.8 s, dead after 10 s."""
    store = ObservedStore(POLICY, seed=1, leak_chance=leak_chance)
    store.beat(Beat(runner_id="a"), now=after(0))
    store.beat(Beat(runner_id="b"), now=after(1))
    return store


def ask(store: ObservedStore, runner_id: str, at: float) -> bool:
    return store.claim(Beat(runner_id=runner_id), now=after(at), run_id=f"{runner_id} {at}").started


def told(store: ObservedStore) -> list[tuple[str, str, str]]:
    runs = [each for each in store.reports if isinstance(each, ExecutionReport)]
    return [(each.runner_id, each.status.value, each.reason) for each in runs]


def test_it_tells_of_starts_and_ends():
    store = fleet()

    assert ask(store, "a", 2)
    store.finish("a 2", Status.ABANDONED, "exception:OSError", now=after(4))

    assert told(store) == [("a", "running", ""), ("a", "abandoned", "exception:OSError")]


@pytest.mark.parametrize(
    ("runner_id", "at"),
    [
        ("a", 9.7),  # 9.7 / 13.8 > 0.7: late
        ("b", 5),  # not its turn
    ],
)
def test_it_forgets_what_the_decision_refuses(runner_id, at):
    store = fleet()

    assert not ask(store, runner_id, at)
    assert told(store) == []


def test_it_knows_no_way_out_of_a_dead_holder():
    store = fleet()
    ask(store, "a", 2)
    store.beat(Beat(runner_id="b"), now=after(11))

    # Of "a" nothing is heard after 2 s + 10 s.
    assert not ask(store, "b", 20)
    assert told(store)[-1] == ("b", "blocked", "prior_running:a 2 runner:a")


def test_its_gate_can_fail():
    store = fleet(leak_chance=1.0)
    ask(store, "a", 2)
    store.beat(Beat(runner_id="a"), now=after(10))

    assert ask(store, "b", 16)
    assert told(store) == [("a", "running", ""), ("b", "running", "")]


@pytest.mark.django_db
def test_what_it_tells_is_stored_once_whatever_the_order():
    service = create_service("told", mode=ServiceMode.OBSERVED, policy=POLICY, effective_from=T0)
    store = fleet()
    ask(store, "a", 2)
    store.finish("a 2", Status.COMPLETED, "", now=after(5))
    for at in (8, 14, 16):
        store.beat(Beat(runner_id="b"), now=after(at))

    tell(service, store, random=Random(3))

    runs = Execution.objects.filter(service=service).values_list("run_id", "status", "ended_at")
    assert list(runs) == [("a 2", "completed", after(5))]
    presences = Presence.objects.filter(service=service).order_by("started_at")
    assert [(second(row.started_at), second(row.expires_at)) for row in presences] == [
        (0, 12),
        (1, 26),
    ]

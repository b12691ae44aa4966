"""Both stores end in the same rows, whatever happens to a fleet."""

from datetime import timedelta
from random import Random

import pytest

from scheduler.intake.heartbeats import Beat
from scheduler.models import Runner
from scheduler.simulation.database import DatabaseStore
from scheduler.simulation.history import insert, play_history
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.scenario import Scenario
from tests.conftest import T0, after
from tests.lengths import first_of
from tests.simulation.build import POLICY, make, play, random_scenario, stored

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", first_of(3, range(8)))
def test_a_story_ends_in_the_same_rows_through_either_store(seed):
    scenario = random_scenario(seed, seconds=150)

    told = play("memory", "told", scenario, seconds=150, seed=seed)
    lived = play("database", "lived", scenario, seconds=150, seed=seed)

    assert stored(told) == stored(lived)


def test_a_fleet_goes_on_in_the_database_where_its_history_ends():
    scenario = random_scenario(3, seconds=150)
    whole = play("memory", "whole", scenario, seconds=150)

    halved = make("halved", scenario)
    fleet = play_history(halved, scenario, seed=1, start=T0, end=after(77.7))
    assert isinstance(fleet.store, DatabaseStore)
    fleet.run_until(after(150))

    assert stored(halved) == stored(whole)


# (call, runner, second, eligible), with cycles of 30 s and beats that are good for 10 s.
EDGES = {
    "a beat at the very end of an interval extends it": [
        ("beat", "a", 0, True),
        ("beat", "a", 10, True),
    ],
    "a beat after the end opens another presence": [
        ("beat", "a", 0, True),
        ("beat", "a", 10.000001, True),
    ],
    "a member at its very end still has its seat": [
        ("beat", "a", 0, True),
        ("claim", "b", 10, True),
    ],
    "a member past its end has none": [
        ("beat", "a", 0, True),
        ("claim", "b", 10.000001, True),
    ],
    # "a" is good until 16 s, and the slot of "b" begins at 15 s.
    "a holder at its very end still holds": [
        ("claim", "a", 0, True),
        ("beat", "b", 1, True),
        ("beat", "a", 6, True),
        ("claim", "b", 16, True),
    ],
    "a holder past its end is dead": [
        ("claim", "a", 0, True),
        ("beat", "b", 1, True),
        ("beat", "a", 6, True),
        ("claim", "b", 16.000001, True),
    ],
    "a runner that changes its mind at once was never there": [
        ("beat", "a", 0, True),
        ("beat", "a", 0, False),
        ("claim", "b", 1, True),
    ],
    "a change of eligibility a tick later leaves an interval of no length": [
        ("beat", "a", 0, True),
        ("beat", "a", 0.000001, False),
    ],
    "an ineligible holder that beats is alive": [
        ("claim", "a", 0, True),
        ("beat", "b", 1, True),
        ("beat", "a", 9, False),
        ("claim", "b", 16, True),
    ],
}


def test_both_stores_keep_the_same_of_a_clocks_measurements():
    random = Random(1)
    scenario = Scenario(policy=POLICY, members=())
    told, lived = make("told", scenario), make("lived", scenario)
    memory, database = MemoryStore(POLICY), DatabaseStore(lived)
    kept, seconds = [], 0

    for _ in range(60):
        seconds += random.choice((1, 4, 300))
        now = after(seconds)
        one = Beat(
            runner_id="a",
            runner_time=now + timedelta(seconds=random.choice((0.0, 0.25, -20.0))),
            round_trip_seconds=random.choice((None, 0.125, 0.5)),
        )
        memory.beat(one, now=now)
        database.beat(one, now=now)
        kept.append((memory.runners["a"].clock, Runner.objects.get(service=lived).clock))
    insert(told, memory, now=after(60_000))

    assert [each for each, _ in kept] == [each for _, each in kept]
    assert len({each for each, _ in kept}) > 10
    assert Runner.objects.get(service=told).clock == kept[-1][0]


@pytest.mark.parametrize("calls", EDGES.values(), ids=EDGES)
def test_at_the_edges_both_stores_answer_and_store_the_same(calls):
    scenario = Scenario(policy=POLICY, members=())
    told, lived = make("told", scenario), make("lived", scenario)
    memory, database = MemoryStore(POLICY), DatabaseStore(lived)
    answers = []

    for number, (call, runner_id, second, eligible) in enumerate(calls):
        beat, now = Beat(runner_id=runner_id, eligible=eligible), after(second)
        for store in (memory, database):
            if call == "beat":
                store.beat(beat, now=now)
            else:
                answers.append(store.claim(beat, now=now, run_id=f"run-{number}"))
    insert(told, memory, now=after(60))

    assert answers[::2] == answers[1::2]
    assert stored(told) == stored(lived)

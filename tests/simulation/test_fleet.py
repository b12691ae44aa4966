"""The engine, on the memory's store: the same seed tells the same story."""

from typing import Any

import pytest

from scheduler.models import Execution, Presence
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.scenario import Scenario
from tests.conftest import T0, after
from tests.simulation.build import POLICY, members, random_scenario


def columns(row: Execution | Presence) -> dict[str, Any]:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        # What the database works out, an unsaved row has not.
        if not field.is_relation and not field.generated
    }
    return values | {"runner": row.runner.runner_id}


def told(scenario: Scenario, seed: int | str, *ends: float) -> list[dict[str, Any]]:
    store = MemoryStore(scenario.policy)
    fleet = Fleet(scenario, seed=seed, start=T0, store=store)
    for end in ends:
        fleet.run_until(after(end))
    rows: list[Execution | Presence] = [*store.presences, *store.executions]
    return [columns(row) for row in rows]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_tells_the_same_story_with_the_same_ids(seed):
    scenario = random_scenario(seed, seconds=300)

    assert told(scenario, seed, 300) == told(scenario, seed, 300)


def test_another_seed_tells_another_story():
    scenario = Scenario(policy=POLICY, members=members("a", "b", "c"))

    assert told(scenario, "one", 300) != told(scenario, "two", 300)


def test_a_story_can_be_told_in_parts():
    scenario = random_scenario(2, seconds=300)

    assert told(scenario, 2, 10, 99.5, 300) == told(scenario, 2, 300)


def test_what_happens_at_the_end_itself_is_still_to_come():
    fleet = Fleet(
        Scenario(policy=POLICY, members=members("a")), seed=1, start=T0, store=MemoryStore(POLICY)
    )

    fleet.run_until(T0)

    assert fleet.next_at == T0


def test_a_fleet_of_nobody_has_nothing_to_do():
    fleet = Fleet(Scenario(policy=POLICY, members=()), seed=1, start=T0, store=MemoryStore(POLICY))

    fleet.run_until(after(1e9))

    assert fleet.next_at > after(1e9)

"""A story told at once: played in memory, then inserted in bulk."""

from dataclasses import asdict
from datetime import datetime

from scheduler.db.service_lock import service_lock
from scheduler.intake import claims
from scheduler.models import Execution, Policy, Presence, Runner, Service
from scheduler.simulation.database import CHANGED_BY, DatabaseStore
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.scenario import Scenario
from scheduler.simulation.store import Witness

BATCH = 1_000


def play_history(
    service: Service,
    scenario: Scenario,
    *,
    seed: int | str,
    start: datetime,
    end: datetime,
    truth: Witness | None = None,
) -> Fleet:
    """Give a new service the story from `start` to `end`; the fleet, which can go on from there.

    The service is coordinated, has the scenario's policy and no rows yet.
    """
    memory = MemoryStore(scenario.policy)
    fleet = Fleet(scenario, seed=seed, start=start, store=memory, truth=truth)
    fleet.run_until(end)
    insert(service, memory, now=end)
    fleet.store = DatabaseStore(service)
    return fleet


def insert(service: Service, memory: MemoryStore, *, now: datetime) -> None:
    """The collected rows, in one transaction."""
    # Claims read the seats from the presences: the fleet goes on from these.
    memory.lay_seats()
    runners = list(memory.runners.values())
    with service_lock(service, now) as (held, _):
        rows: list[Runner | Presence | Execution] = [
            *runners,
            *memory.presences,
            *memory.executions,
        ]
        for row in rows:
            row.service = held
        Policy.objects.bulk_create(
            Policy(
                service=held,
                effective_from=at,
                recorded_at=at,
                changed_by=CHANGED_BY,
                **asdict(policy),
            )
            for at, policy in memory.policy_changes
        )
        Runner.objects.bulk_create(runners, BATCH)
        Presence.objects.bulk_create(memory.presences, BATCH)
        Execution.objects.bulk_create(memory.executions, BATCH)
        claims.note_longest_run(held, memory.longest_run)
        held.touch()

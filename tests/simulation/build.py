"""Scenarios and stored stories for the tests of this folder. No test is here."""

from datetime import datetime
from random import Random
from typing import Any

from django.db.models import Model

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Execution, Policy, Presence, Runner, Service
from scheduler.services import create_service
from scheduler.simulation.database import DatabaseStore
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.history import play_history
from scheduler.simulation.scenario import (
    Event,
    EventKind,
    Member,
    PolicyChange,
    Scenario,
    Work,
)
from tests.conftest import T0, after
from tests.simulation.truth import Truth

# A cycle of half a minute, beats every 3 s, dead after 10 s.
POLICY = SchedulingPolicy(
    service_interval_minutes=0.5,
    spread_margin_minutes=0.02,
    check_interval_seconds=3.0,
    max_start_slot_fraction=0.7,
    dead_after_seconds=10.0,
)


def members(*runner_ids: str) -> tuple[Member, ...]:
    """Runners that join a second after each other."""
    return tuple(
        Member(runner_id=each, joins_at_seconds=float(second))
        for second, each in enumerate(runner_ids)
    )


def random_scenario(seed: int, *, seconds: float) -> Scenario:
    """Anything may happen to anybody, at any time of the first `seconds`."""
    random = Random(seed)
    ids = ("b", "a", "host-1:7", "é", "z")[: random.randint(1, 5)]
    fleet = tuple(
        Member(
            runner_id=each,
            host=random.choice(("", "host-1")),
            pid=random.choice((None, 7)),
            joins_at_seconds=random.choice((0.0, 0.0, 1.5, random.uniform(0, seconds))),
            check_seconds=random.choice((None, None, 2.0, 7.5)),
            clock_offset_seconds=random.choice((None, 0.0, -1.25, 3.5)),
            # Not of chance: the stories of the seeds stay what they were.
            round_trip_seconds=(None, 0.25, 4.0)[number % 3],
        )
        for number, each in enumerate(ids)
    )
    events = tuple(
        Event(
            at_seconds=random.uniform(0, seconds),
            kind=random.choice(tuple(EventKind)),
            runner_id=random.choice(ids),
            seconds=random.choice((4.0, 12.0, 45.0)),
            every_seconds=random.choice((None, None, 50.0)),
        )
        for _ in range(random.randint(3, 14))
    )
    return Scenario(
        policy=_random_policy(random),
        members=fleet,
        events=events,
        policy_changes=tuple(
            PolicyChange(at_seconds=random.uniform(0, seconds), policy=_random_policy(random))
            for _ in range(random.randint(0, 2))
        ),
        work=Work(least_seconds=0.5, usual_seconds=3.0, most_seconds=20.0, failure_chance=0.1),
        jitter=random.choice((0.0, 0.1, 0.5)),
        asks_again=random.random() < 0.5,
    )


def _random_policy(random: Random) -> SchedulingPolicy:
    return SchedulingPolicy(
        service_interval_minutes=random.choice((0.5, 0.5, 0.35, 1.0)),
        spread_margin_minutes=random.choice((0.0, 0.02, 0.15)),
        check_interval_seconds=random.choice((2.0, 3.0, 5.0)),
        membership_stabilization_seconds=random.choice((0.0, 0.0, 25.0)),
        max_start_slot_fraction=random.choice((0.5, 0.8, 1.0)),
        dead_after_seconds=random.choice((6.0, 10.0, 20.0)),
    )


def make(slug: str, scenario: Scenario) -> Service:
    return create_service(slug, policy=scenario.policy, effective_from=T0)


def play(
    store: str,
    slug: str,
    scenario: Scenario,
    *,
    seconds: float,
    seed: int = 1,
    truth: Truth | None = None,
) -> Service:
    """The stored story of a new service, by way of the `memory` or of the `database`."""
    service = make(slug, scenario)
    if store == "memory":
        play_history(service, scenario, seed=seed, start=T0, end=after(seconds), truth=truth)
    else:
        fleet = Fleet(scenario, seed=seed, start=T0, store=DatabaseStore(service), truth=truth)
        fleet.run_until(after(seconds))
    return service


def stored(service: Service) -> dict[str, list[dict[str, Any]]]:
    """Every row of the service, all columns but the keys; blocked rows have a random run id."""
    rows = {
        "runners": _columns(Runner, service, "runner_id"),
        "presences": _columns(Presence, service, "started_at", "runner__runner_id"),
        "executions": _columns(Execution, service, "id"),
        "policies": _columns(Policy, service, "effective_from"),
    }
    for row in rows["executions"]:
        if row["status"] == "blocked":
            del row["run_id"]
    service.refresh_from_db()
    return rows | {"service": [{"longest": service.longest_run_seconds}]}


def _columns(model: type[Model], service: Service, *order: str) -> list[dict[str, Any]]:
    names = [
        field.name for field in model._meta.concrete_fields if field.name not in ("id", "service")
    ]
    names = ["runner__runner_id" if name == "runner" else name for name in names]
    rows = model._default_manager.filter(service=service).order_by(*order)
    return list(rows.values(*names))


def attempts(service: Service) -> list[tuple[str, str, str]]:
    """(runner, status, reason) of every attempt, in the order in which they came."""
    rows = Execution.objects.filter(service=service).order_by("id")
    return list(rows.values_list("runner__runner_id", "status", "reason"))


def second(instant: datetime | None) -> float | None:
    """An instant, counted from the start of the story."""
    return None if instant is None else (instant - T0).total_seconds()

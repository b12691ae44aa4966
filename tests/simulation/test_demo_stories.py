"""What the demo's three services have to show, in a short history and in a whole day."""

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from scheduler.models import Execution, Service
from scheduler.simulation import demo
from scheduler.simulation.demo import FIFTH_JOINS, demo_services, fill
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from tests.conftest import T0, after
from tests.lengths import short_and_whole

# A day, or a part of one: what a history tells goes by shares of its length.
HOURS = (1, pytest.param(24, marks=pytest.mark.long))
DAYS = short_and_whole(8, 24)


@cache
def history(slug: str, hours: int, minutes_after: int = 0) -> tuple[Execution, ...]:
    """The attempts of the last `hours`, and of `minutes_after` that a visitor looks on."""
    (service,) = [each for each in demo_services(hours * 3_600.0) if each.slug == slug]
    store = MemoryStore(service.scenario.policy)
    fleet = Fleet(service.scenario, seed=f"{slug} 7", start=T0, store=store)
    fleet.run_until(T0 + timedelta(hours=hours, minutes=minutes_after))
    return tuple(store.executions)


def text(execution: Execution) -> str:
    return f"{execution.status} {execution.reason} {execution.reason_detail}"


@pytest.mark.parametrize("hours", HOURS)
def test_the_healthy_service_completes_every_run_of_every_slot(hours):
    # Four runners, one run a minute each; the last ones may still be going.
    ended = [each for each in history("invoice-dispatch", hours) if each.status != "running"]

    assert {text(each) for each in ended} == {"completed  "}
    assert len(ended) >= hours * 60 * 4 - 1


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(
    ("trouble", "is_it"),
    [
        ("a crash while holding", lambda one: "abandoned runner_dead" in text(one)),
        ("an exception", lambda one: "abandoned exception ValueError" in text(one)),
        ("a joiner in grace", lambda one: one.reason == "scheduled_runner_in_grace"),
        ("an overrun that blocks others", lambda one: one.reason == "prior_running"),
        ("a late start", lambda one: one.reason == "late_start"),
    ],
)
def test_the_troubled_service_has_every_trouble(hours, trouble, is_it):
    assert any(is_it(each) for each in history("stock-sync", hours))


@pytest.mark.parametrize("hours", DAYS)
def test_most_of_the_troubled_day_is_calm(hours):
    minutes = {
        each.started_at.replace(second=0, microsecond=0)
        for each in history("stock-sync", hours)
        if each.status not in ("completed", "running")
    }

    assert 10 <= len(minutes) <= hours * 60 / 10


def test_in_the_troubled_service_a_runner_leaves_and_comes_back():
    store = MemoryStore(demo.troubled(3_600.0).policy)
    fleet = Fleet(demo.troubled(3_600.0), seed="stock-sync 7", start=T0, store=store)
    fleet.run_until(T0 + timedelta(hours=1))

    intervals = [row for row in store.presences if row.runner.runner_id == "host-1:806"]

    # Here, saying good-bye, here again.
    assert [row.eligible for row in intervals] == [True, False, True]


def test_a_visitor_sees_trouble_within_three_minutes():
    seen = history("stock-sync", 1, minutes_after=3)[len(history("stock-sync", 1)) :]

    assert {each.reason for each in seen} >= {"prior_running", "late_start"}


def test_within_the_first_quarter_of_an_hour_a_visitor_sees_everything():
    seen = history("stock-sync", 1, minutes_after=15)[len(history("stock-sync", 1)) :]

    assert {each.reason for each in seen} == {
        "",
        "exception",
        "late_start",
        "prior_running",
        "runner_dead",
        "scheduled_runner_in_grace",
    }


@pytest.mark.parametrize("hours", HOURS)
def test_the_crowded_service_has_no_window_left_since_the_fifth_runner_joined(hours):
    fifth = T0 + timedelta(hours=FIFTH_JOINS * hours)
    # The claims of the fifth's first second may still have met a fleet of four.
    since = [
        each
        for each in history("session-cleanup", hours)
        if each.started_at > fifth + timedelta(seconds=1)
    ]

    assert {each.reason for each in since} == {"slot_window_invalid"}
    assert {each.stable_runner_count for each in since} == {5}
    assert len({(each.runner.runner_id, each.cycle_start) for each in since}) == len(since)


@pytest.mark.parametrize("hours", DAYS)
def test_the_crowded_service_ran_worse_with_every_runner_that_joined(hours):
    # Served slots in each quarter of the time, with 2, 3, 4 and 5 runners.
    served = [0.0] * 4
    for each in history("session-cleanup", hours):
        if each.status == "completed":
            served[int((each.started_at - T0) / timedelta(hours=hours / 4))] += 1
    share = [
        count / (hours / 4 * 60 * runners)
        for count, runners in zip(served, (2, 3, 4, 5), strict=True)
    ]

    # A runner's chance to hit its slot: 1, 0.67, 0.25, 0.
    assert share == pytest.approx([1.0, 0.67, 0.25, 0.0], abs=0.1)


def test_the_crowded_service_has_the_packages_defaults_on_a_scale_of_a_fifth():
    policy = demo.crowded(3_600.0).policy

    assert (policy.interval_seconds, policy.spread_seconds) == (60.0, 12.0)
    assert (policy.check_interval_seconds, policy.dead_after_seconds) == (6.0, 120.0)
    assert policy.max_start_slot_fraction == 0.5
    assert policy.max_runners == 4


@pytest.mark.parametrize("hours", DAYS)
@pytest.mark.parametrize("slug", ["invoice-dispatch", "stock-sync", "session-cleanup"])
def test_no_two_runs_of_a_service_overlap(slug, hours):
    runs = [each for each in history(slug, hours, 15) if each.status != "blocked"]

    overlapping = [
        (one.run_id, other.run_id)
        for one, other in pairwise(runs)
        if one.ended_at is None or one.ended_at > other.started_at
    ]

    assert runs
    assert overlapping == []


@pytest.mark.django_db
def test_filling_makes_three_services_whose_last_cycle_is_the_present_one():
    now = after(25)

    fleets = fill(seed=7, hours=1, now=now)

    assert list(Service.objects.values_list("slug", "mode")) == [
        ("invoice-dispatch", "coordinated"),
        ("session-cleanup", "coordinated"),
        ("stock-sync", "coordinated"),
    ]
    assert [service.created_at for service in Service.objects.all()] == [after(-3_600)] * 3
    assert all(now <= fleet.next_at < now + timedelta(seconds=10) for fleet in fleets)
    newest = Execution.objects.filter(service__slug="invoice-dispatch").latest("started_at")
    assert newest.cycle_start == T0


@pytest.mark.django_db
def test_the_start_of_the_history_is_the_start_of_a_cycle_so_that_one_seed_tells_one_story():
    def story(now: datetime) -> list[tuple[timedelta, str, str]]:
        fill(seed=7, hours=1, now=now)
        start = now.replace(second=0, microsecond=0) - timedelta(hours=1)
        rows = Execution.objects.filter(started_at__lt=start + timedelta(hours=1)).order_by("id")
        told = [
            (row.started_at - start, row.runner.runner_id, row.reason)
            for row in rows.select_related("runner")
        ]
        Execution.objects.all().delete()
        Service.objects.all().delete()
        return told

    assert story(after(25)) == story(after(3_600 + 42))

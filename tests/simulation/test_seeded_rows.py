"""Seeded services as they are stored, and as the pages and the worker read them."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from scheduler.cycles.summaries import keep_summaries
from scheduler.models import CycleSummary, Execution, Presence, Runner, Service, Watch
from scheduler.simulation.seeding.plan import ImpossibleOrder
from scheduler.simulation.seeding.seed import Order, ServicesExist, plan_services, write
from tests.conftest import T0

pytestmark = pytest.mark.django_db

NOW = T0 + timedelta(minutes=2, seconds=13)


def seeded(**changes: Any) -> list[Service]:
    wanted: dict[str, Any] = {"executions": 4_000, "runners": 48, "services": 4, "seed": 1}
    order = Order(now=NOW, **(wanted | changes))
    for _ in write(plan_services(order)):
        pass
    return list(Service.objects.filter(slug__startswith=f"{order.prefix}-").order_by("slug"))


def summaries_of(service: Service) -> Iterator[CycleSummary]:
    while keep_summaries(service, now=NOW).written:
        pass
    yield from CycleSummary.objects.filter(service=service)


@pytest.mark.both_databases
def test_there_is_exactly_what_was_ordered():
    services = seeded()

    assert [service.executions.count() for service in services] == [1_000] * 4
    # 48 runners are 5 for each service, and a quarter of the other 28 for each
    assert [service.runners.count() for service in services] == [12] * 4
    assert [service.mode for service in services] == [*["coordinated"] * 3, "observed"]
    assert not Runner.objects.filter(executions=None).exists()


def test_the_shares_of_status_and_reason_are_realistic():
    seeded(executions=10_000, runners=24)

    statuses = Counter(Execution.objects.values_list("status", flat=True))
    reasons = set(Execution.objects.exclude(reason="").values_list("reason", flat=True))
    assert 0.05 < statuses["blocked"] / 10_000 < 0.12
    assert 0.003 < statuses["abandoned"] / 10_000 < 0.03
    assert 1 <= statuses["running"] <= 8
    assert reasons >= {
        "exception",
        "runner_dead",
        "late_start",
        "prior_running",
        "scheduled_runner_in_grace",
        "slot_window_invalid",
    }
    assert Execution.objects.filter(status="blocked", attempts__gt=1).count() > 50


def test_durations_have_a_long_tail():
    service, *_ = seeded(executions=24_000, runners=10, services=1)

    ended = Execution.objects.filter(duration_us__isnull=False)
    assert ended.filter(duration_us__lt=60e6).count() > 0.99 * 24_000
    assert ended.filter(duration_us__gt=10 * 60e6).count() > 5
    assert ended.filter(duration_us__gt=3 * 3_600e6).exists()
    longest = ended.order_by("-duration_us").first()
    assert service.longest_run_seconds == longest.duration_us / 1e6


def test_a_block_names_a_run_of_its_service_and_that_runs_runner():
    seeded(executions=8_000, runners=24)

    blocks = Execution.objects.filter(reason="prior_running")
    names = {
        (service, f"{run_id} runner:{runner}")
        for service, run_id, runner in Execution.objects.values_list(
            "service", "run_id", "runner__runner_id"
        )
    }
    assert set(blocks.values_list("service", "reason_detail")) <= names
    assert blocks.exists()


@pytest.mark.both_databases
def test_no_row_lies_in_the_future():
    seeded()

    assert not Execution.objects.filter(last_attempt_at__gt=NOW).exists()
    assert not Execution.objects.filter(ended_at__gt=NOW).exists()
    assert not Presence.objects.filter(last_heartbeat_at__gt=NOW).exists()
    # the cycles of the last execution are those before the present ones, of 1 and of 5 minutes
    latest = Execution.objects.order_by("-started_at").first()
    assert NOW - latest.started_at < timedelta(minutes=4)


def test_a_runner_is_never_alive_twice_at_once():
    seeded()

    lifespans = Presence.objects.order_by("runner", "started_at").values_list(
        "runner", "started_at", "expires_at"
    )
    pairs = list(lifespans)
    assert all(before[0] != after[0] or before[2] < after[1] for before, after in pairwise(pairs))


@pytest.mark.parametrize("number", [0, 1, 3], ids=["hot", "coordinated", "observed"])
def test_a_seeded_history_is_judged_as_what_was_played(number):
    service = seeded(executions=4_000, runners=40)[number]

    told = list(summaries_of(service))
    outcomes = Counter(each.outcome for each in told)
    incidents = Counter(each["kind"] for row in told for each in row.incidents)
    # 1,000 executions at three a cycle
    assert len(told) > 300
    assert outcomes["served"] > 0.7 * len(told)
    assert outcomes["unknown"] == 0
    # every run is in a slot that its runner had by the runners that were there
    assert incidents["run_outside_slot"] == 0
    assert incidents["overlap"] <= (3 if number == 3 else 0)
    assert sum(incidents.values()) < 0.3 * len(told)


def test_the_worker_is_left_the_last_days_only():
    service = seeded(executions=6_000, runners=10, services=1, summarised_days=1)[0]

    first = next(iter(sorted(summaries_of(service), key=lambda each: each.cycle_start)))
    assert first.cycle_start == T0 + timedelta(minutes=2) - timedelta(days=1)
    assert Execution.objects.order_by("started_at").first().started_at < first.cycle_start


def test_a_short_history_is_summed_up_whole():
    service = seeded(executions=1_000, runners=10, services=1)[0]

    assert service.summarised_until is None


def test_a_worker_that_comes_too_early_finds_nothing_to_sum_up(monkeypatch):
    monkeypatch.setattr("scheduler.simulation.seeding.seed.BATCH", 500)
    order = Order(executions=1_000, runners=5, services=1, now=NOW)

    early = [
        [row.outcome for row in summaries_of(Service.objects.get(slug="seed-00"))]
        for _ in write(plan_services(order))
    ]

    assert early == [[], []]
    told = list(summaries_of(Service.objects.get(slug="seed-00")))
    assert Counter(row.outcome for row in told)["served"] > 0.7 * len(told) > 200


def test_what_is_seeded_is_kept_whatever_its_age():
    assert {(each.keep_days, each.keep_summary_days) for each in seeded()} == {(None, None)}


def test_an_observed_service_was_watched_all_the_time():
    service = seeded()[3]

    watch = Watch.objects.get(service=service)
    ends = Execution.objects.filter(service=service).order_by("started_at")
    assert watch.started_at <= ends.first().started_at
    assert ends.last().started_at <= watch.expires_at


def test_the_same_seed_stores_the_same_history():
    def contents() -> list[tuple[object, ...]]:
        services = seeded(executions=2_000, runners=10, services=2)
        rows = Execution.objects.order_by("service__slug", "pk").values_list(
            *("service__slug", "runner__runner_id", "run_id", "status", "started_at", "ended_at"),
            *("reason", "reason_detail", "attempts", "slot_start", "late_start_fraction"),
        )
        stored = list(rows)
        for service in services:
            service.delete()
        return stored

    assert contents() == contents()


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({}, ServicesExist, "4 of these services exist already, such as 'seed-00'"),
        ({"prefix": "two words"}, ValidationError, "slug"),
        ({"prefix": "new", "executions": 100}, ImpossibleOrder, "too few"),
        ({"prefix": "new", "summarised_days": -1}, ImpossibleOrder, "future"),
    ],
)
def test_what_cant_be_made_is_refused_and_nothing_written(changes, error, says):
    seeded(executions=2_000, runners=20)
    before = list(Service.objects.values_list("slug", "revision"))

    with pytest.raises(error, match=says):
        seeded(**changes)

    assert list(Service.objects.values_list("slug", "revision")) == before
    assert Execution.objects.count() == 2_000


def test_other_services_are_left_alone(service):
    before = Service.objects.filter(pk=service.pk).values().get()

    seeded(executions=1_000, runners=10, services=1)

    assert Service.objects.filter(pk=service.pk).values().get() == before
    assert not service.executions.exists()
    assert not service.runners.exists()

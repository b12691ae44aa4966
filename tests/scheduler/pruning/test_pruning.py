from datetime import timedelta
from random import Random

import pytest

from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Acknowledgement, Execution, Presence, Runner, Service, ServiceMode
from scheduler.pruning import pruner as pruning
from scheduler.pruning.pruner import Pruner
from scheduler.retention.limits import Retention, change_retention
from tests.conftest import T0, after
from tests.lengths import first_of
from tests.scheduler.pruning.pruned_rows import (
    END,
    acknowledgement,
    execution,
    keys_left,
    keys_to_stay,
    prune_all,
    tell_random_rows,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(service):
    """One runner of a service that is summed up until a day after T0, and keeps an hour."""
    Service.objects.filter(pk=service.pk).update(
        summarised_until=after(END), keep_days=1 / 24, keep_summary_days=None
    )
    service.refresh_from_db()
    return Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)


def left(service):
    rows = Execution.objects.filter(service=service).order_by("started_at", "pk")
    return [row.run_id for row in rows]


@pytest.mark.parametrize("seed", first_of(1, range(2)))
@pytest.mark.parametrize("mode", ServiceMode)
@pytest.mark.parametrize(
    ("days", "executions", "summary_days"),
    [
        (0.5, None, 0.6),
        (0.25, 20, None),
        (None, 30, None),
        (None, None, None),
        *(
            pytest.param(*limits, marks=pytest.mark.long)
            for limits in ((0.9, 100, 1.0), (0.01, None, 0.01), (2.0, None, 2.0))
        ),
    ],
)
def test_what_is_left_is_what_a_plain_reading_of_the_rules_leaves(
    make_service, mode, days, executions, summary_days, seed
):
    random = Random(f"{mode} {days} {executions} {seed}")
    service, other = make_service(mode), make_service(mode)
    tell_random_rows(service, random)
    tell_random_rows(other, random)
    service.keep_days, service.keep_executions = days, executions
    service.keep_summary_days = summary_days
    # Not all of the day is summed up.
    service.summarised_until = after(END * random.choice((0.3, 0.95)))
    service.save()
    expected = keys_to_stay(service, after(END))
    untouched = keys_left(other)

    prune_all(service, after(END), at_most=random.choice((5, 17, 1_000)))

    assert keys_left(service) == expected
    assert keys_left(other) == untouched


def test_nothing_goes_before_it_is_summed_up(service, runner):
    execution(service, runner, 1, 0)
    Service.objects.filter(pk=service.pk).update(summarised_until=None)

    (batch,) = prune_all(service, after(END))

    assert (batch.rows, batch.is_done, batch.waits_for) == (0, True, after(END - 3_600))
    assert left(service) == ["run-1"]
    assert Service.objects.get(pk=service.pk).pruned_until is None


def test_the_hole_is_marked_with_the_first_row_that_goes(service, runner):
    for number in range(3):
        execution(service, runner, number, number)

    batch = Pruner().prune(service, now=after(END), at_most=1)

    assert (batch.table, batch.rows, batch.is_done) == ("executions", 1, False)
    assert left(service) == ["run-1", "run-2"]
    assert Service.objects.get(pk=service.pk).pruned_until == after(END - 3_600)


def test_where_nothing_goes_nothing_is_marked(service, runner):
    execution(service, runner, 1, END - 60)
    execution(service, runner, 2, 0, status="running", ended_at=None)

    prune_all(service, after(END))

    assert left(service) == ["run-2", "run-1"]
    assert Service.objects.get(pk=service.pk).pruned_until is None


def test_what_came_late_of_the_past_goes_as_well(service, runner):
    execution(service, runner, 1, 0)
    prune_all(service, after(END))
    execution(service, runner, 2, 5)

    prune_all(service, after(END))

    assert left(service) == []


def test_a_block_that_is_unacknowledged_again_goes_in_the_end(service, runner):
    seen = acknowledgement(service)
    execution(service, runner, 1, 0, status="blocked", reason="late_start", acknowledgement=seen)
    prune_all(service, after(END))
    kept = left(service)

    Execution.objects.update(acknowledgement=None)
    prune_all(service, after(END))

    assert (kept, left(service)) == (["run-1"], [])
    assert Acknowledgement.objects.filter(pk=seen.pk).exists()


def test_a_look_takes_the_same_few_reads_whatever_is_kept(
    service, runner, django_assert_num_queries
):
    for number in range(40):
        execution(service, runner, number, number, status="running", ended_at=None)
    execution(service, runner, 99, 50)
    pruner = Pruner()

    first = pruner.prune(service, now=after(END))

    assert (first.rows, left(service)[-1]) == (1, "run-39")
    # What ended, by its three statuses; derived blocks, watches; who holds, and presences.
    with django_assert_num_queries(7):
        assert pruner.prune(service, now=after(END)).is_done


def test_when_nothing_is_due_a_call_asks_nothing(service, runner, django_assert_num_queries):
    pruner = Pruner()
    while not pruner.prune(service, now=after(END)).is_done:
        pass

    with django_assert_num_queries(0):
        assert pruner.prune(service, now=after(END + 59)).is_done


def test_it_looks_again_after_a_minute(service, runner):
    pruner = Pruner()
    while not pruner.prune(service, now=after(END)).is_done:
        pass
    execution(service, runner, 1, 0)

    assert pruner.prune(service, now=after(END + 60)).rows == 1


def test_another_retention_counts_at_once(service, runner):
    execution(service, runner, 1, END - 60)
    pruner = Pruner()
    while not pruner.prune(service, now=after(END)).is_done:
        pass

    change_retention(service, Retention(days=0.0001, executions=None, summary_days=None))
    service.refresh_from_db()

    # 8.64 s.
    assert pruner.prune(service, now=after(END)).rows == 1


def test_a_looser_retention_stops_what_was_begun(service, runner):
    for number in range(3):
        execution(service, runner, number, number)
    pruner = Pruner()
    pruner.prune(service, now=after(END), at_most=1)

    change_retention(service, Retention(days=None, executions=None, summary_days=None))
    service.refresh_from_db()

    assert pruner.prune(service, now=after(END)).is_done
    assert left(service) == ["run-1", "run-2"]


def test_the_newest_are_looked_for_only_when_a_hundredth_of_them_may_be_others(
    service, runner, monkeypatch
):
    service.keep_days, service.keep_executions = None, 400
    service.save()
    for number in range(400):
        execution(service, runner, number, 2 * number)
    asked = []
    real = pruning.start_of_newest

    def start_of_newest(*told):
        asked.append(told)
        return real(*told)

    monkeypatch.setattr(pruning, "start_of_newest", start_of_newest)
    pruner, now, looks = Pruner(), after(END), []
    for number in range(400, 409):
        execution(service, runner, number, 2 * number)
        while not pruner.prune(service, now=now).is_done:
            pass
        looks.append((len(asked), Execution.objects.count()))
        now += timedelta(minutes=2)

    # Four in a hundredth of 400: in between, up to three more are kept.
    assert looks[:5] == [(1, 400), (1, 401), (1, 402), (1, 403), (2, 400)]
    assert looks[-1] == (3, 400)


def test_two_pruners_share_the_work(service, runner):
    for number in range(10):
        execution(service, runner, number, number)
    pruners = Pruner(), Pruner()

    rows = [
        pruners[number % 2].prune(service, now=after(END), at_most=2).rows for number in range(6)
    ]

    assert left(service) == []
    assert sum(rows) == 10


def test_a_service_that_was_deleted_has_nothing_to_prune(service):
    stale = Service.objects.get(pk=service.pk)
    service.delete()

    assert Pruner().prune(stale, now=after(END)).is_done


def test_the_size_of_a_batch_follows_the_time_it_takes(service, runner, monkeypatch):
    for number in range(300):
        execution(service, runner, number, number)
    monkeypatch.setattr(pruning, "MOST_ON_SQLITE", pruning.MOST)
    seconds = iter([0.0, 0.001] + [0.0, 0.020] * 9)
    monkeypatch.setattr(pruning, "perf_counter", lambda: next(seconds))
    pruner = Pruner()

    # 100, then twice as many because that took 1 ms, and then half because 20 ms are too long.
    assert pruner.prune(service, now=after(END)).rows == 100
    assert pruner.prune(service, now=after(END)).rows == 200
    execution(service, runner, 999, 500)
    assert pruner._memories[service.pk].size == 100


def test_a_seat_that_no_claim_has_freed_yet_stays(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="b"), now=after(100))
    Presence.objects.filter(runner__runner_id="a").update(position=7)
    Presence.objects.create(
        service=service,
        runner=Runner.objects.get(runner_id="a"),
        started_at=after(200),
        last_heartbeat_at=after(200),
        expires_at=after(230),
    )
    Service.objects.filter(pk=service.pk).update(summarised_until=after(END), keep_days=0.01)

    prune_all(service, after(END))

    assert Presence.objects.count() == 3


def test_a_dead_holder_is_still_given_up_after_pruning(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    run = claim(service, "a", now=after(1)).execution
    Service.objects.filter(pk=service.pk).update(summarised_until=after(END), keep_days=0.01)

    prune_all(service, after(END))
    claim(service, "b", now=after(END))

    run.refresh_from_db()
    assert (run.status, run.ended_at) == ("abandoned", after(31))

from datetime import timedelta

import pytest

from scheduler.models import Execution, Runner, Service
from scheduler.retention.limits import (
    InvalidRetention,
    Retention,
    change_retention,
    horizon,
    is_pruned,
    start_of_newest,
)
from tests.conftest import T0, after
from tests.scheduler.pruning.pruned_rows import execution

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "executions", "summary_days", "told"),
    [
        (90.0, None, 400.0, ""),
        (90.0, 1, None, ""),
        (None, None, None, ""),
        (90.0, None, 90.0, ""),
        (36_525.0, None, 36_525.0, ""),
        (0.0, None, None, "Executions can't be kept for 0 days: say more than 0"),
        (-1.0, None, None, "Executions can't be kept for -1 days"),
        (float("nan"), None, None, "can't be kept for nan days"),
        (float("inf"), None, None, "can't be kept for inf days"),
        (40_000.0, None, None, "at most 36,525, or all"),
        (1.0, None, 0.0, "Summaries can't be kept for 0 days"),
        (90.0, 0, 400.0, "0 executions can't be kept: say 1 to"),
        (90.0, 10**18, 400.0, "1,000,000,000,000,000,000 executions can't be kept"),
        (90.0, None, 89.0, "for 89 days and executions for longer (90 days)"),
        (None, 100, 400.0, "for 400 days and executions for longer (all)"),
        (True, None, 400.0, "Executions can't be kept for True days"),
        ("90", None, 400.0, "Executions can't be kept for '90' days"),
        (90.0, True, 400.0, "True executions can't be kept"),
        (90.0, 1.5, 400.0, "1.5 executions can't be kept"),
        (90.0, 10**4_000, 400.0, "a number of 13,288 bits executions can't be kept"),
    ],
)
def test_what_can_be_kept(days, executions, summary_days, told):
    problem = Retention(days=days, executions=executions, summary_days=summary_days).problem

    assert told in problem
    assert bool(problem) is bool(told)


@pytest.mark.django_db
def test_a_changed_retention_is_stored_and_told_to_the_pages(service):
    revision = service.revision
    wanted = Retention(days=30.0, executions=1_000_000, summary_days=None)

    changed = change_retention(service, wanted), change_retention(service, wanted)

    service.refresh_from_db()
    assert changed == (True, False)
    assert Retention.of(service) == wanted
    assert service.revision == revision + 1


@pytest.mark.django_db
def test_what_can_not_be_kept_changes_nothing(service):
    with pytest.raises(InvalidRetention, match="keep summaries for as long at least"):
        change_retention(service, Retention(days=90.0, executions=None, summary_days=1.0))

    assert Retention.of(Service.objects.get(pk=service.pk)) == Retention.of(service)


@pytest.mark.parametrize(
    ("days", "summary_days", "oldest_kept", "summed_up", "until", "summaries", "waits_for"),
    [
        # By age; the worker is up to date.
        (10.0, 20.0, None, T0, T0 - 10 * DAY, T0 - 20 * DAY, None),
        (10.0, None, None, T0, T0 - 10 * DAY, None, None),
        # By number, where that is the later.
        (10.0, 20.0, T0 - 9 * DAY, T0, T0 - 9 * DAY, T0 - 20 * DAY, None),
        (10.0, 20.0, T0 - 11 * DAY, T0, T0 - 10 * DAY, T0 - 20 * DAY, None),
        (None, None, T0 - 11 * DAY, T0, T0 - 11 * DAY, None, None),
        # All is kept.
        (None, None, None, T0, None, None, None),
        # The worker is behind.
        (10.0, 20.0, None, T0 - 12 * DAY, T0 - 12 * DAY, T0 - 20 * DAY, T0 - 10 * DAY),
        (10.0, 20.0, None, T0 - 22 * DAY, T0 - 22 * DAY, T0 - 22 * DAY, T0 - 10 * DAY),
        (10.0, 20.0, None, None, None, None, T0 - 10 * DAY),
        # The clock jumped back.
        (None, None, T0 + DAY, T0 + DAY, T0, None, None),
    ],
)
def test_what_is_too_old(days, summary_days, oldest_kept, summed_up, until, summaries, waits_for):
    service = Service(
        keep_days=days,
        keep_executions=None,
        keep_summary_days=summary_days,
        summarised_until=summed_up,
    )

    too_old = horizon(service, T0, oldest_kept)

    told = too_old.until, too_old.summaries_until, too_old.waits_for
    assert told == (until, summaries, waits_for)


@pytest.mark.parametrize(
    ("number", "second"), [(1, 30.0), (2, 20.0), (3, 20.0), (4, 10.0), (5, None)]
)
@pytest.mark.django_db
def test_the_start_of_the_oldest_of_the_newest(service, number, second):
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    for index, at in enumerate((20, 10, 30, 20)):
        execution(service, runner, index, at)

    assert start_of_newest(service, number) == (None if second is None else after(second))
    assert Execution.objects.count() == 4


@pytest.mark.parametrize(("pruned_until", "is_it"), [(None, False), (T0, False), (after(1), True)])
def test_a_cycle_that_begins_before_the_mark_is_pruned(pruned_until, is_it):
    assert is_pruned(Service(pruned_until=pruned_until), T0) is is_it

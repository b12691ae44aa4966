"""Once executions are gone, the summaries of their cycles are the last word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles import summaries
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import CycleSummary, Execution, LateChange, Service
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import after
from tests.scheduler.pruning.pruned_rows import prune_all

pytestmark = pytest.mark.django_db
MINUTE_DAYS = 1 / 24 / 60


@pytest.fixture
def kept_four_minutes(service):
    """A run a minute for ten minutes, summed up; the first five and a half are pruned."""
    for cycle in range(10):
        beat(service, Beat(runner_id="a"), now=after(60 * cycle))
        run = claim(service, "a", now=after(60 * cycle + 5)).execution
        finish(service, run.run_id, now=after(60 * cycle + 9))
        keep_all(service, after(60 * cycle + 20))
    keep_all(service, after(600))
    Service.objects.filter(pk=service.pk).update(keep_days=4.5 * MINUTE_DAYS)
    prune_all(service, after(600))
    service.refresh_from_db()
    assert service.pruned_until == after(330)
    return service


def keep_all(service, now):
    while (kept := keep_summaries(service, now=now)).due_at is not None and kept.due_at <= now:
        pass


def told(service):
    rows = CycleSummary.objects.filter(service=service).order_by("cycle_start")
    return [(row.cycle_start, row.outcome, row.completed) for row in rows]


EACH_SERVED = [(after(60 * cycle), "served", 1) for cycle in range(10)]


def test_a_late_change_of_a_pruned_cycle_is_dropped(kept_four_minutes):
    LateChange.objects.create(service=kept_four_minutes, start=after(60), end=after(100))

    keep_all(kept_four_minutes, after(601))

    assert told(kept_four_minutes) == EACH_SERVED
    assert not LateChange.objects.exists()


def test_a_late_change_reaches_no_further_back_than_the_mark(kept_four_minutes):
    # All that there is to a cycle after the mark is gone, too: it is judged anew, and no other.
    Execution.objects.all().delete()
    LateChange.objects.create(service=kept_four_minutes, start=after(0), end=after(365))

    keep_all(kept_four_minutes, after(601))

    anew = [(after(360), "empty", 0)]
    assert told(kept_four_minutes) == EACH_SERVED[:6] + anew + EACH_SERVED[7:]


def test_a_change_that_is_older_than_all_summaries_fills_nothing(kept_four_minutes):
    CycleSummary.objects.filter(cycle_start__lt=after(120)).delete()
    LateChange.objects.create(service=kept_four_minutes, start=after(-900), end=after(-800))

    keep_all(kept_four_minutes, after(601))

    assert told(kept_four_minutes) == EACH_SERVED[2:]


@pytest.mark.parametrize("since", [-10_000, 100, 400])
def test_another_interval_from_the_past_on_leaves_the_pruned_as_they_are(kept_four_minutes, since):
    wider = replace(policy_at(kept_four_minutes, after(600)), service_interval_minutes=2.0)

    change_policy(kept_four_minutes, wider, changed_by="", effective_from=after(since))
    keep_all(kept_four_minutes, after(600))

    # 12:05 began before the mark, 12:05:30; from 12:06 on there are other cycles.
    assert told(kept_four_minutes)[:6] == EACH_SERVED[:6]
    assert [start for start, *_ in told(kept_four_minutes)][6:] == [after(360), after(480)]


def test_summing_up_anew_from_nothing_begins_at_the_mark(kept_four_minutes):
    # A run that is kept for ever is no beginning of the history.
    first = Execution.objects.order_by("started_at").first()
    first.pk, first.run_id, first.started_at = None, "old", after(-90_000)
    first.status, first.ended_at = "running", None
    first.origin = "reported"
    first.save()
    Service.objects.filter(pk=kept_four_minutes.pk).update(summarised_until=None)

    keep_all(kept_four_minutes, after(600))

    assert [start for start, *_ in told(kept_four_minutes)] == [each[0] for each in EACH_SERVED]
    assert told(kept_four_minutes)[:6] == EACH_SERVED[:6]


def test_cycles_that_are_pruned_while_they_are_judged_are_not_written(
    kept_four_minutes, monkeypatch
):
    LateChange.objects.create(service=kept_four_minutes, start=after(360), end=after(365))
    real = summaries.judge_cycle

    def judge_and_be_overtaken(timeline):
        monkeypatch.setattr(summaries, "judge_cycle", real)
        prune_all(kept_four_minutes, after(690))
        return replace(real(timeline), incidents=())

    monkeypatch.setattr(summaries, "judge_cycle", judge_and_be_overtaken)
    overtaken = keep_summaries(kept_four_minutes, now=after(601))
    keep_all(kept_four_minutes, after(601))

    assert overtaken.written == 0
    assert told(kept_four_minutes) == EACH_SERVED


def test_a_run_that_reaches_over_the_mark_is_still_told_late(observed):
    Service.objects.filter(pk=observed.pk).update(
        pruned_until=after(330), summarised_until=after(600)
    )
    long_run = ExecutionReport(
        run_id="x",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(0),
        ended_at=after(400),
    )

    report(observed, executions=[long_run], now=after(601))
    Service.objects.filter(pk=observed.pk).update(keep_days=4.5 * MINUTE_DAYS)
    prune_all(observed, after(600))

    assert Execution.objects.filter(run_id="x").exists()
    assert LateChange.objects.filter(start=after(0), end=after(400)).exists()
    assert after(600) - timedelta(minutes=4.5) == after(330)

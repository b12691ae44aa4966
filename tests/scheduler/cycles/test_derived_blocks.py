from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles import summaries
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Acknowledgement, CycleSummary, DerivedBlock, LateChange, ServiceMode
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

# a starts and goes on; b's window of every minute, from its middle on, is blocked by that.
RUN = ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(5))


def keep_all(service, now):
    while (kept := keep_summaries(service, now=now)).due_at is not None and kept.due_at <= now:
        pass


def watch_two_runners(observed, until: int, *executions):
    """a and b are there all the time, and somebody watches."""
    beats = [
        HeartbeatReport(runner_id=name, at=after(second))
        for name in "ab"
        for second in range(0, until, 20)
    ]
    report(observed, heartbeats=beats, executions=executions, now=after(until))
    for second in range(0, until, 8):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)


def end(run, second: float):
    return replace(run, status=Status.COMPLETED, ended_at=after(second))


def blocks(service):
    """Runner, and from when to when (in seconds after T0), of every derived block."""
    rows = DerivedBlock.objects.filter(service=service).order_by("started_at")
    return [
        (
            row.runner.runner_id,
            (row.started_at - T0).total_seconds(),
            (row.ended_at - T0).total_seconds(),
        )
        for row in rows.select_related("runner")
    ]


def acknowledge_all(service):
    action = Acknowledgement.objects.create(
        service=service,
        acknowledged_by="ada",
        acknowledged_at=after(900),
        note="Seen to.",
        block_count=service.derived_blocks.count(),
    )
    service.derived_blocks.update(acknowledgement=action)
    return action


def test_what_an_observed_fleet_was_refused_is_kept_with_its_numbers(observed):
    watch_two_runners(observed, 60, RUN)
    keep_all(observed, after(59))
    assert blocks(observed) == []

    keep_all(observed, after(60))

    row = DerivedBlock.objects.get()
    assert (row.cycle_start, row.started_at, row.ended_at) == (T0, after(30), after(60))
    assert (row.runner.runner_id, row.reason, row.prior_run_id) == ("b", "prior_running", "x")
    assert (row.runner_position, row.stable_runner_count) == (1, 2)
    assert (row.slot_start, row.slot_end) == (after(30), after(60))


def test_a_slot_without_a_window_has_no_slot(make_service):
    observed = make_service(ServiceMode.OBSERVED, spread_margin_minutes=0.5)
    watch_two_runners(observed, 60)
    keep_all(observed, after(60))

    told = observed.derived_blocks.order_by("runner_position").values_list(
        "runner_position", "reason", "slot_start", "slot_end", "stable_runner_count"
    )
    # Two runners: 30 s each, and the margin takes 30 s.
    assert list(told) == [(n, "slot_window_invalid", None, None, 2) for n in range(2)]


def test_a_refusal_that_was_written_down_is_not_derived_too(observed):
    refused = ExecutionReport(
        run_id="y",
        runner_id="b",
        status=Status.BLOCKED,
        started_at=after(40),
        ended_at=after(40),
        reason="prior_running:x runner:a",
    )
    watch_two_runners(observed, 60, RUN, refused)
    keep_all(observed, after(60))

    assert blocks(observed) == []


def test_a_coordinated_service_has_none(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(25))
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(29))
    keep_all(service, after(60))

    assert '["blocked", "prior_running"]' in str(CycleSummary.objects.get().slots).replace("'", '"')
    assert not DerivedBlock.objects.exists()


def test_what_is_still_true_keeps_its_row_and_its_acknowledgement(observed):
    watch_two_runners(observed, 180, RUN)
    keep_all(observed, after(180))
    rows = observed.derived_blocks.order_by("started_at")
    before = list(rows.values_list("pk", flat=True))
    action = acknowledge_all(observed)

    report(observed, executions=[end(RUN, 119)], now=after(181))
    assert LateChange.objects.exists()
    keep_all(observed, after(181))

    # b's of the first minute and a's of the second; the last second of b's was free.
    assert blocks(observed) == [("b", 30, 60), ("a", 60, 90)]
    assert list(rows.values_list("pk", "acknowledgement")) == [
        (before[0], action.pk),
        (before[1], action.pk),
    ]


def test_what_is_no_block_any_more_goes_and_the_acknowledgement_stays(observed):
    watch_two_runners(observed, 60, RUN)
    keep_all(observed, after(60))
    action = acknowledge_all(observed)

    report(observed, executions=[end(RUN, 20)], now=after(61))
    keep_all(observed, after(61))

    assert blocks(observed) == []
    assert Acknowledgement.objects.get() == action


def test_a_block_by_another_run_is_another_block(observed):
    watch_two_runners(observed, 60, RUN)
    keep_all(observed, after(60))
    acknowledge_all(observed)
    before = observed.derived_blocks.get()

    other = replace(RUN, run_id="y", started_at=after(8))
    report(observed, executions=[end(RUN, 7), other], now=after(61))
    keep_all(observed, after(61))

    row = observed.derived_blocks.get()
    assert (row.started_at, row.prior_run_id, row.acknowledgement) == (after(30), "y", None)
    assert row.pk > before.pk


def test_the_numbers_of_a_block_that_is_still_true_are_brought_up_to_date(make_service):
    observed = make_service(ServiceMode.OBSERVED, spread_margin_minutes=0.5)
    watch_two_runners(observed, 60)
    keep_all(observed, after(60))
    action = acknowledge_all(observed)

    # c, older than both, had been there all along.
    born = after(-50)
    beats = [
        HeartbeatReport(runner_id="c", at=after(second), creation_time=born)
        for second in range(0, 60, 20)
    ]
    report(observed, heartbeats=beats, now=after(61))
    keep_all(observed, after(61))

    told = observed.derived_blocks.order_by("runner_position").values_list(
        "runner__runner_id", "runner_position", "stable_runner_count", "acknowledgement"
    )
    assert list(told) == [("c", 0, 3, None), ("a", 1, 3, action.pk), ("b", 2, 3, action.pk)]


@pytest.mark.parametrize("number", [1, 2, 3, 1_000])
def test_many_blocks_are_written_in_turns_of_their_own(observed, monkeypatch, number):
    monkeypatch.setattr(summaries, "BLOCKS_A_TURN", number)
    watch_two_runners(observed, 300, RUN)

    assert keep_summaries(observed, now=after(300)).written == 5

    # b's half of five minutes, and a's of all but the first one.
    assert len(blocks(observed)) == 9
    observed.refresh_from_db()
    assert observed.summarised_until == after(300)

    report(observed, executions=[end(RUN, 190)], now=after(301))
    # The run touched all five.
    assert keep_summaries(observed, now=after(301)).written == 5
    assert not LateChange.objects.exists()
    assert blocks(observed) == [
        ("b", 30, 60),
        ("a", 60, 90),
        ("b", 90, 120),
        ("a", 120, 150),
        ("b", 150, 180),
    ]


def test_a_turn_that_comes_too_late_leaves_the_rest_to_the_other_writer(observed, monkeypatch):
    monkeypatch.setattr(summaries, "BLOCKS_A_TURN", 1)
    watch_two_runners(observed, 180, RUN)
    real, judged = summaries.judge_cycle, []

    def judge_and_be_overtaken(timeline):
        judged.append(timeline.cycle_start)
        if len(judged) == 2:
            monkeypatch.setattr(summaries, "judge_cycle", real)
            report(observed, executions=[end(RUN, 70)], now=after(181))
            keep_all(observed, after(181))
        return real(timeline)

    monkeypatch.setattr(summaries, "judge_cycle", judge_and_be_overtaken)
    overtaken = keep_summaries(observed, now=after(180))

    # The first one was written before.
    assert overtaken.written == 1
    assert blocks(observed) == [("b", 30, 60)]


def test_a_cycle_that_is_none_any_more_loses_its_blocks(observed):
    watch_two_runners(observed, 180, RUN)
    keep_all(observed, after(180))
    assert len(blocks(observed)) == 5

    wider = replace(policy_at(observed, T0), service_interval_minutes=10.0)
    change_policy(observed, wider, changed_by="", effective_from=after(-3_600))
    keep_all(observed, after(181))
    # The ten minutes go on.
    assert (CycleSummary.objects.count(), blocks(observed)) == (0, [])


def test_a_clock_that_jumped_back_takes_the_blocks_of_what_goes_on(observed):
    watch_two_runners(observed, 180, RUN)
    keep_all(observed, after(180))

    keep_all(observed, after(70))

    assert blocks(observed) == [("b", 30, 60)]


def test_a_late_change_reaches_a_cycle_that_another_batch_writes(make_service, monkeypatch):
    monkeypatch.setattr(summaries, "BATCH", 1)
    observed = make_service(ServiceMode.OBSERVED, service_interval_minutes=2.0)
    wider = replace(policy_at(observed, T0), service_interval_minutes=3.0)
    change_policy(observed, wider, changed_by="", effective_from=after(210))
    watch_two_runners(observed, 360)
    keep_all(observed, after(360))

    late = ExecutionReport(
        run_id="late",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(185),
        ended_at=after(188),
    )
    report(observed, executions=[late], now=after(361))
    keep_all(observed, after(361))

    # 12:02 to 12:04, of two minutes, and 12:03 to 12:06, of three.
    told = CycleSummary.objects.order_by("cycle_end").values_list("cycle_end", "started")
    assert list(told) == [(after(120), 0), (after(240), 1), (after(360), 1)]


def test_blocks_of_cycles_that_were_summed_up_before_are_made_up_for(observed, service):
    watch_two_runners(observed, 180, RUN)
    beat(service, Beat(runner_id="a"), now=after(0))
    for each in (observed, service):
        keep_all(each, after(180))
    before = blocks(observed)
    DerivedBlock.objects.all().delete()

    migration = import_module("scheduler.migrations.0006_derived_blocks")
    migration.note_what_is_summed_up(apps, connection.schema_editor())

    # Of the other one, too: its summaries did not tell how many blocks there were.
    noted = {each.service: (each.start, each.end) for each in LateChange.objects.all()}
    assert noted == dict.fromkeys((observed, service), (T0, after(180)))
    keep_all(observed, after(181))
    assert blocks(observed) == before != []


def test_the_blocks_of_a_thousand_runners_take_few_statements(
    make_service, django_assert_max_num_queries
):
    observed = make_service(ServiceMode.OBSERVED, spread_margin_minutes=1.0)
    beats = [HeartbeatReport(runner_id=f"r{n:04}", at=after(0)) for n in range(1_000)]
    report(observed, heartbeats=beats, now=after(0))
    watched(observed, "pynenc", at=after(0), good_for_seconds=100)
    keep_all(observed, after(1))

    # Rows are written 500 at a time, or as many as SQLite's parameters allow: 76 of 13 columns.
    with django_assert_max_num_queries(45):
        keep_summaries(observed, now=after(60))

    assert observed.derived_blocks.count() == 1_000

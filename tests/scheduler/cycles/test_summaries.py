from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles import summaries
from scheduler.cycles.loading import load_cycle, load_cycles
from scheduler.cycles.spans import spans_over
from scheduler.cycles.summaries import keep_summaries
from scheduler.cycles.summary_json import incident_from_json, judged_slots, slots_path, tally_slots
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import CycleSummary, LateChange
from scheduler.policies import policy_at, policy_revisions
from scheduler.services import change_policy
from tests.conftest import T0, after
from tests.lengths import first_of

pytestmark = pytest.mark.django_db


def keep_all(service, now):
    """As the worker does."""
    while (kept := keep_summaries(service, now=now)).due_at is not None and kept.due_at <= now:
        pass


def stored(service):
    """Cycle (in seconds after T0) and outcome of every summary."""
    rows = CycleSummary.objects.filter(service=service).order_by("cycle_start")
    return [((row.cycle_start - T0).total_seconds(), row.outcome) for row in rows]


def judged_now(service, now: datetime):
    """What the summaries have to say at `now`, cycle by cycle, read one by one."""
    rows = []
    for row in CycleSummary.objects.filter(service=service).order_by("cycle_start"):
        judged = judge_cycle(load_cycle(service, row.cycle_start, now=now))
        rows.append((row.cycle_start, judged.outcome.value, judged.counts.started))
    return rows


def said(service):
    rows = CycleSummary.objects.filter(service=service).order_by("cycle_start")
    return [(row.cycle_start, row.outcome, row.started) for row in rows]


def test_a_cycle_is_summed_up_when_it_is_over(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    finish(service, run.run_id, now=after(9))
    claim(service, "a", now=after(12))
    claim(service, "b", now=after(31))

    keep_all(service, after(59.9))
    assert stored(service) == []

    keep_all(service, after(60))
    (row,) = CycleSummary.objects.all()
    assert (row.cycle_start, row.cycle_end) == (T0, after(60))
    assert (row.started, row.completed, row.abandoned, row.runner_count) == (2, 1, 0, 2)
    assert (row.blocked, row.blocked_by_reason) == (1, {"prior_running": 1})


def test_a_service_without_a_history_has_no_summaries(service):
    kept = keep_summaries(service, now=after(600))

    assert (kept.written, kept.due_at) == (0, None)


def test_what_is_due_next_is_the_end_of_the_present_cycle(service):
    beat(service, Beat(runner_id="a"), now=after(1))
    keep_all(service, after(130))

    kept = keep_summaries(service, now=after(130))

    assert (kept.written, kept.due_at) == (0, after(180))
    assert [start for start, _ in stored(service)] == [0.0, 60.0]


def test_a_batch_is_written_at_a_time(service, monkeypatch):
    monkeypatch.setattr(summaries, "BATCH", 3)
    beat(service, Beat(runner_id="a"), now=after(1))

    numbers = [keep_summaries(service, now=after(490)).written for _ in range(4)]

    # Eight cycles are over.
    assert numbers == [3, 3, 2, 0]


def test_a_run_that_ends_late_changes_the_cycles_it_was_in(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    for second in range(20, 200, 20):
        beat(service, Beat(runner_id="a"), now=after(second))
    keep_all(service, after(181))
    before = stored(service)
    assert CycleSummary.objects.get(cycle_start=T0).completed == 0

    finish(service, run.run_id, now=after(185))
    keep_all(service, after(186))

    # It outlived the first cycle only when that was over.
    assert before == [(0.0, "served"), (60.0, "stuck"), (120.0, "stuck")]
    assert CycleSummary.objects.get(cycle_start=T0).completed == 1
    assert said(service) == judged_now(service, after(186))
    assert not LateChange.objects.exists()


def test_a_run_that_ends_in_its_cycle_is_no_late_change(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    finish(service, claim(service, "a", now=after(5)).execution.run_id, now=after(9))

    assert not LateChange.objects.exists()


def test_a_dead_holder_that_is_given_up_changes_the_cycles_it_was_in(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(25))
    keep_all(service, after(60))
    before = CycleSummary.objects.get(cycle_start=T0).incidents

    claim(service, "b", now=after(61))
    keep_all(service, after(62))

    row = CycleSummary.objects.get(cycle_start=T0)
    assert row.abandoned == 1
    assert row.incidents != before


def test_a_late_report_changes_its_cycle_and_no_other(observed):
    heartbeats = [HeartbeatReport(runner_id="a", at=after(second)) for second in range(0, 300, 20)]
    report(observed, heartbeats=heartbeats, now=after(300))
    for second in range(0, 300, 8):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)
    keep_all(observed, after(300))
    before = dict(stored(observed))

    late = ExecutionReport(
        run_id="x",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(130),
        ended_at=after(135),
    )
    report(observed, executions=[late], now=after(301))
    assert LateChange.objects.filter(start=after(130), end=after(135)).exists()
    keep_all(observed, after(301))

    assert before == {0.0: "empty", 60.0: "empty", 120.0: "empty", 180.0: "empty", 240.0: "empty"}
    assert dict(stored(observed)) == before | {120.0: "served"}


def test_a_report_that_tells_nothing_new_changes_nothing(observed):
    heartbeat = HeartbeatReport(runner_id="a", at=after(0))
    report(observed, heartbeats=[heartbeat], now=after(1))
    keep_all(observed, after(120))
    LateChange.objects.all().delete()

    report(observed, heartbeats=[heartbeat], now=after(121))

    assert not LateChange.objects.exists()


def test_another_interval_from_the_past_on_makes_other_cycles(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    keep_all(service, after(300))
    wider = replace(policy_at(service, T0), service_interval_minutes=2.0)

    change_policy(service, wider, changed_by="", effective_from=after(120))
    keep_all(service, after(300))

    # 12:02 is on both grids; the cycle that is going on from 12:04 on is not over.
    assert [start for start, _ in stored(service)] == [0.0, 60.0, 120.0]


def test_a_longer_interval_makes_a_cycle_of_those_that_are_over(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    keep_all(service, after(190))
    longer = replace(policy_at(service, T0), service_interval_minutes=5.0)

    change_policy(service, longer, changed_by="", effective_from=after(191))
    keep_all(service, after(191))
    before = stored(service)
    keep_all(service, after(300))

    # 12:00 is an edge of both grids, so its cycle has become one of five minutes and goes on.
    assert before == []
    assert [(row.cycle_start, row.cycle_end) for row in CycleSummary.objects.all()] == [
        (T0, after(300))
    ]


def test_a_report_from_before_the_first_cycle_fills_the_time_between(observed):
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(300))], now=after(300))
    keep_all(observed, after(360))

    report(observed, heartbeats=[HeartbeatReport(runner_id="b", at=after(10))], now=after(361))
    keep_all(observed, after(361))

    assert [start for start, _ in stored(observed)] == [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]


def test_a_runner_that_is_older_than_its_history_adds_no_cycles_before_it(observed):
    first = HeartbeatReport(runner_id="a", at=after(10))
    report(observed, heartbeats=[first], now=after(11))
    keep_all(observed, after(60))

    older = HeartbeatReport(runner_id="a", at=after(61), creation_time=T0 - timedelta(days=900))
    report(observed, heartbeats=[older], now=after(61))
    keep_all(observed, after(62))

    assert [start for start, _ in stored(observed)] == [0.0]


def test_a_late_heartbeat_of_a_silent_holder_changes_every_cycle_it_holds_in(observed):
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id="a", at=after(0))],
        executions=[
            ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(0))
        ],
        now=after(1),
    )
    for second in range(0, 240, 5):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)
    keep_all(observed, after(240))

    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(20))], now=after(241))
    keep_all(observed, after(241))

    told = [
        incident["start"]
        for row in CycleSummary.objects.order_by("cycle_start")
        for incident in row.incidents
        if incident["kind"] == "dead_holder"
    ]
    assert told == [after(20).isoformat()] * 4


def test_two_writers_do_not_mix(service, monkeypatch):
    beat(service, Beat(runner_id="a"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    real = summaries.judge_cycle

    def judge_and_be_overtaken(timeline):
        judged = real(timeline)
        monkeypatch.setattr(summaries, "judge_cycle", real)
        # What was read is stale now: the run has ended, and another worker was quicker.
        finish(service, run.run_id, now=after(61))
        keep_all(service, after(62))
        return judged

    monkeypatch.setattr(summaries, "judge_cycle", judge_and_be_overtaken)
    overtaken = keep_summaries(service, now=after(60))

    assert overtaken.written == 0
    assert said(service) == judged_now(service, after(62))
    assert CycleSummary.objects.get().completed == 1


def test_incidents_and_slots_are_kept_as_they_were_judged(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(25))
    claim(service, "b", now=after(31))
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(45))
    keep_all(service, after(60))

    row = CycleSummary.objects.get()
    judged = judge_cycle(load_cycle(service, T0, now=after(60)))
    assert tuple(map(incident_from_json, row.incidents)) == judged.incidents
    assert row.incident_count == len(judged.incidents) > 0
    keys = dict(service.runners.values_list("runner_id", "pk"))
    for runner_id, key in keys.items():
        mine = [
            (one.verdict, str(one.reason)) for one in judged.verdicts if one.runner_id == runner_id
        ]
        kinds, of_runner = CycleSummary.objects.values_list(*slots_path(key)).get()
        assert list(judged_slots(kinds, of_runner)) == mine
        assert sum(tally_slots([row.slots])[key].values()) == len(mine) > 0


def tell_a_story(observed, seed: int) -> None:
    """Beats, runs and looks, told late and in any order, with summaries kept all along."""
    random = Random(seed)
    end = 600.0
    beats = [
        HeartbeatReport(runner_id=name, at=after(second), eligible=random.random() < 0.9)
        for name in "abc"
        for second in range(0, int(end), 20)
        if random.random() < 0.8
    ]
    runs = []
    for number in range(12):
        start = random.uniform(0, end)
        told = ExecutionReport(
            run_id=f"run-{number}",
            runner_id=random.choice("abc"),
            status=Status.RUNNING,
            started_at=after(start),
        )
        ended = replace(
            told, status=Status.COMPLETED, ended_at=after(start + random.choice((3.0, 50.0, 200.0)))
        )
        runs += [told, ended]
    facts: list[HeartbeatReport | ExecutionReport] = [*beats, *runs]
    random.shuffle(facts)
    for index, fact in enumerate(facts):
        now = after(end * (0.3 + 0.7 * index / len(facts)))
        if isinstance(fact, HeartbeatReport):
            report(observed, heartbeats=[fact], now=now)
        else:
            report(observed, executions=[fact], now=now)
        if random.random() < 0.3:
            watched(observed, "pynenc", at=now, good_for_seconds=random.choice((5.0, 60.0)))
        if random.random() < 0.2:
            keep_summaries(observed, now=now)


@pytest.mark.parametrize("seed", first_of(1, range(6)))
def test_whatever_came_late_the_summaries_say_what_a_fresh_look_says(observed, seed):
    tell_a_story(observed, seed)
    now = after(601)
    keep_all(observed, now)

    assert len(said(observed)) == 10
    assert said(observed) == judged_now(observed, now)
    assert not LateChange.objects.exists()


@pytest.mark.parametrize("seed", first_of(1, range(3)))
def test_many_cycles_are_loaded_as_each_of_them_is(observed, seed):
    tell_a_story(observed, seed)
    now = after(601)
    policies = policy_revisions(observed)
    spans = spans_over(policies, T0 - timedelta(seconds=60), until=now, at_most=100)

    together = list(load_cycles(observed, policies, spans, now=now))

    assert len(together) == 11
    assert together == [load_cycle(observed, span.start, now=now) for span in spans]


def test_loading_many_cycles_takes_the_same_few_queries(observed, django_assert_num_queries):
    tell_a_story(observed, 1)
    policies = policy_revisions(observed)
    spans = spans_over(policies, T0, until=after(600), at_most=100)

    # Presences, watches, the longest run, the runs, those running since before; and when the
    # runners of those were heard.
    with django_assert_num_queries(6):
        list(load_cycles(observed, policies, spans, now=after(600)))


def test_changes_of_one_range_of_time_are_one_batch(observed):
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(1))], now=after(1))
    keep_all(observed, after(1_800))
    for second in (1_000, 65, 70, 400):
        run = ExecutionReport(
            run_id=f"{second}",
            runner_id="a",
            status=Status.COMPLETED,
            started_at=after(second),
            ended_at=after(second + 1),
        )
        report(observed, executions=[run], now=after(1_800))

    # Three of 30 cycles, of four changes.
    assert keep_summaries(observed, now=after(1_800)).written == 3
    assert not LateChange.objects.exists()

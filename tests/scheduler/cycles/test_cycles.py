from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle, load_cycles
from scheduler.cycles.spans import cycle_start_at, spans_over
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.policies import policy_at, policy_revisions
from scheduler.services import change_policy
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def test_the_current_cycle_holds_its_members_and_its_runs(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(1))
    run = claim(service, "a", now=after(10)).execution

    timeline = load_cycle(service, cycle_start_at(service, after(12)), now=after(12))

    assert (timeline.cycle_start, timeline.cycle_end) == (T0, after(60))
    assert [lane.runner_id for lane in timeline.lanes] == ["a", "b"]
    assert [execution.run_id for execution in timeline.executions] == [run.run_id]
    assert timeline.executions[0].status == Status.RUNNING


def test_a_joiner_cuts_the_cycle_into_epochs(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(20))

    timeline = load_cycle(service, T0, now=after(25))

    assert [(epoch.start, len(epoch.plan.runners)) for epoch in timeline.epochs] == [
        (T0, 1),
        (after(20), 2),
    ]


def test_who_left_at_the_very_start_of_the_cycle_is_told(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(55))
    beat(service, Beat(runner_id="b", eligible=False), now=after(60))

    timeline = load_cycle(service, after(60), now=after(70))

    assert [(epoch.start, epoch.left) for epoch in timeline.epochs] == [(after(60), ("b",))]


@pytest.mark.parametrize(("last_beat", "drawn"), [(29.999999, False), (30, True)])
def test_a_dead_holder_held_the_service_in_its_last_living_instant(service, last_beat, drawn):
    beat(service, Beat(runner_id="b"), now=after(0))
    run = claim(service, "b", now=after(5)).execution
    beat(service, Beat(runner_id="b"), now=after(last_beat))
    # Heartbeats are good for 30 s; the next one who asks ends the run.
    claim(service, "c", now=after(95))
    run.refresh_from_db()
    assert (run.reason, run.ended_at) == ("runner_dead", after(last_beat + 30))

    timeline = load_cycle(service, after(60), now=after(100))
    policies = policy_revisions(service)
    spans = spans_over(policies, T0, until=after(120), at_most=2)
    together = list(load_cycles(service, policies, spans, now=after(100)))[1]

    assert [one.run_id for one in timeline.executions if one.started_at < after(60)] == (
        [run.run_id] * drawn
    )
    assert together == timeline


def test_a_policy_change_cuts_the_cycle_and_the_past_keeps_its_own(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    wider = replace(policy_at(service, T0), spread_margin_minutes=0.25)
    change_policy(service, wider, changed_by="", effective_from=after(10))

    timeline = load_cycle(service, T0, now=after(20))

    # 60 / 2 = 30 s; less 15 s from the tenth second on.
    assert [
        (epoch.plan.slots[0].slot_end - epoch.plan.slots[0].slot_start).total_seconds()
        for epoch in timeline.epochs
    ] == [30.0, 15.0]


@pytest.mark.parametrize(("ended", "drawn"), [(59, False), (60.5, True), (200, True), (None, True)])
def test_a_run_that_began_before_the_cycle_is_in_it_while_it_lasts(service, ended, drawn):
    beat(service, Beat(runner_id="a"), now=after(50))
    run = claim(service, "a", now=after(50)).execution
    if ended is not None:
        finish(service, run.run_id, now=after(ended))

    timeline = load_cycle(service, after(60), now=after(300))

    assert [one.run_id for one in timeline.executions] == [run.run_id] * drawn


def test_a_long_run_does_not_hide_behind_short_ones(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    long_run = claim(service, "a", now=after(0)).execution
    finish(service, long_run.run_id, now=after(400))
    for second in (410, 420):
        finish(
            service, claim(service, "a", now=after(second)).execution.run_id, now=after(second + 1)
        )

    assert [one.run_id for one in load_cycle(service, after(300), now=after(500)).executions] == [
        long_run.run_id
    ]


def test_where_nobody_watched_an_observed_service_is_known(observed):
    report(
        observed,
        heartbeats=[HeartbeatReport(runner_id="a", at=after(5))],
        executions=[
            ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(6))
        ],
    )
    for second in (5, 7, 40):
        watched(observed, "pynenc", at=after(second), good_for_seconds=10)

    timeline = load_cycle(observed, T0, now=after(45))

    assert [(gap.started_at, gap.ended_at) for gap in timeline.unwatched] == [
        (T0, after(5)),
        (after(17), after(40)),
    ]


def test_a_silent_holder_is_silent_since_its_last_heartbeat_in_every_later_cycle(observed):
    report(
        observed,
        # Good for 30 s: over before the cycle that is looked at begins.
        heartbeats=[HeartbeatReport(runner_id="a", at=after(seconds)) for seconds in (-60, 8)],
        executions=[
            ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(5))
        ],
    )
    watched(observed, "pynenc", at=after(100), good_for_seconds=100)

    timeline = load_cycle(observed, after(120), now=after(200))

    (incident,) = judge_cycle(timeline).incidents
    assert (incident.kind, incident.run_ids) == ("dead_holder", ("x",))
    assert (incident.start, incident.seconds) == (after(8), 192)
    assert [epoch.plan.runners for epoch in timeline.epochs] == [()]
    policies = policy_revisions(observed)
    spans = spans_over(policies, T0, until=after(180), at_most=3)
    assert list(load_cycles(observed, policies, spans, now=after(200)))[-1] == timeline


def test_the_cycle_of_an_instant_is_by_the_policy_in_force_then(service):
    change_policy(
        service,
        replace(policy_at(service, T0), service_interval_minutes=5.0),
        changed_by="",
        effective_from=after(600),
    )

    assert cycle_start_at(service, after(90)) == after(60)
    assert cycle_start_at(service, after(700)) == after(600)


def test_loading_a_cycle_takes_the_same_few_queries_for_any_fleet(
    service, django_assert_num_queries
):
    beat(service, *(Beat(runner_id=f"r{i:03}") for i in range(100)), now=after(0))
    for second in (0.1, 0.7, 1.3):
        claim(service, f"r{int(second / 0.6):03}", now=after(second))

    # Policies, presences, the cycle's runs, those that reach into it, those that still run.
    with django_assert_num_queries(5):
        load_cycle(service, T0, now=after(2))


def test_the_look_back_is_bounded_by_the_longest_run(service):
    beat(service, Beat(runner_id="a"), now=T0 - timedelta(days=3))
    run = claim(service, "a", now=T0 - timedelta(days=3)).execution
    finish(service, run.run_id, now=T0 - timedelta(days=3) + timedelta(seconds=7))

    service.refresh_from_db()
    assert service.longest_run_seconds == 7.0


def test_a_change_of_the_interval_inside_the_cycle_of_the_new_grid(make_service):
    service = make_service(service_interval_minutes=5.0)
    beat(service, Beat(runner_id="a"), now=after(700))
    # 7-minute cycles from 660 s on: one of them begins at 420 s or thereabouts, before the change.
    longer = replace(policy_at(service, T0), service_interval_minutes=7.0)
    change_policy(service, longer, changed_by="", effective_from=after(660))

    timeline = load_cycle(service, cycle_start_at(service, after(720)), now=after(720))

    assert timeline.cycle_start <= after(720) < timeline.cycle_end
    assert timeline.cycle_end - timeline.cycle_start == timedelta(minutes=7)
    assert [lane.runner_id for lane in timeline.lanes] == ["a"]


@pytest.mark.parametrize(("last_attempt", "drawn"), [(19, False), (25, True)])
def test_a_block_that_began_before_the_cycle_is_in_it_when_its_repeats_are(
    make_service, last_attempt, drawn
):
    service = make_service(membership_stabilization_seconds=300.0)
    for second in (5, last_attempt):
        blocked = claim(service, "a", now=after(second)).blocked
    # The minute it is counted in is cut short: cycles of 20 s, one of them from 20 s on.
    shorter = replace(policy_at(service, T0), service_interval_minutes=1 / 3)
    change_policy(service, shorter, changed_by="", effective_from=after(30))

    timeline = load_cycle(service, after(20), now=after(50))

    assert [one.run_id for one in timeline.executions] == [blocked.run_id] * drawn


def test_a_cycle_that_never_began_is_refused(service):
    with pytest.raises(ValueError, match="no cycle of the service begins at"):
        load_cycle(service, after(17), now=after(100))


def test_a_run_as_long_as_the_calendar_is_loaded(observed):
    # The earliest that is taken.
    begun = datetime(1970, 1, 1, tzinfo=UTC)
    run = ExecutionReport(
        run_id="x", runner_id="a", status=Status.COMPLETED, started_at=begun, ended_at=after(5)
    )
    report(observed, executions=[run], now=after(6))

    timeline = load_cycle(observed, T0, now=after(7))

    assert [each.run_id for each in timeline.executions] == ["x"]

from datetime import timedelta

import pytest

from scheduler.attempts.report import UnknownExecution, attempt_report, get_execution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Execution, Runner
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def of(service, run_id, now):
    service.refresh_from_db()
    return attempt_report(service, get_execution(service, run_id), now=after(now))


def told(service, *runs, beats=(), now=5_000):
    """Runs as (run id, runner, start, end or None for running, reason of a block or None)."""
    report(
        service,
        heartbeats=[HeartbeatReport(runner_id=each, at=after(at)) for each, at in beats],
        executions=[
            ExecutionReport(
                run_id=run_id,
                runner_id=runner_id,
                status=Status.BLOCKED
                if reason
                else Status.RUNNING
                if end is None
                else Status.COMPLETED,
                started_at=after(start),
                ended_at=None if end is None else after(end),
                reason=reason or "",
            )
            for run_id, runner_id, start, end, reason in runs
        ],
        now=after(now),
    )


def ids(rows):
    return [row.run_id for row in rows]


@pytest.mark.parametrize("run_id", ["nope", "a\nb", "\0", "x" * 5_000])
def test_an_unknown_run_is_said_to_be_unknown(service, run_id):
    with pytest.raises(UnknownExecution, match="has no run"):
        get_execution(service, run_id)


def test_a_run_of_another_service_is_unknown(service, make_service):
    other = make_service()
    beat(other, Beat(runner_id="a"), now=after(0))
    run = claim(other, "a", now=after(1)).execution

    with pytest.raises(UnknownExecution):
        get_execution(service, run.run_id)


def test_neighbours_are_told_from_the_nearest_on(observed):
    told(
        observed,
        *((f"r{number}", "a", 10 * number, 10 * number + 2, None) for number in range(11)),
    )

    found = of(observed, "r5", 4_000)

    assert ids(found.before) == ["r4", "r3", "r2", "r1"]
    assert ids(found.after) == ["r6", "r7", "r8", "r9"]


def test_attempts_of_one_instant_are_ordered_by_their_keys(observed):
    told(observed, *((f"r{number}", "a", 10, 12, None) for number in range(5)))

    found = of(observed, "r2", 4_000)

    assert ids(found.before) == ["r1", "r0"]
    assert ids(found.after) == ["r3", "r4"]


@pytest.mark.parametrize("status", ["completed", "abandoned"])
def test_behind_many_blocks_the_nearest_run_is_found(observed, status):
    blocks = [(f"b{number}", "b", 20 + number, 20 + number, "late_start") for number in range(40)]
    told(
        observed,
        ("older", "a", 5, 7, None),
        ("before", "a", 10, 12, None),
        *blocks,
        ("after", "a", 70, 72, None),
        ("later", "a", 80, 82, None),
    )
    Execution.objects.filter(run_id__in=("before", "after")).update(status=status)

    found = of(observed, "b20", 4_000)

    assert ids(found.before) == ["b19", "b18", "b17", "b16", "before"]
    assert ids(found.after) == ["b21", "b22", "b23", "b24", "after"]


def test_runs_that_went_on_at_its_start_overlapped_it(observed):
    told(
        observed,
        ("over", "a", 0, 10, None),
        ("long", "b", 5, 90, None),
        ("stuck", "c", 1, None, None),
        ("met", "a", 8, 8, "prior_running:long runner:b"),
        ("it", "a", 20, 30, None),
        ("next", "b", 25, 26, None),
    )

    assert ids(of(observed, "it", 4_000).overlapped) == ["long", "stuck"]
    assert of(observed, "met", 4_000).overlapped == ()


def test_of_a_coordinated_service_no_run_overlaps(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    first = claim(service, "a", now=after(1)).execution
    finish(service, first.run_id, now=after(2))
    second = claim(service, "a", now=after(2)).execution

    assert of(service, second.run_id, 3).overlapped == ()


@pytest.fixture
def held(make_service):
    """`a` (of a and b, slots of 30 s) holds the service from 5 s to 95 s; b meets it twice in the
    first cycle and once in the second."""
    service = make_service(dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    run = claim(service, "a", now=after(5)).execution
    for second in (31, 45, 91):
        claim(service, "b", now=after(second))
    finish(service, run.run_id, now=after(95))
    return service, run


def test_a_run_tells_whom_it_blocked_the_newest_first(held):
    service, run = held

    blocks = of(service, run.run_id, 200).blocks

    assert [(each.runner_id, each.attempts, each.started_at) for each in blocks.rows] == [
        ("b", 1, after(91)),
        ("b", 2, after(31)),
    ]
    assert (blocks.is_capped, blocks.since) == (False, None)


def test_repeats_that_began_before_the_run_are_found(make_service):
    service = make_service(dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(-1))
    first = claim(service, "b", now=after(-20)).execution
    assert first is not None
    # Kept in one row from 2 s on, though another run held the service then.
    claim(service, "a", now=after(2))
    finish(service, first.run_id, now=after(3))
    second = claim(service, "a", now=after(4)).execution
    claim(service, "a", now=after(6))

    (row,) = of(service, second.run_id, 10).blocks.rows

    assert (row.started_at, row.attempts) == (after(2), 2)
    assert of(service, first.run_id, 10).blocks.rows == ()


def test_blocks_of_other_runs_and_for_other_reasons_are_not_its(observed):
    told(
        observed,
        ("it", "a", 10, 50, None),
        ("mine", "b", 20, 20, "prior_running:it runner:a"),
        ("short", "b", 21, 21, "prior_running:it"),
        ("other", "b", 22, 22, "prior_running:it-too runner:a"),
        ("late", "b", 23, 23, "late_start:it runner:a"),
        # By its fleet's clocks, which differ.
        ("skewed", "b", 60, 60, "prior_running:it runner:a"),
        ("far", "b", 200, 200, "prior_running:it runner:a"),
    )

    assert ids(of(observed, "it", 4_000).blocks.rows) == ["skewed", "short", "mine"]


def test_too_many_blocks_are_capped(observed, monkeypatch):
    monkeypatch.setattr("scheduler.attempts.neighbours.BLOCKS_READ", 3)
    met = [(f"b{at}", "b", at, at, "prior_running:it runner:a") for at in range(20, 24)]
    told(observed, ("it", "a", 10, 50, None), *met)

    blocks = of(observed, "it", 4_000).blocks

    assert (ids(blocks.rows), blocks.is_capped) == (["b23", "b22", "b21"], True)


def test_of_a_run_of_more_than_a_day_the_last_day_is_looked_at(observed):
    day = 86_400
    told(
        observed,
        ("it", "a", 10, None, None),
        ("old", "b", 20, 20, "prior_running:it runner:a"),
        ("new", "b", 2 * day, 2 * day, "prior_running:it runner:a"),
        now=2 * day,
    )

    blocks = of(observed, "it", 2 * day + 100).blocks

    assert ids(blocks.rows) == ["new"]
    # A minute of skew on top of now.
    assert blocks.since == after(day + 160)


def test_a_blocked_attempt_knows_its_holder(held):
    service, run = held
    block = Execution.objects.filter(status="blocked").earliest("started_at")

    found = of(service, block.run_id, 40)

    assert (found.prior.run_id, found.prior.runner_id) == (run.run_id, "a")
    assert found.holder.run_id == run.run_id
    assert found.blocks is None


def test_a_holder_that_is_not_kept_is_only_named(observed):
    told(observed, ("it", "b", 20, 20, "prior_running:pruned runner:a"))

    found = of(observed, "it", 4_000)

    assert (found.prior.run_id, found.holder) == ("pruned", None)


def test_few_lanes_are_drawn_its_own_first(make_service):
    service = make_service(dead_after_seconds=600.0)
    beat(service, *(Beat(runner_id=f"r{number}") for number in range(6)), now=after(-1))
    # Slots of 10 s: r0 runs into the turn of r1, and r2 comes after it.
    run = claim(service, "r0", now=after(1)).execution
    claim(service, "r1", now=after(11))
    finish(service, run.run_id, now=after(15))
    claim(service, "r2", now=after(21))
    block = Execution.objects.get(status="blocked")

    found = of(service, block.run_id, 100).timeline

    assert [lane.runner_id for lane in found.lanes] == ["r1", "r0", "r2"]
    assert [len(lane.executions) for lane in found.lanes] == [1, 1, 1]
    assert len(found.epochs[-1].plan.runners) == 6


def test_who_was_never_a_member_has_a_lane_too(observed):
    told(observed, ("it", "stranger", 20, 25, None), beats=[("a", 0)])

    found = of(observed, "it", 50)

    assert [lane.runner_id for lane in found.timeline.lanes] == ["stranger", "a"]
    assert [len(lane.slots) for lane in found.timeline.lanes] == [0, 1]
    # Nobody watched who was there.
    assert found.claim is None


def test_where_somebody_watched_the_decision_is_derived(observed):
    told(observed, ("it", "b", 35, 40, None), beats=[("a", 0), ("b", 1), ("a", 25), ("b", 25)])
    watched(observed, "collector", at=after(0), good_for_seconds=100)

    found = of(observed, "it", 50)

    assert found.claim.is_derived
    # Two runners, slots of 30 s.
    assert (found.claim.claim.slot_start, found.claim.claim.slot_end) == (after(30), after(60))
    assert [lane.runner_id for lane in found.timeline.lanes] == ["b"]


def test_the_attempt_is_drawn_even_where_too_many_newer_ones_are(observed, monkeypatch):
    monkeypatch.setattr("scheduler.cycles.loading.LANES_LIMIT", 2)
    told(observed, *((f"r{number}", "a", number, number + 0.5, None) for number in range(9)))

    (lane,) = of(observed, "r1", 4_000).timeline.lanes

    assert ids(lane.executions) == ["r1", "r7", "r8"]


def test_a_run_is_silent_once_its_runner_is_not_heard(service):
    run = claim(service, "a", now=after(0)).execution

    before, since = of(service, run.run_id, 30), of(service, run.run_id, 30.1)

    assert (before.is_silent, since.is_silent) == (False, True)
    # Its runner is given up after 30 s: then the page is another one.
    assert before.next_change_at == after(30) + timedelta(microseconds=1)


def test_what_is_not_watched_is_not_called_silent(observed):
    told(observed, ("it", "a", 10, None, None), beats=[("a", 10)])
    watched(observed, "collector", at=after(10), good_for_seconds=60)

    assert [of(observed, "it", now).is_silent for now in (20, 50, 90)] == [False, True, False]
    assert [of(observed, "it", now).is_watched for now in (20, 50, 90)] == [True, True, False]


@pytest.mark.parametrize(("now", "is_over"), [(59, False), (60, True)])
def test_a_block_may_be_repeated_until_its_cycle_is_over(held, now, is_over):
    service, _ = held
    block = Execution.objects.filter(status="blocked").earliest("started_at")

    assert of(service, block.run_id, now).is_over is is_over


def test_a_run_is_over_when_it_has_ended(held):
    service, run = held

    assert of(service, run.run_id, 96).is_over
    assert of(service, run.run_id, 96).next_change_at is None


def test_the_first_sight_of_a_scheduled_runner_that_left_is_known(make_service):
    service = make_service(dead_after_seconds=30.0, membership_stabilization_seconds=20.0)
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="b"), now=after(1))
    # At 2 s it is the turn of a, which is 2 s old.
    block = claim(service, "b", now=after(2)).blocked
    Runner.objects.filter(runner_id="a").update(first_seen_at=after(-3))

    claim_of = of(service, block.run_id, 500).claim

    assert claim_of.seat.assigned_creation_time == after(-3)
    assert not claim_of.is_derived


def test_the_report_takes_the_same_queries_for_any_fleet(make_service, django_assert_num_queries):
    service = make_service(dead_after_seconds=600.0)
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(100)), now=T0)
    for second in (0.1, 0.7, 1.3):
        claim(service, f"r{int(second / 0.6):03}", now=after(second))
    run = get_execution(service, Execution.objects.get(status="running").run_id)

    # Before, after, policy and policies, presences, the lanes' keys, their executions of the cycle,
    # those that reach into it and those that go on since before it, its runner's last heartbeat,
    # whom it blocked.
    with django_assert_num_queries(11):
        attempt_report(service, run, now=after(2))

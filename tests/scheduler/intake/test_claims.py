from datetime import timedelta

import pytest

from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import (
    InvalidFinish,
    InvalidRunId,
    RunIdTaken,
    UnknownRun,
    claim,
    end_dead_holder,
    finish,
)
from scheduler.intake.heartbeats import Beat, WrongServiceMode, beat
from scheduler.models import Execution, Presence, Service
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def rows(service: Service) -> list[tuple[str, str, str, int]]:
    return [
        (row.runner.runner_id, row.status, row.reason, row.attempts)
        for row in Execution.objects.select_related("runner").filter(service=service).order_by("id")
    ]


def test_a_lone_runner_is_cleared_and_its_run_is_stored_with_the_claims_facts(service):
    result = claim(service, "a", now=after(10))

    assert result.started
    row = Execution.objects.get(service=service)
    assert result.execution == row
    assert row.run_id == result.claim.atomic_service_run.atomic_service_run_id
    assert (row.status, row.origin, row.ended_at) == ("running", "claimed", None)
    assert (row.cycle_start, row.slot_start, row.slot_end) == (T0, T0, after(60))
    assert (row.runner_position, row.stable_runner_count, row.assigned_runner_id) == (0, 1, "a")


def test_a_runner_out_of_turn_is_told_so_and_nothing_is_recorded(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))

    result = claim(service, "b", now=after(10))

    assert (result.claim.reason, result.execution, result.blocked) == (
        Reason.NOT_ASSIGNED_SLOT,
        None,
        None,
    )
    assert rows(service) == []


@pytest.mark.parametrize(
    ("policy", "second", "reason"),
    [
        # Two runners: 60 / 2 = 30 s each, less a margin of 30 s: no window.
        ({"spread_margin_minutes": 0.5}, 5, Reason.SLOT_WINDOW_INVALID),
        # Created at 0 s, in grace for 20 s.
        ({"membership_stabilization_seconds": 20.0}, 5, Reason.SCHEDULED_RUNNER_IN_GRACE),
        # 20 s into a window of 30 s is two thirds, more than a half.
        ({"max_start_slot_fraction": 0.5}, 20, Reason.LATE_START),
    ],
)
def test_the_three_persisted_refusals_are_recorded(make_service, policy, second, reason):
    service = make_service(**policy)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))

    result = claim(service, "a", now=after(second))

    assert result.claim.reason == reason
    assert rows(service) == [("a", "blocked", reason.value, 1)]
    assert result.blocked.reason_detail == result.claim.skip_message
    assert result.blocked.ended_at == after(second)


def test_repeats_of_one_refusal_in_one_cycle_count_up_one_row(make_service):
    service = make_service(max_start_slot_fraction=0.1)
    for second in (10, 15, 20):
        claim(service, "a", now=after(second))
    claim(service, "a", now=after(70))

    assert rows(service) == [("a", "blocked", "late_start", 3), ("a", "blocked", "late_start", 1)]
    first = Execution.objects.filter(service=service).earliest("id")
    assert (first.first_attempt_at, first.last_attempt_at) == (after(10), after(20))


def test_a_second_start_is_blocked_and_names_the_holder(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    held = claim(service, "a", now=after(10)).execution

    result = claim(service, "b", now=after(31))

    assert result.claim.reason == Reason.ASSIGNED
    assert not result.started
    assert result.blocked.reason == "prior_running"
    assert result.blocked.reason_detail == f"{held.run_id} runner:a"


def test_the_holder_itself_is_blocked_by_its_own_run(service):
    claim(service, "a", now=after(10))

    assert claim(service, "a", now=after(15)).blocked.reason == "prior_running"


def test_a_repeated_call_with_the_same_run_id_finds_its_run(service):
    first = claim(service, "a", now=after(10), run_id="mine")
    again = claim(service, "a", now=after(12), run_id="mine")

    assert again.execution == first.execution
    assert rows(service) == [("a", "running", "", 1)]


def test_a_run_id_that_has_ended_is_refused(service):
    claim(service, "a", now=after(10), run_id="mine")
    finish(service, "mine", now=after(11))

    with pytest.raises(RunIdTaken, match="completed"):
        claim(service, "a", now=after(12), run_id="mine")


@pytest.mark.parametrize("run_id", ["", "x" * 201, "a\0", "\ud83d"])
def test_a_run_id_that_cannot_be_kept_is_refused_and_nothing_is_stored(service, run_id):
    with pytest.raises(InvalidRunId, match=r"^A run id .*(1 to 200 char|no control characters)"):
        claim(service, "a", now=after(10), run_id=run_id)

    assert not Presence.objects.exists()


def test_a_finished_run_makes_room_and_ids_rise(service):
    first = claim(service, "a", now=after(10)).execution
    finish(service, first.run_id, now=after(11))
    second = claim(service, "a", now=after(12)).execution

    assert second.id > first.id


def test_the_first_terminal_status_wins(service):
    run_id = claim(service, "a", now=after(10)).execution.run_id

    first = finish(service, run_id, Status.ABANDONED, reason="exception:OSError", now=after(12))
    second = finish(service, run_id, Status.COMPLETED, now=after(13))

    assert (first.changed, second.changed) == (True, False)
    row = Execution.objects.get(service=service)
    assert (row.status, row.reason, row.reason_detail) == ("abandoned", "exception", "OSError")
    assert row.ended_at == after(12)


def test_a_finish_before_the_start_by_a_clock_that_jumped_ends_at_the_start(service):
    run_id = claim(service, "a", now=after(10)).execution.run_id

    assert finish(service, run_id, now=after(2)).execution.ended_at == after(10)


def test_an_unknown_run_cannot_be_finished(service):
    with pytest.raises(UnknownRun, match="no run 'nope'"):
        finish(service, "nope")
    with pytest.raises(UnknownRun, match=r"no run 'a\\x00'"):
        finish(service, "a\0")


def test_a_reason_that_cannot_be_kept_is_refused_and_the_run_goes_on(service):
    run_id = claim(service, "a", now=after(10)).execution.run_id

    with pytest.raises(InvalidFinish, match=r"^The reason 'odd\\x00' has a NUL"):
        finish(service, run_id, reason="odd\0")

    assert rows(service) == [("a", "running", "", 1)]


def test_a_blocked_attempt_cannot_be_finished(make_service):
    service = make_service(max_start_slot_fraction=0.1)
    blocked = claim(service, "a", now=after(10)).blocked

    with pytest.raises(InvalidFinish, match="late_start"):
        finish(service, blocked.run_id)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.BLOCKED])
def test_only_endings_end_a_run(service, status):
    run_id = claim(service, "a", now=after(10)).execution.run_id

    with pytest.raises(InvalidFinish, match="completed or abandoned"):
        finish(service, run_id, status)


def test_a_dead_holder_is_ended_when_its_heartbeat_expires_and_the_next_start_goes_through(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    claim(service, "a", now=after(10))
    beat(service, Beat(runner_id="b"), now=after(30))

    # a's last sign of life is its claim, good until 40 s. Then b is alone and the slot is its own.
    at_the_edge = claim(service, "b", now=after(40))
    result = claim(service, "b", now=after(40.000001))

    assert at_the_edge.blocked.reason == "prior_running"
    assert result.started
    dead = Execution.objects.get(service=service, status="abandoned")
    assert (dead.reason, dead.ended_at) == ("runner_dead", after(40))


def test_a_silent_holder_that_is_ineligible_but_beats_is_alive(service):
    claim(service, "a", now=after(10))
    beat(service, Beat(runner_id="a", eligible=False), now=after(35))

    assert end_dead_holder(service, now=after(60)) is None
    assert end_dead_holder(service, now=after(66)).reason == "runner_dead"


def test_a_late_finish_of_a_run_that_was_given_up_changes_nothing(service):
    run_id = claim(service, "a", now=after(10)).execution.run_id
    end_dead_holder(service, now=after(50))

    result = finish(service, run_id, now=after(55))

    assert not result.changed
    assert result.execution.reason == "runner_dead"


def test_an_ineligible_runner_has_no_seat(service):
    beat(service, Beat(runner_id="a"), now=after(0))

    result = claim(service, Beat(runner_id="b", eligible=False), now=after(1))

    assert result.claim.reason == Reason.NOT_ASSIGNED_SLOT
    assert (result.claim.runner_position, result.claim.stable_runner_count) == (None, 1)


def test_an_ineligible_runner_alone_finds_no_stable_runners(service):
    result = claim(service, Beat(runner_id="b", eligible=False), now=after(1))

    assert result.claim.reason == Reason.NO_STABLE_RUNNERS


def test_an_observed_service_is_not_claimed(observed):
    with pytest.raises(WrongServiceMode, match="observed"):
        claim(observed, "a")


def test_the_databases_clock_decides_when_no_instant_is_given(service):
    before = T0 + timedelta(days=1)

    assert claim(service, "a").execution.started_at > before


def test_a_claim_reads_the_same_number_of_rows_whatever_the_fleet(
    make_service, django_assert_num_queries
):
    small, large = make_service(), make_service()
    for service, size in ((small, 10), (large, 300)):
        beat(service, *(Beat(runner_id=f"r{i:03}") for i in range(size)), now=after(0))
        claim(service, "r000", now=after(0.01))

    # Savepoint, service, policy, runner, presence, beat, expired, seat, last, assigned, holder,
    # block, its revision, savepoint.
    for service in (small, large):
        with django_assert_num_queries(14):
            claim(service, "r001", now=after(0.02))

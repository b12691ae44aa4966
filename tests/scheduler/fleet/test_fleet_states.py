"""What a runner is at an instant, at the thresholds, and which runners make up the fleet."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduler.core.instants import MICROSECOND
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.fleet.members import heard_at, runner_heard_at
from scheduler.fleet.runner_report import UnknownRunner, get_runner, runner_report, uncovered
from scheduler.fleet.runners import Fleet, fleet
from scheduler.fleet.states import (
    FleetRunner,
    RunnerState,
    silent_after,
)
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Service, ServiceMode
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

DAY = 24 * 3600.0
Make = Callable[..., Service]


def one(read: Fleet, runner_id: str) -> FleetRunner:
    (found,) = (runner for runner in read.runners if runner.runner_id == runner_id)
    return found


def ids(read: Fleet) -> list[str]:
    return [runner.runner_id for runner in read.runners]


# Checks every 5 s, dead after 30 s; the only beat is at 0 s.
@pytest.mark.parametrize(
    ("seconds", "microseconds", "state"),
    [
        (0, 0, RunnerState.LIVE),
        (10, 0, RunnerState.LIVE),  # two checks, to the microsecond
        (10, 1, RunnerState.SILENT),
        (30, 0, RunnerState.SILENT),  # expires_at belongs to the presence
        (30, 1, RunnerState.GONE),
        (DAY + 30, 0, RunnerState.GONE),  # still listed: it ended 24 h ago
    ],
)
def test_a_heartbeat_grows_old(
    service: Service, seconds: float, microseconds: int, state: RunnerState
) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))

    read = fleet(service, now=after(seconds) + microseconds * MICROSECOND)

    assert one(read, "a").state == state
    assert read.counts == {state: 1}


# Checks every second, looks every 2 s: two of both.
@pytest.mark.parametrize(
    ("every", "seconds", "state"),
    [
        (None, 2.001, RunnerState.SILENT),
        (2.0, 2.001, RunnerState.LIVE),
        (2.0, 6.0, RunnerState.LIVE),
        (2.0, 6.001, RunnerState.SILENT),
    ],
)
def test_silence_allows_for_how_often_somebody_looks(
    make_service: Make, every: float | None, seconds: float, state: RunnerState
) -> None:
    observed = make_service(ServiceMode.OBSERVED, check_interval_seconds=1.0)
    report(observed, heartbeats=[HeartbeatReport(runner_id="a", at=after(0))])
    watched(observed, "collector", at=after(seconds - 1), good_for_seconds=10, every_seconds=every)
    row = get_runner(observed, "a")

    assert one(fleet(observed, now=after(seconds)), "a").state == state
    assert runner_report(observed, row, now=after(seconds)).runner.state == state


@pytest.mark.parametrize(
    ("seconds", "microseconds", "state"),
    [(6, -1, RunnerState.IN_GRACE), (6, 0, RunnerState.LIVE)],
)
def test_grace_ends_for_who_is_old_enough(
    make_service: Make, seconds: float, microseconds: int, state: RunnerState
) -> None:
    service = make_service(membership_stabilization_seconds=6.0)
    beat(service, Beat(runner_id="a"), now=after(0))

    read = fleet(service, now=after(seconds) + microseconds * MICROSECOND)

    assert one(read, "a").state == state


def test_who_may_not_run_is_ineligible_and_has_no_seat(service: Service) -> None:
    beat(service, Beat(runner_id="a", eligible=False), Beat(runner_id="b"), now=after(0))

    read = fleet(service, now=after(1))

    assert (one(read, "a").state, one(read, "a").position) == (RunnerState.INELIGIBLE, None)
    assert (one(read, "b").position, read.seats) == (0, 1)


def test_silence_weighs_more_than_grace(make_service: Make) -> None:
    service = make_service(membership_stabilization_seconds=60.0)
    beat(service, Beat(runner_id="a"), now=after(0))

    assert one(fleet(service, now=after(11)), "a").state == RunnerState.SILENT


@pytest.mark.parametrize("seconds", [31, 2 * DAY])
def test_who_holds_the_service_is_silent_and_never_gone(service: Service, seconds: float) -> None:
    assert claim(service, "a", now=after(0)).execution is not None

    held = one(fleet(service, now=after(seconds)), "a")

    assert (held.state, held.held_since, held.held_runs) == (RunnerState.SILENT, after(0), 1)


def test_who_came_back_is_listed_once_and_keeps_its_age(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(100))

    read = fleet(service, now=after(101))

    assert ids(read) == ["a"]
    assert one(read, "a").first_seen_at == after(0)
    assert one(read, "a").last_heartbeat_at == after(100)


def test_who_is_gone_for_more_than_a_day_is_not_listed(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))

    assert fleet(service, now=after(DAY + 30) + MICROSECOND).runners == ()


def test_the_order_is_holders_unheard_then_seats_then_the_rest_then_the_gone(
    service: Service,
) -> None:
    claim(service, "holder", now=after(0))
    beat(service, Beat(runner_id="gone"), now=after(1))
    beat(service, Beat(runner_id="gone later"), now=after(2))
    beat(service, Beat(runner_id="bystander", eligible=False), now=after(50))
    beat(service, Beat(runner_id="z"), now=after(51))
    beat(service, Beat(runner_id="a"), now=after(52))

    read = fleet(service, now=after(55))

    assert ids(read) == ["holder", "z", "a", "bystander", "gone later", "gone"]
    assert [runner.position for runner in read.runners] == [None, 0, 1, None, None, None]


def test_a_turn_is_the_present_one_or_the_next(service: Service) -> None:
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))

    read = fleet(service, now=after(1))

    # Two slots of 30 s.
    assert [runner.next_turn_at for runner in read.runners] == [after(0), after(30)]


def test_runs_and_blocks_of_the_last_day_are_counted(make_service: Make) -> None:
    service = make_service(max_start_slot_fraction=0.5, dead_after_seconds=2 * DAY)
    for day in (0.0, DAY):
        run = claim(service, "a", now=after(day + 1)).execution
        assert run is not None
        finish(service, run.run_id, now=after(day + 2))
        for seconds in (40, 45, 50):  # three late starts in one row
            claim(service, "a", now=after(day + seconds))

    counted = one(fleet(service, now=after(DAY + 55)), "a")

    assert (counted.runs, counted.blocks) == (1, 3)


@pytest.mark.parametrize(
    ("search", "found"),
    [("", ["a/1", "B-2"]), ("b", ["B-2"]), ("HOST-7:4", ["a/1"]), ("nobody", [])],
)
def test_a_runner_is_searched_by_its_id_or_address(
    service: Service, search: str, found: list[str]
) -> None:
    beat(service, Beat(runner_id="a/1", host="host-7", pid=412), now=after(0))
    beat(service, Beat(runner_id="B-2"), now=after(1))

    read = fleet(service, now=after(2), search=search)

    assert (ids(read), read.total) == (found, len(found))
    assert read.counts == {RunnerState.LIVE: 2}


@pytest.mark.parametrize("runners", [1, 40])
def test_the_queries_do_not_grow_with_the_runners(
    service: Service, django_assert_num_queries: DjangoAssertNumQueries, runners: int
) -> None:
    claim(service, "lost", now=after(-2 * DAY))
    for start in (-100, 0):
        beats = (Beat(runner_id=f"{start} {number}") for number in range(runners))
        beat(service, *beats, now=after(start))

    # Live, gone, policy, running, who of those is neither, where the day's cycles begin, their
    # slots, starts lost to recorded and to derived blocks, activity of the page.
    with django_assert_num_queries(11):
        assert fleet(service, now=after(1)).total == 2 * runners + 1


# A beat at 0 s, seats of 60 s: overdue after 10 s, given up after 30 s.
@pytest.mark.parametrize(
    ("seconds", "changes_at"),
    [(0, 10), (11, 30), (31, 91)],  # the last one is read again after a minute
)
def test_the_next_change_is_told(service: Service, seconds: float, changes_at: float) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))

    told = fleet(service, now=after(seconds)).next_change_at

    assert told - after(changes_at) in (timedelta(0), MICROSECOND)


def test_a_turn_that_begins_is_a_change(make_service: Make) -> None:
    service = make_service(check_interval_seconds=60.0, dead_after_seconds=600.0)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))

    assert fleet(service, now=after(20)).next_change_at == after(30)


@pytest.mark.parametrize(
    ("check", "dead_after", "seconds"),
    [(5.0, 30.0, 10.0), (30.0, 600.0, 60.0), (30.0, 40.0, 40.0)],
)
def test_two_missed_checks_are_silence(check: float, dead_after: float, seconds: float) -> None:
    policy = SchedulingPolicy(check_interval_seconds=check, dead_after_seconds=dead_after)

    assert silent_after(policy) == timedelta(seconds=seconds)


def test_a_beat_that_only_extends_a_presence_is_noticed(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(5))

    assert heard_at(service, now=after(6)) == after(5)
    assert runner_heard_at(get_runner(service, "a")) == after(5)
    assert heard_at(service, now=after(36)) is None


def test_a_fleet_that_nobody_watches_says_so(observed: Service) -> None:
    watched(observed, "collector", at=after(0), good_for_seconds=10)

    assert [fleet(observed, now=after(at)).is_watched for at in (10, 11)] == [True, False]


def test_a_runner_is_reported_with_its_gaps(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(100))

    told = runner_report(service, get_runner(service, "a"), now=after(140))

    assert [(span.started_at, span.expires_at) for span in told.presences] == [
        (after(0), after(30)),
        (after(100), after(130)),
    ]
    assert told.unheard == ((after(30), after(100)), (after(130), after(140)))
    assert told.runner.state == RunnerState.GONE


def test_a_change_of_eligibility_is_no_gap(service: Service) -> None:
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a", eligible=False), now=after(5))

    assert runner_report(service, get_runner(service, "a"), now=after(6)).unheard == ()


def test_what_a_runner_did_is_newest_first(service: Service) -> None:
    first = claim(service, "a", now=after(1)).execution
    assert first is not None
    finish(service, first.run_id, now=after(2))
    claim(service, "b", now=after(3))
    claim(service, "a", now=after(4))

    told = runner_report(service, get_runner(service, "a"), now=after(5)).executions

    assert [row.runner_id for row in told] == ["a", "a"]
    assert [row.started_at for row in told] == [after(4), after(1)]


def test_a_runner_that_was_never_heard_has_its_report(observed: Service) -> None:
    run = ExecutionReport(
        run_id="r",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=after(0),
        ended_at=after(1),
    )
    report(observed, executions=[run], now=after(2))

    told = runner_report(observed, get_runner(observed, "a"), now=after(3))

    assert (told.runner.state, told.runner.last_heartbeat_at) == (RunnerState.UNKNOWN, None)
    assert told.runner.runs == 1


def test_when_nobody_watched_is_reported(observed: Service) -> None:
    beats = [HeartbeatReport(runner_id="a", at=after(0))]
    report(observed, heartbeats=beats, now=after(1))
    watched(observed, "collector", at=after(0), good_for_seconds=10)

    told = runner_report(observed, get_runner(observed, "a"), now=after(20))

    assert told.unwatched == ((told.since, after(0)), (after(10), after(20)))


def test_nobody_knows_a_runner_of_another_service(make_service: Make) -> None:
    beat(make_service(), Beat(runner_id="a"), now=after(0))

    with pytest.raises(UnknownRunner, match="never had a runner 'a'"):
        get_runner(make_service(), "a")


@pytest.mark.parametrize("runners", [1, 40])
def test_a_report_costs_the_same_queries_in_any_fleet(
    service: Service, django_assert_num_queries: DjangoAssertNumQueries, runners: int
) -> None:
    beat(service, *(Beat(runner_id=f"r{number}") for number in range(runners)), now=after(0))

    # Runner, live, policy, its running, presences, activity, executions, slots of the day.
    with django_assert_num_queries(8):
        assert runner_report(service, get_runner(service, "r0"), now=after(1)).seats == runners


@pytest.mark.parametrize(
    ("intervals", "left"),
    [
        ([], [(0, 10)]),
        ([(-5, 20)], []),
        ([(2, 4), (3, 6)], [(0, 2), (6, 10)]),
        ([(20, 30)], [(0, 10)]),
    ],
)
def test_what_is_left_uncovered(
    intervals: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    spans = [(after(first), after(last)) for first, last in intervals]

    assert list(uncovered(spans, T0, after(10))) == [(after(a), after(b)) for a, b in left]

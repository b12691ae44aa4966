"""What befalls a runner shows in the rows, through either store."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scheduler.models import Execution, Presence, Runner, Service
from scheduler.simulation.scenario import Event, EventKind, Member, PolicyChange, Scenario, Work
from tests.conftest import after
from tests.simulation.build import POLICY, attempts, members, play, second

pytestmark = pytest.mark.django_db

type Play = Callable[..., Service]

# Runs of 2 s; the lone runner checks every 3 s without jitter and asks once in a cycle of 30 s.
LONE = Scenario(
    policy=POLICY,
    members=members("a"),
    work=Work(least_seconds=2.0, usual_seconds=2.0, most_seconds=2.0),
    jitter=0.0,
)


@pytest.fixture(params=["memory", "database"])
def played(request: pytest.FixtureRequest) -> Play:
    def play_it(scenario: Scenario, *, seconds: float) -> Service:
        return play(request.param, "played", scenario, seconds=seconds)

    return play_it


def befalls(kind: EventKind, at_seconds: float, runner_id: str = "a", **more: float) -> Event:
    return Event(at_seconds=at_seconds, kind=kind, runner_id=runner_id, **more)


def story(*events: Event, scenario: Scenario = LONE) -> Scenario:
    return replace(scenario, events=events)


def runs(service: Service) -> list[tuple[float | None, float | None, str, str]]:
    """(start, end, status, reason and detail) of every run."""
    rows = Execution.objects.filter(service=service).exclude(status="blocked").order_by("id")
    return [
        (second(row.started_at), second(row.ended_at), row.status, row.reason + row.reason_detail)
        for row in rows
    ]


def intervals(service: Service, runner_id: str) -> list[tuple[float | None, float | None, bool]]:
    rows = Presence.objects.filter(service=service, runner__runner_id=runner_id)
    return [
        (second(row.started_at), second(row.expires_at), row.eligible)
        for row in rows.order_by("started_at")
    ]


def test_a_runner_starts_once_in_a_cycle(played):
    assert runs(played(LONE, seconds=60)) == [(0, 2, "completed", ""), (30, 32, "completed", "")]


def test_a_runner_that_asks_again_starts_at_every_check(played):
    service = played(replace(LONE, asks_again=True), seconds=9)

    assert [start for start, *_ in runs(service)] == [0, 3, 6]


def test_a_long_run_takes_its_time_once(played):
    service = played(story(befalls(EventKind.LONG_RUN, 10, seconds=12.0)), seconds=80)

    assert [(start, end) for start, end, *_ in runs(service)] == [(0, 2), (30, 42), (60, 62)]


def test_a_failure_ends_the_next_run_with_an_exception(played):
    service = played(story(befalls(EventKind.FAILURE, 10)), seconds=80)

    assert [(status, reason) for _, _, status, reason in runs(service)] == [
        ("completed", ""),
        ("abandoned", "exceptionValueError"),
        ("completed", ""),
    ]


def test_a_happening_can_come_again(played):
    event = befalls(EventKind.FAILURE, 10, every_seconds=30.0)

    assert [status for *_, status, _ in runs(played(story(event), seconds=100))] == [
        "completed",
        "abandoned",
        "abandoned",
        "abandoned",
    ]


def test_a_crash_while_holding_is_ended_when_the_heartbeat_expires(played):
    # "a" crashes half-way through the run from 0 to 2 s; the beat of 0 s is good until 10 s.
    scenario = story(
        befalls(EventKind.CRASH_HOLDING, 0), scenario=replace(LONE, members=members("a", "b"))
    )

    service = played(scenario, seconds=20)

    assert runs(service)[0] == (0, 10, "abandoned", "runner_dead")


def test_a_crashed_runner_comes_back_with_its_old_creation(played):
    service = played(story(befalls(EventKind.CRASH, 4), befalls(EventKind.JOIN, 40)), seconds=45)

    assert intervals(service, "a") == [(0, 13, True), (40, 53, True)]
    assert second(Runner.objects.get(service=service).first_seen_at) == 0


def test_a_leaver_gives_up_its_seat_at_once_and_ends_its_run(played):
    service = played(story(befalls(EventKind.LEAVE, 1)), seconds=40)

    assert intervals(service, "a") == [(0, 0.999999, True), (1, 11, False)]
    assert runs(service) == [(0, 2, "completed", "")]


def test_a_stalled_holder_is_ended_and_its_own_end_comes_too_late(played):
    # Silent from 1 s to 26 s; "b" finds the dead holder at the first check after 10 s.
    scenario = story(
        befalls(EventKind.STALL, 1, seconds=25.0), scenario=replace(LONE, members=members("a", "b"))
    )

    service = played(scenario, seconds=28)

    assert runs(service)[0] == (0, 10, "abandoned", "runner_dead")
    assert intervals(service, "a") == [(0, 10, True), (26, 36, True)]


def test_a_slow_runner_checks_every_third_time(played):
    # Checks at 0, 3, then (slow from 4 s to 14 s) 6, 15, and from then on every 3 s again.
    service = played(
        story(befalls(EventKind.SLOW, 4, seconds=10.0), scenario=replace(LONE, asks_again=True)),
        seconds=20,
    )

    assert [start for start, *_ in runs(service)] == [0, 3, 6, 15, 18]


def test_an_ineligible_runner_gets_no_turn_until_it_is_eligible_again(played):
    service = played(
        story(befalls(EventKind.INELIGIBLE, 20), befalls(EventKind.ELIGIBLE, 40)), seconds=50
    )

    assert [start for start, *_ in runs(service)] == [0, 42]
    assert [eligible for *_, eligible in intervals(service, "a")] == [True, False, True]


def test_a_newcomer_joins_under_an_id_of_its_own_and_leaves(played):
    event = Event(at_seconds=5, kind=EventKind.NEWCOMER, seconds=10.0)

    service = played(story(event), seconds=40)

    newcomer = Runner.objects.filter(service=service).exclude(runner_id="a").get()
    assert intervals(service, newcomer.runner_id) == [(5, 14.999999, True), (15, 25, False)]


def test_a_newcomer_is_in_grace(played):
    # Grace of 20 s: "b" has the second slot, from 15 s on, and was first seen at 1 s.
    policy = replace(POLICY, membership_stabilization_seconds=20.0)
    scenario = replace(LONE, policy=policy, members=members("a", "b"))

    service = played(scenario, seconds=20)

    assert ("b", "blocked", "scheduled_runner_in_grace") in attempts(service)


def test_a_long_run_blocks_the_next_runner_once_and_counts_its_attempts(played):
    scenario = story(
        befalls(EventKind.LONG_RUN, 0, seconds=25.0),
        scenario=replace(LONE, members=members("a", "b")),
    )

    service = played(scenario, seconds=30)

    # "b" has the slot from 15 s to 30 s, startable for 9.66 s: it asks at 16, 19, 22 s.
    blocked = Execution.objects.get(service=service, reason="prior_running")
    run = Execution.objects.get(service=service, status="completed")
    assert (blocked.runner.runner_id, blocked.attempts) == ("b", 3)
    assert blocked.reason_detail == f"{run.run_id} runner:a"


def test_a_check_late_in_the_slot_is_blocked_as_late(played):
    # The only check of a cycle comes at 25 s of the 30 s: past 70 %.
    late = Member(runner_id="a", joins_at_seconds=25.0, check_seconds=30.0)

    assert attempts(played(replace(LONE, members=(late,)), seconds=26)) == [
        ("a", "blocked", "late_start")
    ]


def test_a_policy_change_rules_from_its_instant_on(played):
    # Two runners with a margin of 15 s: no windows from 40 s on.
    change = PolicyChange(at_seconds=40, policy=replace(POLICY, spread_margin_minutes=0.25))
    scenario = replace(LONE, members=members("a", "b"), policy_changes=(change,))

    service = played(scenario, seconds=60)

    late = Execution.objects.filter(service=service, started_at__gte=after(40))
    assert set(late.values_list("reason", flat=True)) == {"slot_window_invalid"}


def test_a_beat_carries_the_runners_own_time_and_place(played):
    fast = Member(runner_id="a", host="host-9", pid=77, clock_offset_seconds=1.4)

    runner = Runner.objects.get(service=played(replace(LONE, members=(fast,)), seconds=5))

    assert (runner.host, runner.pid, runner.clock_offset_seconds) == ("host-9", 77, 1.4)
    assert runner.clock_uncertainty_seconds is None


def test_a_beat_that_carries_its_round_trip_is_half_of_it_on_its_way(played):
    far = Member(runner_id="a", clock_offset_seconds=1.5, round_trip_seconds=0.5)

    runner = Runner.objects.get(service=played(replace(LONE, members=(far,)), seconds=5))

    assert (runner.clock_offset_seconds, runner.clock_uncertainty_seconds) == (1.5, 0.25)

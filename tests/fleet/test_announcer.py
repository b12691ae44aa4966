from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.collectors.announcer import Announcer
from scheduler.collectors.sight import Sight
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.errors import Unavailable
from scheduler.models import Service
from scheduler.words.policy_differences import policy_line

AT = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
QUIET = SchedulingPolicy(
    service_interval_minutes=0.5,
    spread_margin_minutes=0.05,
    check_interval_seconds=1,
    dead_after_seconds=12,
)
STORE = Unavailable("The app's store", "OperationalError: database is locked")
DATABASE = Unavailable("Slotwatch's database", "OperationalError: connection refused")


def runners(*runner_ids: str, eligible: bool = True) -> tuple[ActiveRunnerInfo, ...]:
    return tuple(ActiveRunnerInfo(runner_id, AT, AT, eligible) for runner_id in runner_ids)


SIGHT = Sight(
    at=AT,
    service=Service(slug="shop", name="Shop"),
    policy=QUIET,
    runners=runners("a", "b", "c"),
    read=1_200,
    stored=7,
    vanished=(),
    refused=(),
)
LATER = replace(SIGHT, at=AT + timedelta(seconds=90))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def announcer(said: list[str]) -> Announcer:
    return Announcer(said.append, every_seconds=2)


def test_the_first_sight_says_what_there_is(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(SIGHT)

    assert said == [
        "Watching Shop as service shop every 2 s. Ctrl-C stops.",
        (
            "Policy: cycles of 30 s, a margin of 3 s, a check every 1 s, "
            "a grace of 0 s, starts in the first 50 % of a window, dead after 12 s."
        ),
        "Runners: 3 in the cycle: a, b, c.",
        "Executions: 1,200 held by the app, 7 new here.",
    ]


def test_a_fleet_without_runners_says_what_will_bring_some(
    announcer: Announcer, said: list[str]
) -> None:
    announcer.sight(replace(SIGHT, runners=()))

    assert said[2].startswith("Runners: none is alive.")


def test_a_large_fleet_is_not_listed(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(replace(SIGHT, runners=runners(*"abcdefg")))

    assert said[2] == "Runners: 7 in the cycle: a, b, c, d, e and 2 more."


def test_windows_that_the_policy_does_not_leave_are_a_warning(
    announcer: Announcer, said: list[str]
) -> None:
    announcer.sight(replace(SIGHT, policy=SchedulingPolicy(), runners=runners(*"abcde")))

    assert said[-1].startswith("Warning: No slot has a window: 5 runners × margin 60 s")


def test_runners_outside_the_cycle_count_for_no_warning(
    announcer: Announcer, said: list[str]
) -> None:
    outside = runners(*"bcde", eligible=False)
    announcer.sight(replace(SIGHT, policy=SchedulingPolicy(), runners=(*runners("a"), *outside)))

    assert "1 in the cycle of 5 alive" in said[2]
    assert not any("No slot" in line for line in said)


def test_the_same_sight_again_says_nothing(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(replace(SIGHT, policy=SchedulingPolicy(), runners=runners(*"abcde")))
    said.clear()

    announcer.sight(replace(LATER, policy=SchedulingPolicy(), runners=runners(*"abcde")))

    assert said == []


def test_joiners_and_leavers_are_one_line(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(SIGHT)
    said.clear()

    announcer.sight(replace(LATER, runners=(*runners("b", "d"), *runners("c", eligible=False))))

    assert said == ["Runners: joined: d; gone: a; changed: c. Now 2 in the cycle of 3 alive."]


def test_a_changed_policy_is_a_line(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(SIGHT)
    said.clear()

    announcer.sight(replace(LATER, policy=replace(QUIET, max_start_slot_fraction=1.0)))

    assert said == [f"Policy changed: {policy_line(replace(QUIET, max_start_slot_fraction=1.0))}."]
    assert "starts in all of a window" in said[0]


def test_a_new_warning_is_a_line(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(SIGHT)
    said.clear()

    announcer.sight(replace(LATER, policy=replace(QUIET, dead_after_seconds=1)))

    assert [line for line in said if line.startswith("Warning: A healthy runner can count as dead")]


def test_an_outage_is_said_once_when_it_begins_and_once_when_it_is_over(
    announcer: Announcer, said: list[str]
) -> None:
    announcer.sight(SIGHT)
    said.clear()

    for _ in range(3):
        announcer.lost(STORE)
    announcer.sight(LATER)
    announcer.sight(LATER)

    assert said == [
        (
            "The app's store does not answer (OperationalError: database is locked). "
            "Nothing was seen since 12:00:00 UTC. Trying again until it does."
        ),
        (
            "The app's store answers again. Not watched from 12:00:00 UTC to 12:01:30 UTC "
            "(1 m 30 s); what the app still holds of that time is read."
        ),
    ]


def test_an_outage_at_the_start_is_followed_by_what_there_is(
    announcer: Announcer, said: list[str]
) -> None:
    announcer.lost(DATABASE)
    announcer.sight(SIGHT)

    assert said[:3] == [
        (
            "Slotwatch's database does not answer (OperationalError: connection refused). "
            "Trying again until it does."
        ),
        "Slotwatch's database answers again.",
        "Watching Shop as service shop every 2 s. Ctrl-C stops.",
    ]


def test_an_outage_that_moves_on_is_said_again(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(SIGHT)
    said.clear()

    announcer.lost(STORE)
    announcer.lost(DATABASE)

    assert [line.partition(" does not")[0] for line in said] == [
        "The app's store",
        "Slotwatch's database",
    ]


def test_a_vanished_run_is_said(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(replace(SIGHT, vanished=("run-1",)))

    assert said[-1] == ("Run run-1 is gone from the app while running: its outcome is unknown.")


def test_what_cannot_be_kept_is_said_once(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(replace(SIGHT, refused=("too long",)))
    announcer.sight(replace(LATER, refused=("too long",)))

    assert said[-1] == "Left out, because it can't be kept: too long."
    assert len([line for line in said if "Left out" in line]) == 1


def test_the_end_says_how_far_the_watch_went(announcer: Announcer, said: list[str]) -> None:
    announcer.sight(LATER)

    announcer.stopped()

    assert said[-1] == "Stopped. The last look was at 12:01:30 UTC."


def test_an_end_before_any_look_is_just_that(announcer: Announcer, said: list[str]) -> None:
    announcer.stopped()

    assert said == ["Stopped."]

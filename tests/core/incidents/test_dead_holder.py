"""a holds the service from 10 s on, is heard of last at 40 s, and is alive until 100 s."""

from dataclasses import replace

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents.kinds import HolderFacts, Incident, IncidentKind
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.rows import PresenceSpan, RecordedExecution
from tests.core.build import (
    abandoned,
    at,
    claimed,
    cycle,
    execution,
    heard,
    refusal,
    seconds,
    span,
    watch,
)

US = 0.000001
A, B = heard(span("a", -9, 100), 40), span("b", -8)
GIVEN_UP = claimed(abandoned("a", 10, 100, reason="runner_dead"))


def dead_holders(
    *executions: RecordedExecution,
    presences: tuple[PresenceSpan, ...] = (A, B),
    start: float = 0,
    now: float = 300,
    watches: list[WatchSpan] | None = None,
) -> list[Incident]:
    timeline = cycle(*presences, executions=executions, start=start, now=now, watches=watches)
    found = judge_cycle(timeline).incidents
    return [each for each in found if each.kind is IncidentKind.DEAD_HOLDER]


def test_a_run_that_was_given_up_is_told_from_the_last_heartbeat_on() -> None:
    refused = refusal("b", 50, 90, reason="prior_running", attempts=4, number=2)

    assert dead_holders(GIVEN_UP, refused) == [
        Incident(
            kind=IncidentKind.DEAD_HOLDER,
            start=at(40),
            end=at(100),
            seconds=60.0,
            runner_ids=("a",),
            run_ids=("run-1",),
            reason="runner_dead",
            blocked_attempts=4,
            facts=HolderFacts(was_heard=False),
        )
    ]


def test_a_run_that_goes_on_without_its_runner_is_told_until_now() -> None:
    assert dead_holders(execution("a", 10), now=130) == [
        Incident(
            kind=IncidentKind.DEAD_HOLDER,
            start=at(40),
            end=None,
            seconds=90.0,
            runner_ids=("a",),
            run_ids=("run-1",),
            facts=HolderFacts(was_heard=False),
        )
    ]


@pytest.mark.parametrize("now", [301, 900, 90_000])
def test_what_a_past_cycle_says_of_it_does_not_change(now: float) -> None:
    (incident,) = dead_holders(execution("a", 10), now=now)

    assert (incident.start, incident.end, incident.seconds) == (at(40), None, now - 40)


@pytest.mark.parametrize(
    ("run", "now", "is_told"),
    [
        (execution("a", 10), 100, False),  # its last living instant
        (execution("a", 10), 100 + US, True),
        (claimed(execution("a", 10)), 100 + US, True),
        (execution("a", 10, 120), 130, False),  # silent or not, it ended
        (abandoned("a", 10, 120), 130, True),  # somebody ended it in its stead
        (abandoned("a", 10, 100), 130, False),  # it was alive until then
        (replace(execution("a", 10, 120), reason="runner_dead"), 130, False),  # it was completed
        (execution("b", 10), 130, False),  # b lives
        (execution("z", 131), 130, False),  # told by a clock ahead of ours
        (execution("z", 10), 130, True),  # nothing was ever heard of z
        (abandoned("a", -20, 0, reason="runner_dead"), 130, False),  # before the cycle
        (abandoned("a", -20, US, reason="runner_dead"), 130, True),
        (refusal("a", 10, 50, reason="runner_dead"), 130, False),
    ],
)
def test_a_holder_is_dead_when_it_is_not_heard_of_or_was_given_up(
    run: RecordedExecution, now: float, *, is_told: bool
) -> None:
    assert bool(dead_holders(run, now=now)) is is_told


@pytest.mark.parametrize(
    ("until", "is_told"), [(300, False), (300 - US, False), (300 - 2 * US, True)]
)
def test_in_a_past_cycle_it_is_the_last_instant_that_counts(until: float, *, is_told: bool) -> None:
    presences = (heard(span("a", -9, until), 200), B)
    # Past no limit of its own in this cycle: it had no window, and the cycle ends with it.
    run = execution("a", 120)

    assert bool(dead_holders(run, presences=presences, now=900)) is is_told


@pytest.mark.parametrize(
    ("back", "is_told"),
    [
        (None, True),
        (266, False),  # it was only busy
        (266 + 600, False),  # within the time after which a runner counts as dead
        (266 + 600 + US, True),  # another process of that name
    ],
)
def test_a_run_that_is_ended_by_hand_stays_a_dead_holder(
    back: float | None, *, is_told: bool
) -> None:
    again = () if back is None else (span("a", back, created=-9),)

    found = dead_holders(abandoned("a", 10, 266), presences=(A, B, *again), now=900)

    assert bool(found) is is_told
    if is_told:
        assert (found[0].start, found[0].end, found[0].seconds) == (at(40), at(266), 226.0)
        assert found[0].facts == HolderFacts(was_heard=False)


@pytest.mark.parametrize(
    ("watches", "is_told"),
    [
        ([watch(-10, 400)], True),
        ([watch(-10, 150), watch(300, 400)], True),  # silent when it was last watched
        ([watch(-10, 100), watch(300, 400)], False),  # it lived when it was last watched
        ([], False),
    ],
)
def test_a_run_that_was_ended_unseen_is_a_dead_holders_where_it_was_seen_to_be_silent(
    watches: list[WatchSpan], *, is_told: bool
) -> None:
    assert bool(dead_holders(abandoned("a", 10, 266), watches=watches, now=400)) is is_told


def test_a_runner_that_may_not_run_the_service_any_more_is_heard_of_all_the_same() -> None:
    presences = (A, span("a", 100 + US, created=-9, eligible=False), B)

    assert dead_holders(execution("a", 10), presences=presences) == []


@pytest.mark.parametrize(
    ("start", "presences", "since"),
    [
        (10, (A, B), 40),
        (60, (A, B), 60),  # it began after the last heartbeat
        (-50, (B,), -50),  # no heartbeat is known at all
        (10, (B,), 10),
        (10, (heard(span("a", -9, 20), 15), heard(span("a", 30, 100, created=-9), 40), B), 40),
    ],
)
def test_it_begins_with_the_last_heartbeat_during_the_run(
    start: float, presences: tuple[PresenceSpan, ...], since: float
) -> None:
    (incident,) = dead_holders(execution("a", start), presences=presences, now=130)

    assert seconds(incident.start) == since


def test_what_is_heard_after_it_was_given_up_changes_nothing() -> None:
    back = heard(span("a", 150, created=-9), 290)

    (incident,) = dead_holders(GIVEN_UP, presences=(A, back, B))

    assert (incident.start, incident.seconds) == (at(40), 60.0)


def test_a_runner_given_up_while_its_heartbeats_came_was_not_silent() -> None:
    (incident,) = dead_holders(
        abandoned("a", 10, 100, reason="runner_dead"), presences=(heard(span("a", -9), 250), B)
    )

    assert (incident.start, incident.end, incident.seconds) == (at(100), at(100), 0.0)
    assert incident.facts == HolderFacts(was_heard=True)


@pytest.mark.parametrize(
    ("watches", "is_told"),
    [
        ([watch(-10, 130)], True),
        ([watch(-10, 100 + US)], True),  # it was silent when it was last watched
        ([watch(-10, 100)], False),
        ([watch(-10, 50), watch(120, 200)], True),
        ([], False),
    ],
)
def test_where_nobody_watches_nobody_is_called_silent(
    watches: list[WatchSpan], *, is_told: bool
) -> None:
    assert bool(dead_holders(execution("a", 10), now=130, watches=watches)) is is_told


def test_nobody_knows_how_long_it_goes_on_after_it_was_last_watched() -> None:
    (incident,) = dead_holders(execution("a", 10), now=290, watches=[watch(-10, 130)])

    assert (incident.end, incident.known_until, incident.seconds) == (None, at(130), 90.0)
    assert not incident.goes_on


def test_a_cycle_that_nobody_watched_tells_of_none_before_it_is_known() -> None:
    run = execution("a", 10)

    assert dead_holders(run, start=300, now=900, watches=[watch(-10, 130)]) == []
    # Seen to go on again: it did so all the time.
    (incident,) = dead_holders(run, start=300, now=900, watches=[watch(-10, 130), watch(800, 900)])
    assert (incident.start, incident.end, incident.seconds) == (at(40), None, 860.0)


def test_its_run_is_not_told_to_be_stuck_as_well() -> None:
    timeline = cycle(A, B, executions=[execution("a", 10)], now=200)

    assert [each.kind for each in judge_cycle(timeline).incidents] == ["dead_holder"]

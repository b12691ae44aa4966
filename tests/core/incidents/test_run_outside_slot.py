"""a's window is [0, 90), b's [150, 240): runs that a fleet reports to have begun elsewhere."""

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents.kinds import Incident, IncidentKind, Outside
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.rows import PresenceSpan, RecordedExecution
from tests.core.build import (
    abandoned,
    at,
    claimed,
    cycle,
    execution,
    refusal,
    span,
    watch,
)

US = 0.000001
TWO = (span("a", -9), span("b", -8))


def outside(
    *executions: RecordedExecution,
    presences: tuple[PresenceSpan, ...] = TWO,
    watches: list[WatchSpan] | None = None,
    now: float = 300,
) -> list[Incident]:
    timeline = cycle(*presences, executions=executions, watches=watches, now=now)
    found = judge_cycle(timeline).incidents
    return [each for each in found if each.kind is IncidentKind.RUN_OUTSIDE_SLOT]


def test_it_is_told_for_as_long_as_the_run() -> None:
    refused = refusal("b", 110, 120, reason="prior_running", attempts=2, number=2)

    assert outside(execution("a", 100, 130), refused) == [
        Incident(
            kind=IncidentKind.RUN_OUTSIDE_SLOT,
            start=at(100),
            end=at(130),
            seconds=30.0,
            runner_ids=("a",),
            run_ids=("run-1",),
            reason="other_time",
            blocked_attempts=2,
        )
    ]


def test_it_goes_on_while_the_run_does() -> None:
    (incident,) = outside(execution("a", 100), now=140)

    assert (incident.end, incident.seconds) == (None, 40.0)


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        (execution("a", 0, 1), False),
        (execution("a", 90 - US, 91), False),
        (execution("a", 90, 91), True),
        (abandoned("a", 90, 91), True),
        (execution("a", 160, 161), True),  # in b's window
        (execution("a", -1, 20), False),  # it began in the cycle before
        (execution("a", 300 - US, 310), True),
        (execution("a", 300, 310), False),
        (refusal("a", 100), False),
        (claimed(execution("a", 100, 110)), False),  # its start was cleared
    ],
)
def test_a_start_is_outside_where_its_runner_has_no_window(
    run: RecordedExecution, *, is_told: bool
) -> None:
    assert bool(outside(run)) is is_told


def test_a_window_that_was_taken_away_is_none() -> None:
    # c joins at 30: a's window is [0, 40) from then on.
    presences = (*TWO, span("c", 30))

    assert outside(execution("a", 29, 30), presences=presences) == []
    assert outside(execution("a", 41, 42), presences=presences)


@pytest.mark.parametrize(
    ("runner_id", "presences", "why"),
    [
        ("a", TWO, Outside.OTHER_TIME),
        ("z", TWO, Outside.NO_MEMBER),
        ("a", (*TWO, span("c", -7), span("d", -6), span("e", -5)), Outside.NO_WINDOW),
    ],
)
def test_the_reason_says_what_to_look_at(
    runner_id: str, presences: tuple[PresenceSpan, ...], why: Outside
) -> None:
    (incident,) = outside(execution(runner_id, 100, 110), presences=presences)

    assert incident.reason == why


@pytest.mark.parametrize(
    ("watches", "is_told"),
    [
        ([watch(-10, 100)], True),  # a watch speaks for its last instant too
        ([watch(-10, 100 - US)], False),
        ([watch(-10, 50), watch(100, 200)], True),
        ([watch(-10, 50), watch(100 + US, 200)], False),
    ],
)
def test_where_nobody_watched_no_start_is_called_outside(
    watches: list[WatchSpan], *, is_told: bool
) -> None:
    assert bool(outside(execution("a", 100, 110), watches=watches)) is is_told


@pytest.mark.parametrize(
    ("every", "started", "is_told"),
    [
        (0, 90, True),
        (2, 90, False),  # who was there is known to 2 s
        (2, 92 - US, False),
        (2, 92, True),
        (2, 148, False),  # of b, whose window begins at 150
        (2, 148 - US, True),
        (300, 120, False),  # a look a cycle: no plan of one is sure
        (299, 120, False),
    ],
)
def test_a_start_that_may_have_been_within_its_window_is_told_where_it_cost_something(
    every: float, started: float, *, is_told: bool
) -> None:
    runner_id = "b" if started > 130 else "a"
    run = execution(runner_id, started, started + 0.011)
    watches = [watch(-10, 400, every=every)]
    refused = refusal("c", started, reason="prior_running", number=2)

    assert bool(outside(run, watches=watches)) is is_told
    assert outside(run, refused, watches=watches)
    assert outside(run, execution("c", started, 200, number=3), watches=watches)


def test_a_runner_that_came_between_two_looks_may_have_been_there() -> None:
    presences = (*TWO, span("c", 100))
    watches = [watch(-10, 400, every=2)]

    assert outside(execution("c", 98, 98.5), presences=presences, watches=watches) == []
    assert outside(execution("c", 97.9, 97.95), presences=presences, watches=watches)

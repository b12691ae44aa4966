"""Rows as they were known at an instant."""

from dataclasses import replace
from datetime import datetime

import pytest

from scheduler.core.as_of import (
    cycle_start_known,
    executions_known,
    policies_known,
    presences_known,
    watches_known,
)
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.rows import PolicyRevision, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, execution, revision, span

POLICY = SchedulingPolicy()  # 300 s
TICK = 1e-6


def recorded(start: float, told: float | None = None) -> PolicyRevision:
    """In force from `start` on, and told at `told`."""
    return replace(revision(POLICY, start), recorded_at=None if told is None else at(told))


@pytest.mark.parametrize(
    ("revisions", "instant", "known"),
    [
        # Known from the instant on at which it was told.
        ([recorded(-9), recorded(50, 50)], 50 - TICK, [-9]),
        ([recorded(-9), recorded(50, 50)], 50, [-9, 50]),
        # Told later than it came into force, as of a fleet whose files were read late.
        ([recorded(-9), recorded(50, 80)], 79, [-9]),
        # Told before it comes into force.
        ([recorded(-9), recorded(50, 20)], 30, [-9, 50]),
        # Where it is not known when it was told: when it came into force.
        ([recorded(-9), recorded(50)], 49, [-9]),
        # Before there was one, that of which anybody knew first.
        ([recorded(-9, 100), recorded(-5, 90)], 0, [-5]),
        ([], 0, []),
    ],
)
def test_policies_are_known_since_they_were_told(
    revisions: list[PolicyRevision], instant: float, known: list[float]
) -> None:
    assert policies_known(revisions, at(instant)) == [
        each for each in revisions if each.effective_from in [at(second) for second in known]
    ]


@pytest.mark.parametrize(
    ("start", "last", "end", "instant", "known"),
    [
        # Not heard yet.
        (10, 20, 50, 10 - TICK, None),
        # Of what was still to be heard, and until when that was good, nothing is known.
        (10, 20, 50, 10, (10, 10)),
        (10, 20, 50, 30, (20, 30)),
        # Alive in its last instant, and over after it.
        (10, 20, 50, 50, (20, 50)),
        (10, 20, 50, 50 + TICK, (20, 50)),
    ],
)
def test_a_death_is_not_known_before_it(
    start: float, last: float, end: float, instant: float, known: tuple[float, float] | None
) -> None:
    whole = replace(span("a", start, end), last_heartbeat_at=at(last))

    assert presences_known([whole], at(instant)) == (
        []
        if known is None
        else [replace(whole, last_heartbeat_at=at(known[0]), expires_at=at(known[1]))]
    )


COMPLETED = execution("a", 10, 20)
FAILED = replace(
    execution("a", 10, 20), status=Status.ABANDONED, reason="exception", reason_detail="Boom"
)
DEAD = replace(FAILED, reason=EndReason.RUNNER_DEAD, reason_detail="")
RUNNING = execution("a", 10)
GOING_ON = replace(RUNNING, status=Status.RUNNING)
REFUSED = replace(
    execution("a", 10, 10),
    status=Status.BLOCKED,
    reason="prior_running",
    reason_detail="run-7 runner:b",
    attempts=3,
    last_attempt_at=at(40),
)
ONCE = replace(REFUSED, attempts=1, last_attempt_at=at(10), reason_detail="")


@pytest.mark.parametrize(
    ("row", "instant", "known"),
    [
        (COMPLETED, 10 - TICK, None),
        (COMPLETED, 10, GOING_ON),
        (COMPLETED, 20 - TICK, GOING_ON),
        (COMPLETED, 20, COMPLETED),
        (FAILED, 15, GOING_ON),
        (FAILED, 20, FAILED),
        # Its runner was alive in the instant that its run ends with.
        (DEAD, 20, GOING_ON),
        (DEAD, 20 + TICK, DEAD),
        (RUNNING, 1_000, RUNNING),
        (REFUSED, 10 - TICK, None),
        # That it was repeated, and what the last attempt met, was still to come.
        (REFUSED, 10, ONCE),
        (REFUSED, 40 - TICK, ONCE),
        (REFUSED, 40, REFUSED),
    ],
)
def test_of_an_attempt_is_known_what_had_happened(
    row: RecordedExecution, instant: float, known: RecordedExecution | None
) -> None:
    found = executions_known([row], at(instant), at(0))

    assert found == ([] if known is None else [known])


@pytest.mark.parametrize(("instant", "is_there"), [(10, False), (39, False), (40, True)])
def test_a_refusal_of_before_the_cycle_is_in_it_from_its_repeat_on(
    instant: float, *, is_there: bool
) -> None:
    # The cycle begins at 5 s: the first attempt is of an earlier one.
    refused = replace(REFUSED, started_at=at(1), first_attempt_at=at(1))

    assert bool(executions_known([refused], at(instant), at(5))) is is_there


@pytest.mark.parametrize(
    ("instant", "known"), [(0, []), (10, [(10, 10)]), (25, [(10, 25)]), (90, [(10, 40)])]
)
def test_a_watch_is_good_until_the_instant(
    instant: float, known: list[tuple[float, float]]
) -> None:
    watch = WatchSpan(started_at=at(10), ended_at=at(40), every_seconds=5)

    assert watches_known([watch], at(instant)) == [
        replace(watch, started_at=at(start), ended_at=at(end)) for start, end in known
    ]


def test_where_nothing_goes_unseen_nothing_did() -> None:
    assert watches_known(None, T0) is None


MINUTE = SchedulingPolicy(service_interval_minutes=1)
SEVEN = SchedulingPolicy(service_interval_minutes=7)


@pytest.mark.parametrize(
    ("revisions", "start", "instant", "known"),
    [
        ([revision(POLICY)], 0, 299, 0),
        # From 90 s on cycles of 7 minutes, as is known at 100 s: that of T0 goes on.
        ([revision(MINUTE), revision(SEVEN, 90)], 0, 100, 0),
        # As long as it was not known, cycles of a minute were shown in its place.
        ([revision(MINUTE)], 0, 59, 0),
        ([revision(MINUTE)], 0, 70, 60),
        # A cycle of which no grid that was known begins then.
        ([revision(SEVEN)], 60, 70, 0),
    ],
)
def test_the_cycle_is_the_one_that_was_shown_then(
    revisions: list[PolicyRevision], start: float, instant: float, known: float
) -> None:
    found: datetime = cycle_start_known(revisions, at(start), at(instant))

    assert found == at(known)

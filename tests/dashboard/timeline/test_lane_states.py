"""How lanes stand: the worst that is true of each, and what is trouble."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.timeline.lane_states import LaneState, Standing, lane_states
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents import IncidentKind
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import T0, at, execution, revision, span

# Windows of 900 s for four.
POLICY = SchedulingPolicy(service_interval_minutes=60, spread_margin_minutes=0)
FOUR = [span(f"r{number}") for number in range(4)]


def states(now: float = 0, **rows: Any) -> dict[str, LaneState]:
    defaults: dict[str, Any] = {
        "presences": FOUR,
        "executions": [],
        "policies": [revision(POLICY)],
    }
    timeline = reconstruct(cycle_start=T0, now=at(now), **(defaults | rows))
    return dict(lane_states(timeline, judge_cycle(timeline)))


def words(now: float = 0, **rows: Any) -> list[str]:
    return [state.word for state in states(now, **rows).values()]


def ended(runner_id: str, status: Status, reason: str = "") -> RecordedExecution:
    return replace(execution(runner_id, 0, 0), status=status, reason=reason)


@pytest.mark.parametrize(
    ("now", "executions", "troubled"),
    [
        # At 0 s no window has passed.
        (0, [], set()),
        # r0's has, without a start.
        (901, [], {"r0"}),
        (901, [execution("r0", 5, 9)], set()),
        (0, [ended("r1", Status.ABANDONED)], {"r1"}),
        (0, [ended("r2", Status.BLOCKED)], {"r2"}),
        # r0 holds it still, past its slot, and did at every instant of r1's.
        (1_900, [execution("r0", 5)], {"r0", "r1"}),
    ],
)
def test_what_is_trouble(
    now: float, executions: list[RecordedExecution], troubled: set[str]
) -> None:
    found = states(now, executions=executions)

    assert {runner_id for runner_id, state in found.items() if state.is_trouble} == troubled


def test_each_lane_says_the_worst_of_it() -> None:
    executions = [
        execution("r0", 5, 9, number=1),
        execution("r1", 905, 909, number=2),
        replace(execution("r1", 920, 920, number=3), status=Status.BLOCKED, reason="late_start"),
        execution("r3", 2_710, number=4),
    ]

    assert words(2_720, executions=executions) == [
        "Completed",
        "Blocked: late start",
        "No start",
        "Running",
    ]


def test_a_run_that_goes_on_past_its_slot_is_called_so_and_what_it_kept_out_derived() -> None:
    found = states(1_900, executions=[execution("r0", 5)])

    assert [(each.standing, each.word) for each in found.values()] == [
        (Standing.RUN_IN_TROUBLE, "Stuck run"),
        (Standing.BLOCKED, "Blocked: prior run still running (derived)"),
        (Standing.TO_COME, "To come"),
        (Standing.TO_COME, "To come"),
    ]


def test_who_is_not_there_any_more_is_gone_and_whose_window_fell_away_has_no_run() -> None:
    presences = [
        span("r0"),
        span("r1", -100, 10),
        span("r2", -100, 10),
        span("r2", 10.001, eligible=False),
    ]

    assert words(20, presences=presences) == ["To come", "Gone", "No run"]


def test_of_what_nobody_watches_it_says_so() -> None:
    watches = [WatchSpan(started_at=at(-100), ended_at=at(1_000))]
    executions = [execution("r1", 950)]

    assert words(2_000, watches=watches, executions=executions) == [
        "No start",
        "Running when last watched",
        "Not watched",
        "To come",
    ]


def test_trouble_comes_before_everything_else() -> None:
    assert [each for each in Standing if each <= Standing.UNSTABLE] == [
        Standing.RUN_IN_TROUBLE,
        Standing.ABANDONED,
        Standing.BLOCKED,
        Standing.NO_START,
        Standing.UNSTABLE,
    ]


def test_nothing_that_can_become_of_a_window_or_go_wrong_is_unknown_to_it() -> None:
    # The tables name some and leave the rest to a rule: a new one is to be thought of.
    assert len(Verdict) == 7
    assert len(IncidentKind) == 8

"""Runners whose slots have no window: 5 × 60 s of margin take all of 300 s. Four have 15 s each."""

from dataclasses import replace

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.policy import NoWindow, SchedulingPolicy
from scheduler.core.rows import RecordedExecution
from tests.core.build import abandoned, cycle, execution, refusal, revision, seconds, span, watch

FOUR = [span(name, number - 9) for number, name in enumerate("abcd")]
FIVE = [*FOUR, span("e", -5)]
US = 0.000001
FULL = NoWindow(runner_count=5, margin_seconds=60.0, interval_seconds=300.0, max_runners=4)


def drawn(verdicts: list[SlotVerdict]) -> list[tuple[float, float, str, str]]:
    return [
        (seconds(each.start), seconds(each.end), each.verdict, each.reason) for each in verdicts
    ]


def of(runner_id: str, verdicts: tuple[SlotVerdict, ...]) -> list[SlotVerdict]:
    return [each for each in verdicts if each.runner_id == runner_id]


def test_every_runner_is_blocked_for_the_whole_cycle() -> None:
    verdicts = judge_slots(cycle(*FIVE))

    assert [(each.runner_id, each.position) for each in verdicts] == list(
        zip("abcde", range(5), strict=True)
    )
    assert {(each.slot, each.recorded, each.run_id, each.attempts) for each in verdicts} == {
        (None, False, None, 0)
    }
    assert {each.no_window for each in verdicts} == {FULL}
    assert drawn(of("c", verdicts)) == [(0, 300, "blocked", "slot_window_invalid")]


@pytest.mark.parametrize(
    ("row", "recorded"),
    [
        (refusal("a", 10, 40, reason="slot_window_invalid", attempts=3), True),
        (refusal("a", -5, 0, reason="slot_window_invalid", attempts=3), True),
        (refusal("a", -5, 300, reason="slot_window_invalid", attempts=3), False),
        (refusal("a", 300 - US, 310, reason="slot_window_invalid", attempts=3), True),
        (refusal("a", 10, reason="prior_running", attempts=3), False),
        (refusal("b", 10, reason="slot_window_invalid", attempts=3), False),
        (execution("a", 10, 20), False),
        (abandoned("a", 10, 20, reason="slot_window_invalid"), False),
    ],
)
def test_it_is_recorded_where_such_a_refusal_was_written_down_in_it(
    row: RecordedExecution, *, recorded: bool
) -> None:
    (verdict,) = of("a", judge_slots(cycle(*FIVE, executions=[row])))

    facts = (verdict.recorded, verdict.run_id, verdict.execution_id, verdict.attempts)
    assert facts == ((True, "run-1", 1, 3) if recorded else (False, None, None, 0))
    assert (verdict.verdict, verdict.reason) == ("blocked", "slot_window_invalid")


@pytest.mark.parametrize(
    ("now", "watches", "verdict"),
    [
        (300, [], "unknown"),
        (300, [watch(-10, -5)], "unknown"),
        (300, [watch(-10, -US)], "unknown"),
        (300, [watch(-10, 0)], "blocked"),  # it speaks for its last instant, the cycle's first
        (300, [watch(100, 101)], "blocked"),
        (300, None, "blocked"),
        (150, [], "unknown"),
        (150, [watch(100, 101)], "blocked"),
        (150, None, "blocked"),
        (0, None, "blocked"),
        (-US, None, "upcoming"),
        (-US, [], "upcoming"),
    ],
)
def test_it_is_unknown_only_where_nobody_watched_any_of_it(
    now: float, watches: list[WatchSpan] | None, verdict: str
) -> None:
    (found,) = of("a", judge_slots(cycle(*FIVE, now=now, watches=watches)))

    reason = "slot_window_invalid" if verdict == "blocked" else ""
    assert drawn([found]) == [(0, 300, verdict, reason)]


def test_a_refusal_written_down_is_known_though_nobody_watched() -> None:
    row = refusal("a", 10, reason="slot_window_invalid")

    (verdict,) = of("a", judge_slots(cycle(*FIVE, watches=[], executions=[row])))

    assert (verdict.verdict, verdict.recorded) == ("blocked", True)


def test_windows_before_and_after_keep_their_verdicts() -> None:
    # Four have windows of 15 s: a's is [0, 15), b's [75, 90), c's [150, 165), d's [225, 240).
    timeline = cycle(*FOUR, span("e", 100, 200 - US), executions=[execution("a", 1, 2)])

    verdicts = judge_slots(timeline)

    gone = (100, 200, "blocked", "slot_window_invalid")
    assert drawn(of("a", verdicts)) == [(0, 15, "served", ""), gone]
    assert drawn(of("b", verdicts)) == [(75, 90, "unserved", ""), gone]
    assert drawn(of("c", verdicts)) == [gone]
    assert drawn(of("d", verdicts)) == [gone, (225, 240, "unserved", "")]
    assert drawn(of("e", verdicts)) == [gone]


def test_a_interval_is_unbroken_over_changes_that_bring_no_window() -> None:
    verdicts = judge_slots(cycle(*FIVE, span("f", 100), span("g", 200)))

    assert drawn(of("a", verdicts)) == [(0, 300, "blocked", "slot_window_invalid")]
    assert drawn(of("f", verdicts)) == [(100, 300, "blocked", "slot_window_invalid")]
    # position and numbers are those in which it began
    assert {each.no_window for each in of("a", verdicts)} == {FULL}
    assert of("g", verdicts)[0].no_window == replace(FULL, runner_count=7)


def test_a_runner_that_was_away_has_two_intervals() -> None:
    back = [span("e", -5, 100 - US), span("e", 150, created=-5)]

    verdicts = judge_slots(cycle(*FOUR, span("f", -4), *back))

    assert drawn(of("e", verdicts)) == [
        (0, 100, "blocked", "slot_window_invalid"),
        (150, 300, "blocked", "slot_window_invalid"),
    ]


def test_each_cycle_of_a_shorter_interval_has_a_interval_of_its_own() -> None:
    # From 180 on, cycles of 60 s with a margin of 12 s: 5 × 12 s leave nothing either.
    minute = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0.2)
    revisions = [revision(SchedulingPolicy()), revision(minute, 180)]

    verdicts = of("a", judge_slots(cycle(*FIVE, revisions=revisions, now=245)))

    assert drawn(verdicts) == [
        (0, 180, "blocked", "slot_window_invalid"),
        (180, 240, "blocked", "slot_window_invalid"),
        (240, 300, "blocked", "slot_window_invalid"),
    ]
    assert verdicts[1].no_window == replace(FULL, margin_seconds=12.0, interval_seconds=60.0)
    earlier = of("a", judge_slots(cycle(*FIVE, revisions=revisions, now=240 - US)))
    assert earlier[-1].verdict == "upcoming"

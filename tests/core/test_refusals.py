"""b's window [150, 240), startable until 195, in a fleet of a and b: who else was in the way."""

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.interval import Interval, merged, overlapping
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import BlockReason
from scheduler.core.refusals import (
    Refusals,
    holds_in,
    silences,
    unwatched_in,
)
from scheduler.core.rows import PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceDecisionReason as Decision
from tests.core.build import (
    abandoned,
    at,
    claimed,
    cycle,
    execution,
    refusal,
    revision,
    seconds,
    span,
    watch,
)

TWO = (span("a", -9), span("b", -8))
US = 0.000001


def verdict_of_b(
    *presences: PresenceSpan, executions: list[RecordedExecution], grace: float = 0
) -> SlotVerdict:
    policy = SchedulingPolicy(membership_stabilization_seconds=grace)
    timeline = cycle(*presences, executions=executions, revisions=[revision(policy)])
    return [each for each in judge_slots(timeline) if each.runner_id == "b"][-1]


@pytest.mark.parametrize(
    ("start", "end", "is_refused"),
    [
        (150, 195 + US, True),  # the limit itself is startable
        (150, 195, False),
        (150 + US, 195 + US, False),
        (-500, 1_000, True),  # it began before the cycle, and ended after it
        (150, None, True),  # it goes on
        (195, None, False),
    ],
)
def test_a_run_refuses_every_start_from_its_start_until_just_before_its_end(
    start: float, end: float | None, *, is_refused: bool
) -> None:
    verdict = verdict_of_b(*TWO, executions=[execution("a", start, end)])

    assert verdict.reason == ("prior_running" if is_refused else "")


def test_a_run_of_its_own_from_the_cycle_before_refuses_too() -> None:
    verdict = verdict_of_b(*TWO, executions=[execution("b", -10, 250)])

    assert (verdict.reason, verdict.run_id) == ("prior_running", "run-1")


def test_an_abandoned_run_held_the_service_until_it_ended() -> None:
    assert verdict_of_b(*TWO, executions=[abandoned("a", 10, 200)]).reason == "prior_running"


def test_a_refused_attempt_holds_nothing() -> None:
    verdict = verdict_of_b(*TWO, executions=[refusal("a", 10, 290, reason="prior_running")])

    assert verdict.is_missed


@pytest.mark.parametrize(
    ("spans", "run_id"),
    [
        # at the last startable instant, 195, the one that lasts longest of those begun
        ([(100, 250), (160, 197)], "run-1"),
        ([(100, 160), (155, 250)], "run-2"),
        ([(100, 160), (160, 250)], "run-2"),
        ([(100, 180), (150, 260), (155, 190)], "run-2"),
        ([(100, 250), (160, 250)], "run-1"),  # of two that end together the first
        ([(100, 200), (197, 290)], "run-1"),  # the second begins later
    ],
)
def test_a_derived_block_names_the_run_that_held_at_the_end(
    spans: list[tuple[float, float]], run_id: str
) -> None:
    runs = [execution(f"x{n}", *each, number=n) for n, each in enumerate(spans, start=1)]

    verdict = verdict_of_b(*TWO, executions=runs)

    assert (verdict.verdict, verdict.recorded, verdict.run_id) == ("blocked", False, run_id)
    assert verdict.execution_id == int(run_id[-1])


@pytest.mark.parametrize(("second", "is_refused"), [(160, True), (160 + US, False)])
def test_two_runs_refuse_together_where_no_instant_is_between_them(
    second: float, *, is_refused: bool
) -> None:
    runs = [execution("a", 100, 160), execution("x", second, 250, number=2)]

    assert verdict_of_b(*TWO, executions=runs).is_missed is not is_refused


# x is alive and not eligible: the slots stay those of a and b.
@pytest.mark.parametrize(
    ("run", "lives", "is_refused"),
    [
        # observed: it holds until it ends, whatever becomes of its runner
        (execution("x", 10, 290), [(-9, 100)], True),
        (execution("x", 10), [(-9, 100)], True),
        # coordinated: only while its runner is heard of, its last living instant included
        (claimed(execution("x", 10, 290)), [(-9, 195)], True),
        (claimed(execution("x", 10, 290)), [(-9, 195 - US)], False),
        (claimed(execution("x", 10)), [(-9, 195)], True),
        (claimed(execution("x", 10)), [(-9, 100)], False),
        (claimed(execution("x", 10, 290)), [(-9, 160), (180, 900)], False),
        (claimed(execution("x", 10, 290)), [(-9, 160), (160 + US, 900)], True),
        (claimed(execution("x", 10, 290)), [], False),
        (claimed(execution("x", 160, 290)), [(-9, 900)], False),  # not before it began
        # given up as dead: it ended with its runner's last living instant, and held in it
        (claimed(abandoned("x", 10, 195, reason="runner_dead")), [(-9, 195)], True),
        (claimed(abandoned("x", 10, 195)), [(-9, 195)], False),
        (claimed(abandoned("x", 10, 195, reason="runner_dead")), [(-9, 194)], False),
        # observed and told to be dead: it ended when it ended
        (abandoned("x", 10, 195, reason="runner_dead"), [(-9, 195)], False),
    ],
)
def test_a_dead_holder_holds_on_only_where_nobody_gives_it_up(
    run: RecordedExecution, lives: list[tuple[float, float]], *, is_refused: bool
) -> None:
    spans = [span("x", *life, created=-9, eligible=False) for life in lives]

    assert verdict_of_b(*TWO, *spans, executions=[run]).is_missed is not is_refused


# b joins at 100, and its turn begins at 150: from then on it is its grace that counts.
JOINED = (span("a"), span("b", 100))


@pytest.mark.parametrize(
    ("grace", "runs", "reason"),
    [
        (95 + US, [], "scheduled_runner_in_grace"),  # out of grace at 195.000001
        (95, [], ""),
        (60, [(160, 200)], "prior_running"),  # grace until 160, then a run
        (60, [(160 + US, 200)], ""),
        (95, [(195, 200)], "prior_running"),  # out of grace at the last startable instant
        (96, [(10, 290)], "scheduled_runner_in_grace"),  # a claim asks for grace first
        (45 + US, [(10, 290)], "prior_running"),  # grace is over at 145.000001, before the window
    ],
)
def test_the_grace_of_whose_turn_it_is_refuses_everybody(
    grace: float, runs: list[tuple[float, float]], reason: str
) -> None:
    rows = [execution("x", *each) for each in runs]

    verdict = verdict_of_b(*JOINED, executions=rows, grace=grace)

    assert verdict.reason == reason
    assert verdict.run_id == ("run-1" if reason == "prior_running" else None)


def test_an_unended_hold_reaches_to_now_and_not_beyond() -> None:
    timeline = cycle(*TWO, executions=[execution("a", 10)], now=195)

    (hold,) = holds_in(timeline)

    assert (seconds(hold.start), seconds(hold.end)) == (10, 195 + US)
    assert hold.execution.run_id == "run-1"


def test_a_claimed_run_without_its_runner_never_held() -> None:
    lives = [span("x", -9, 5, eligible=False), span("x", 30, 40, created=-9, eligible=False)]

    timeline = cycle(*TWO, *lives, executions=[claimed(execution("x", 10, 20))])

    assert list(holds_in(timeline)) == []


@pytest.mark.parametrize(
    ("instant", "reason"),
    [(10 - US, ""), (10, "prior_running"), (20 - US, "prior_running"), (20, ""), (299, "")],
)
def test_nothing_refuses_where_no_run_holds(instant: float, reason: str) -> None:
    found = Refusals(cycle(*TWO, executions=[execution("a", 10, 20)])).reason_at(at(instant))

    assert found[0] == reason
    assert (found[1] is None) is (reason == "")


def interval(start: float, end: float) -> Interval:
    return Interval(start=at(start), end=at(end))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(0, 10), (10 + US, 20)], [(0, 10), (10 + US, 20)]),
        ([(5, 7), (0, 10)], [(0, 10)]),
        ([(0, 10), (5, 20), (15, 16)], [(0, 20)]),
        ([(3, 3), (8, 2)], []),  # no instant in them
    ],
)
def test_merged_intervals_have_gaps_between_them(
    given: list[tuple[float, float]], expected: list[tuple[float, float]]
) -> None:
    assert merged(interval(*each) for each in given) == [interval(*each) for each in expected]


@pytest.mark.parametrize(
    ("start", "end", "shares"),
    [(0, 10, False), (0, 10 + US, True), (19, 25, True), (20, 30, False), (25, 30, False)],
)
def test_intervals_overlap_where_they_share_an_instant(
    start: float, end: float, *, shares: bool
) -> None:
    assert overlapping([interval(10, 20), interval(30, 40)], at(start), at(end)) is shares


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([(-9, 900)], []),
        ([], [(0, 100)]),
        ([(10, 20)], [(0, 10), (20 + US, 100)]),
        ([(0, 50), (50 + US, 99)], [(99 + US, 100)]),
        ([(0, 100 - US)], []),
        ([(0, 80), (10, 20)], [(80 + US, 100)]),
        ([(200, 300)], [(0, 100)]),
    ],
)
def test_a_runner_is_silent_where_no_presence_of_it_is(
    lives: list[tuple[float, float]], expected: list[tuple[float, float]]
) -> None:
    spans = [span("a", *each, eligible=False) for each in lives]

    assert silences(spans, at(0), at(100)) == [interval(*each) for each in expected]


def test_what_the_decision_writes_down_is_a_reason_of_a_block() -> None:
    decided = {reason.value for reason in Decision if reason.is_persisted()}

    assert {reason.value for reason in BlockReason} == decided | {"prior_running"}


@pytest.mark.parametrize(
    ("watches", "now", "unwatched"),
    [
        # One ends with the cycle's first instant, the next begins a microsecond later.
        ([watch(-10, 0), watch(US, 300)], 300, []),
        ([watch(-10, -US), watch(US, 300)], 300, [(0, US)]),
        # One begins just now.
        ([watch(0, 100), watch(200, 300)], 200, [(100 + US, 200)]),
        ([watch(0, 100)], 200, [(100 + US, 200 + US)]),
    ],
)
def test_a_watch_speaks_for_its_first_and_its_last_instant(
    watches: list[WatchSpan], now: float, unwatched: list[tuple[float, float]]
) -> None:
    found = unwatched_in(cycle(span("a"), now=now, watches=watches))

    assert [(each.start, each.end) for each in found] == [(at(a), at(b)) for a, b in unwatched]

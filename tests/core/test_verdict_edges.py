"""The edges of the verdicts, to the microsecond; the windows are those of test_verdicts.py."""

from dataclasses import replace
from typing import Any

import pytest

from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict, Verdict, startable_end
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PresenceSpan
from scheduler.core.timeline import CycleTimeline
from tests.core.build import (
    MICROSECOND,
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
POLICY = SchedulingPolicy()
US = 0.000001


def of(runner_id: str, timeline: CycleTimeline) -> list[SlotVerdict]:
    return [each for each in judge_slots(timeline) if each.runner_id == runner_id]


def startable(verdict: SlotVerdict) -> float:
    """For how many seconds its window could be started in."""
    assert verdict.slot is not None
    return (startable_end(verdict.slot) - verdict.slot.start).total_seconds()


def last_of(runner_id: str, timeline: CycleTimeline) -> SlotVerdict:
    return of(runner_id, timeline)[-1]


def drawn(verdicts: list[SlotVerdict]) -> list[tuple[float, float, str, str]]:
    return [
        (seconds(each.start), seconds(each.end), each.verdict, each.reason) for each in verdicts
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (150 - US, "already_served"),
        (150, "served"),
        (240 - US, "served"),
        (240, "missed"),  # exactly at its end: not in it any more
    ],
)
def test_a_start_is_in_a_window_up_to_its_end(start: float, expected: str) -> None:
    verdict = last_of("b", cycle(*TWO, executions=[execution("b", start, start + 1)]))

    assert expected == ("missed" if verdict.is_missed else verdict.reason or verdict.verdict)


@pytest.mark.parametrize(
    ("first", "last", "is_in"),
    [
        (150 - US, 150 - US, False),
        (150, 150, True),
        (240 - US, 240 - US, True),
        (240, 240, False),
        (140, 150, True),
        (240 - US, 250, True),
        (140, 250, False),  # of its repeats only the first and the last are known
    ],
)
def test_a_refusal_is_in_a_window_by_its_first_or_last_instant(
    first: float, last: float, *, is_in: bool
) -> None:
    verdict = last_of("b", cycle(*TWO, executions=[refusal("b", first, last)]))

    assert (verdict.verdict is Verdict.BLOCKED) is is_in


@pytest.mark.parametrize(
    ("rows", "reason", "into"),
    [
        ([refusal("b", 160, reason="prior_running"), refusal("b", 200)], "prior_running", 10),
        (
            [refusal("b", 160, reason="scheduled_runner_in_grace"), refusal("b", 170, reason="x")],
            "x",
            20,
        ),
        # in the window, the first row was last seen at 155 and the second at 165
        (
            [refusal("b", 155, 250, reason="x"), refusal("b", 152, 165, reason="prior_running")],
            "prior_running",
            15,
        ),
        ([refusal("b", 155, 250, reason="x")], "x", 5),
        ([refusal("b", 140, 240 - US, reason="x")], "x", 89.999999),
    ],
)
def test_of_several_refusals_the_last_in_the_window_counts(
    rows: list[Any], reason: str, into: float
) -> None:
    verdict = last_of("b", cycle(*TWO, executions=rows))

    assert verdict.reason == reason
    assert verdict.at == at(150 + into)


def test_a_refusal_of_another_runner_or_a_start_of_it_counts_for_nobody_else() -> None:
    rows = [refusal("a", 160), execution("a", 200, 201, number=2)]

    assert last_of("b", cycle(*TWO, executions=rows)).is_missed


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(150 - US, "upcoming"), (150, "open"), (195, "open"), (195 + US, "unserved")],
)
def test_a_window_is_open_from_its_start_to_its_last_startable_instant(
    now: float, verdict: str
) -> None:
    assert last_of("b", cycle(*TWO, now=now)).verdict == verdict


def test_without_a_limit_a_window_is_open_to_its_end() -> None:
    whole = [revision(SchedulingPolicy(max_start_slot_fraction=1))]

    assert last_of("b", cycle(*TWO, revisions=whole, now=240 - US)).verdict is Verdict.OPEN
    assert last_of("b", cycle(*TWO, revisions=whole, now=240)).is_missed


@pytest.mark.parametrize(
    ("watches", "is_known"),
    [
        ([watch(-10, 150 - US)], False),
        ([watch(-10, 195)], True),  # a watch speaks for its last instant too
        ([watch(-10, 195 - US)], False),
        ([watch(150, 400)], True),
        ([watch(150 + US, 400)], False),
        ([watch(-10, 160), watch(160 + US, 400)], True),
        ([watch(-10, 140), watch(145, 200), watch(210, 400)], True),  # gaps outside of it
    ],
)
def test_a_gap_counts_where_it_meets_the_startable_part(
    watches: list[Any], *, is_known: bool
) -> None:
    verdict = last_of("b", cycle(*TWO, watches=watches))

    assert verdict.verdict is (Verdict.UNSERVED if is_known else Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("watches", "verdict"),
    [
        ([watch(-10, 160)], "open"),  # it speaks for now
        ([watch(-10, 160 - US)], "unknown"),
        ([watch(-10, 100), watch(155, 160)], "open"),
        ([], "unknown"),
        (None, "open"),  # nothing can go unseen
    ],
)
def test_an_open_window_is_unknown_where_nobody_watches_now(
    watches: list[Any] | None, verdict: str
) -> None:
    assert last_of("b", cycle(*TWO, watches=watches, now=160)).verdict == verdict


@pytest.mark.parametrize(
    ("watches", "verdict"),
    [
        ([], "unknown"),
        ([watch(-10, -US)], "unknown"),
        ([watch(-10, 0)], "open"),
        (None, "open"),
    ],
)
def test_the_first_instant_of_a_cycle_is_watched_or_not_as_any(
    watches: list[Any] | None, verdict: str
) -> None:
    assert of("a", cycle(*TWO, watches=watches, now=0))[0].verdict == verdict


@pytest.mark.parametrize(
    ("rows", "run_id"),
    [
        ([execution("b", 100, 110), execution("b", 120, 121, number=2)], "run-2"),
        ([execution("b", 0, 110)], "run-1"),  # the first instant of the cycle
        ([execution("b", -US, 110)], None),  # of the cycle before
        ([abandoned("b", 100, 110)], None),
        ([execution("b", 100, 110), abandoned("b", 120, 121, number=2)], "run-1"),
        ([refusal("b", 100)], None),
        ([execution("a", 100, 110)], None),  # another runner's
    ],
)
def test_what_came_before_is_the_latest_good_start_of_the_cycle(
    rows: list[Any], run_id: str | None
) -> None:
    verdict = last_of("b", cycle(*TWO, executions=rows))

    assert verdict.run_id == run_id
    assert verdict.is_missed is (run_id is None)


def test_a_start_counts_only_in_its_own_cycle_where_the_interval_became_shorter() -> None:
    minute = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    runs = [execution("a", 30, 31), execution("a", 185, 186, number=2)]

    found = of(
        "a", cycle(span("a"), revisions=[revision(POLICY), revision(minute, 120)], executions=runs)
    )

    assert drawn(found) == [
        (0, 120, "served", ""),  # of the window [0, 300)
        (120, 180, "unserved", ""),
        (180, 240, "served", ""),
        (240, 300, "unserved", ""),
    ]


def test_a_start_before_the_cycle_is_not_asked_for_where_the_interval_became_longer() -> None:
    # From 400 on the plan is that of [0, 600): a's one window is startable until 300.
    ten = SchedulingPolicy(service_interval_minutes=10)

    found = of(
        "a",
        cycle(
            span("a"),
            start=300,
            now=600,
            revisions=[revision(POLICY), revision(ten, 400)],
            executions=[execution("a", 290, 299)],
        ),
    )

    assert drawn(found) == [
        (300, 400, "unserved", "replanned"),
        (400, 600, "unserved", "replanned"),
    ]
    assert [startable(each) > 0 for each in found] == [True, False]


@pytest.mark.parametrize(
    ("joined", "first", "second"),
    [
        # a's window [0, 90) until the join, then [0, 40), startable until 20
        (20, 20.0, US),
        (20 + US, 20 + US, 0.0),
    ],
)
def test_a_window_is_laid_too_late_just_after_its_last_startable_instant(
    joined: float, first: float, second: float
) -> None:
    found = of("a", cycle(*TWO, span("c", joined)))

    assert [(each.reason, startable(each)) for each in found] == [
        ("replanned", first),
        ("replanned", second),
    ]


@pytest.mark.parametrize(("joined", "reason"), [(45, "replanned"), (45 + US, ""), (60, "")])
def test_a_change_explains_nothing_once_the_startable_part_is_over(
    joined: float, reason: str
) -> None:
    # Of a's new window [0, 40) nothing is left.
    (cut,) = of("a", cycle(*TWO, span("c", joined)))

    assert drawn([cut]) == [(0, joined, "unserved", reason)]


def test_a_change_at_the_end_of_a_window_takes_nothing_away() -> None:
    # Without a limit all of [0, 90) is startable; c joins at 90.
    whole = SchedulingPolicy(max_start_slot_fraction=1)

    first = of("a", cycle(*TWO, span("c", 90), revisions=[revision(whole)]))[0]

    assert (first.end, first.is_missed) == (at(90), True)


def test_a_window_shortened_by_rounding_alone_is_not_cut_short() -> None:
    # A cycle of 60 / 7 s that begins at 8.571429: its last window would end a microsecond after it.
    seventh = SchedulingPolicy(
        service_interval_minutes=1 / 7, spread_margin_minutes=0, max_start_slot_fraction=1
    )
    timeline = cycle(*TWO, revisions=[revision(seventh)], start=8.571429, now=100)

    verdict = last_of("b", timeline)

    assert verdict.slot is not None
    assert verdict.slot.slot_end - timeline.cycle_end == MICROSECOND
    assert verdict.is_missed


def test_a_policy_change_lays_windows_anew() -> None:
    # From 100 on the margin is 30 s: windows of 120 s, startable for 60 s.
    half = SchedulingPolicy(spread_margin_minutes=0.5)
    timeline = cycle(*TWO, revisions=[revision(POLICY), revision(half, 100)])

    assert drawn(of("a", timeline)) == [
        (0, 90, "unserved", ""),
        (100, 120, "unserved", "replanned"),
    ]
    assert drawn(of("b", timeline)) == [(150, 270, "unserved", "")]
    assert startable(last_of("b", timeline)) == 60 + US


def test_a_joiner_in_the_middle_splits_the_windows() -> None:
    # c joins at 170: then [0, 40), [100, 140) are over, and c has [200, 240), startable until 220.
    timeline = cycle(
        *TWO,
        span("c", 170),
        executions=[execution("a", 1, 2), execution("b", 151, 160, number=2)],
    )

    assert {each.runner_id: drawn(of(each.runner_id, timeline)) for each in timeline.lanes} == {
        "a": [(0, 90, "served", "")],
        "b": [(150, 170, "served", "")],
        "c": [(200, 240, "unserved", "")],
    }


def test_a_window_of_no_length_is_never_laid() -> None:
    # 6 / 2 - 2.9999999 s is less than half a microsecond.
    sliver = SchedulingPolicy(service_interval_minutes=0.1, spread_margin_minutes=2.9999999 / 60)
    timeline = cycle(*TWO, revisions=[revision(sliver)], executions=[execution("b", 3, 4)], now=6)

    assert judge_slots(timeline) == ()


def test_a_window_cut_at_the_instant_it_begins_is_never_laid() -> None:
    # b leaves at 150, where its window would begin.
    timeline = cycle(span("a", -9), span("b", -8, 150 - US), executions=[execution("b", 150, 151)])

    assert of("b", timeline) == []


def test_a_run_that_began_before_the_cycle_serves_no_window_of_it() -> None:
    verdict = of("a", cycle(*TWO, executions=[execution("a", -1, 20)]))[0]

    assert verdict.is_missed


def test_verdicts_come_lane_by_lane_in_order_of_time() -> None:
    timeline = cycle(*TWO, span("c", 20), executions=[execution("z", 3, 4)])

    assert [(each.runner_id, seconds(each.start)) for each in judge_slots(timeline)] == [
        ("a", 0),
        ("a", 20),
        ("b", 100),
        ("c", 200),
    ]


def test_a_verdict_knows_its_window_and_the_row() -> None:
    row = replace(claimed(execution("b", 151, 152)), execution_id=44)

    verdict = last_of("b", cycle(*TWO, executions=[row]))

    assert verdict.slot is not None
    assert (verdict.position, verdict.execution_id) == (1, 44)
    assert (verdict.slot.slot_start, verdict.slot.slot_end) == (at(150), at(240))


@pytest.mark.parametrize(("instant", "runners"), [(-1, 1), (0, 1), (99, 1), (100, 2), (999, 2)])
def test_the_plan_in_force_is_the_nearest_one(instant: float, runners: int) -> None:
    timeline = cycle(span("a"), span("b", 100))

    assert len(timeline.plan_at(at(instant)).runners) == runners


def test_a_timeline_without_runners_has_no_verdicts() -> None:
    nobody: tuple[PresenceSpan, ...] = ()

    assert judge_slots(cycle(*nobody)) == ()

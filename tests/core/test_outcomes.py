"""How a cycle of 300 s went, in one word. a has [0, 90), startable for 45 s, b [150, 240)."""

import re
from typing import Any

import pytest

from scheduler.core.judging import outcomes as module
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.outcomes import CycleCounts, judge_cycle
from scheduler.core.judging.verdicts import Verdict
from tests.core.build import (
    abandoned,
    claimed,
    cycle,
    execution,
    refusal,
    span,
    watch,
)

US = 0.000001
TWO = (span("a", -9), span("b", -8))
A_RUN, B_RUN = execution("a", 1, 2), execution("b", 151, 152, number=2)
LOST = abandoned("b", 151, 152, number=2)
LATE = refusal("b", 200, number=2)
# b's run of the cycle before went on beyond its cycle; its window and the margin ended with it.
OVERDUE = {"slot_end": 0, "runner_count": 2}
UNSEEN = [watch(-10, 100), watch(220, 400)]  # b's startable part, among others
MARGIN_UNSEEN = [watch(-10, 100), watch(120, 400)]
# a is not heard of from 100 to 140: b is alone then, in a window that is startable until 150.
AWAY = (span("a", -9, 100), span("a", 140, created=-9), span("b", -8))
# Four runners have windows of 15 s: b's, [75, 90), is startable until 82.5. a dies at 100.
FOUR = (span("a", -9, 100), span("b", -8), span("c", -7), span("d", -6))
DEAD = claimed(abandoned("a", 1, 100, reason="runner_dead"))

OUTCOMES = [
    pytest.param({"executions": [A_RUN, B_RUN], "now": 300 - US}, "in_progress", id="1"),
    pytest.param({"executions": [A_RUN, B_RUN], "now": 300}, "served", id="1: over with its end"),
    pytest.param({"executions": [], "watches": [], "now": 299}, "in_progress", id="1 before 6"),
    pytest.param(
        {"executions": [execution("a", 10)], "presences": AWAY[::2], "now": 299},
        "in_progress",
        id="1 before 2: a dead holder, but the cycle goes on",
    ),
    pytest.param(
        {"executions": [execution("a", 10)], "presences": AWAY[::2], "now": 900},
        "stuck",
        id="2: a dead holder goes on",
    ),
    pytest.param(
        {"executions": [A_RUN, B_RUN, execution("z", 250, number=3)], "now": 900},
        "stuck",
        id="2: a dead holder goes on, though it blocked no window of this cycle",
    ),
    pytest.param(
        {"executions": [claimed(execution("b", -100, 46), **OVERDUE)]},
        "stuck",
        id="2: a run outlived its cycle, and a was blocked by it",
    ),
    pytest.param(
        {"executions": [claimed(execution("b", -100), **OVERDUE)], "now": 900},
        "stuck",
        id="2: a run outlived its cycle and goes on",
    ),
    pytest.param(
        {
            "executions": [
                claimed(execution("b", -100, 20), **OVERDUE),
                execution("a", 21, 22, number=3),
                B_RUN,
            ]
        },
        "served",
        id="2: a run outlived its cycle, and nobody was blocked",
    ),
    pytest.param(
        {"executions": [execution("a", 10, 200)], "presences": AWAY},
        "stuck",
        id="2: a run outlived its runner's heartbeat, and b was blocked",
    ),
    pytest.param(
        {"executions": [execution("a", 10, 196)]},
        "partial",
        id="2: a run outlived no more than its slot, though b was blocked",
    ),
    pytest.param(
        {"executions": [DEAD], "presences": FOUR},
        "stuck",
        id="2 before 3: given up as dead, and b was blocked",
    ),
    pytest.param(
        {"executions": [claimed(execution("b", -100, 20), **OVERDUE), refusal("a", 60)]},
        "blocked",
        id="2: overdue, and a was blocked for another reason",
    ),
    pytest.param({"executions": [LOST]}, "failed", id="3"),
    pytest.param(
        {"executions": [LOST, abandoned("a", 1, 2, number=3)]}, "failed", id="3: all of several"
    ),
    pytest.param({"executions": [LOST, refusal("a", 60)]}, "failed", id="3 before 4 and 5"),
    pytest.param({"executions": [LOST], "watches": [watch(100, 400)]}, "failed", id="3 before 6"),
    pytest.param({"executions": [LATE]}, "blocked", id="4"),
    pytest.param({"executions": [LATE], "watches": [watch(100, 400)]}, "blocked", id="4 before 6"),
    pytest.param(
        {"presences": (*FOUR[1:], span("e", -5), span("f", -4)), "executions": []},
        "blocked",
        id="4: no runner had a window",
    ),
    pytest.param(
        {"executions": [claimed(execution("b", -100, 20), **OVERDUE), LATE]},
        "blocked",
        id="4: a run of the cycle before is no start",
    ),
    pytest.param({"executions": [A_RUN, LATE]}, "partial", id="5: a window was blocked"),
    pytest.param({"executions": [A_RUN, LOST]}, "partial", id="5: a window was abandoned"),
    pytest.param({"executions": [A_RUN]}, "partial", id="5: a window was not served"),
    # The margin after b's window ends with the cycle: its run is past nothing in it.
    pytest.param(
        {"executions": [execution("b", 160)]}, "partial", id="5: a start that goes on is one"
    ),
    pytest.param({"executions": [A_RUN, LATE], "watches": [watch(100, 400)]}, "partial", id="5"),
    pytest.param(
        {"executions": [LOST, A_RUN], "watches": [watch(100, 400)]}, "partial", id="5 before 6"
    ),
    pytest.param({"executions": [A_RUN], "watches": UNSEEN}, "unknown", id="6 before 7"),
    pytest.param({"executions": [], "watches": []}, "unknown", id="6 before 8"),
    pytest.param(
        {"executions": [], "watches": UNSEEN, "presences": ()},
        "unknown",
        id="6: a gap, and no window at all",
    ),
    pytest.param(
        {"executions": [A_RUN, B_RUN], "watches": MARGIN_UNSEEN},
        "served",
        id="6: a gap that no window's startable part meets",
    ),
    pytest.param({"executions": [A_RUN, B_RUN]}, "served", id="7"),
    pytest.param(
        {"executions": [A_RUN, execution("b", 100, 101, number=2)]},
        "served",
        id="7: b had started before its window",
    ),
    pytest.param(
        {"executions": [A_RUN], "presences": (span("a", -9), span("b", -8, 170))},
        "served",
        id="7: b's window was replanned, and a had started",
    ),
    pytest.param({"executions": []}, "empty", id="8: nobody used a window"),
    pytest.param({"executions": [], "presences": ()}, "empty", id="8: nobody was there"),
    pytest.param(
        {"executions": [], "watches": MARGIN_UNSEEN}, "empty", id="8: a gap that meets no window"
    ),
]


@pytest.mark.parametrize(("told", "outcome"), OUTCOMES)
def test_the_first_row_that_applies_is_the_outcome(told: dict[str, Any], outcome: str) -> None:
    facts = dict(told)

    assert judge_cycle(cycle(*facts.pop("presences", TWO), **facts)).outcome == outcome


def test_every_outcome_is_in_the_table_and_in_words() -> None:
    written = re.findall(r"^\| (\d) \| `(\w+)`", module.__doc__ or "", re.MULTILINE)

    assert [number for number, _ in written] == [str(number) for number in range(1, 9)]
    assert {outcome for _, outcome in written} == set(Outcome)
    assert {each.values[1] for each in OUTCOMES} == set(Outcome)


@pytest.mark.parametrize(
    ("start", "counts"), [(-US, False), (0, True), (300 - US, True), (300, False)]
)
def test_a_run_or_a_refusal_counts_where_it_began(start: float, *, counts: bool) -> None:
    rows = [execution("a", start, 400), refusal("b", start, 400, attempts=4, number=2)]

    counted = judge_cycle(cycle(*TWO, executions=rows, now=500)).counts

    assert (counted.started, counted.blocked) == ((1, {"late_start": 4}) if counts else (0, {}))


def test_the_counts_are_of_runs_attempts_and_windows() -> None:
    # a served its window and b lost its own; c, who joined at 205, has a part of [200, 240) left,
    # startable until 220.
    rows = [
        execution("a", 1, 2),
        execution("a", 5, number=2),
        execution("a", 3, 4, number=3),
        abandoned("b", 151, 152, number=4),
        refusal("b", 160, 190, attempts=1_000, number=5),
        refusal("c", 206, attempts=2, number=6),
        refusal("c", 207, reason="prior_running", number=7),
    ]

    counts = judge_cycle(cycle(*TWO, span("c", 205), executions=rows)).counts

    assert counts == CycleCounts(
        started=4,
        completed=2,
        abandoned=1,
        blocked={"late_start": 1_002, "prior_running": 1},
        slots={Verdict.SERVED: 1, Verdict.ABANDONED: 1, Verdict.BLOCKED: 1},
    )


def test_a_cycle_without_anything_counts_nothing() -> None:
    counts = judge_cycle(cycle()).counts

    assert counts == CycleCounts(started=0, completed=0, abandoned=0, blocked={}, slots={})


def test_a_judged_cycle_has_what_its_parts_say() -> None:
    judged = judge_cycle(cycle(*TWO, executions=[A_RUN, LATE]))

    assert [each.verdict for each in judged.verdicts] == ["served", "blocked"]
    assert judged.incidents == ()

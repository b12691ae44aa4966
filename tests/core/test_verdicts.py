"""Two runners in the default cycle of 300 s: windows of 300 / 2 - 60 = 90 s, startable for 45 s.

a has [0, 90) until 45, b [150, 240) until 195. With a third runner they are 300 / 3 - 60 = 40 s,
startable for 20 s: [0, 40), [100, 140), [200, 240). Those limits are the last instants that are not
late.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from scheduler.core.judging import slot_judge as module
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.timeline import CycleTimeline
from tests.core.build import (
    abandoned,
    at,
    cycle,
    execution,
    refusal,
    span,
    watch,
)

TWO = (span("a", -9), span("b", -8))
US = 0.000001


def of(runner_id: str, timeline: CycleTimeline) -> list[SlotVerdict]:
    return [each for each in judge_slots(timeline) if each.runner_id == runner_id]


def last_of(runner_id: str, timeline: CycleTimeline) -> SlotVerdict:
    return of(runner_id, timeline)[-1]


NO_ROW = (False, None, 0)

# at, ended_at, abandoned_before, is_over
NO_FACTS = (None, None, 0, True)

RULES = [
    pytest.param(
        {"executions": [execution("b", 152.5, 162.5, number=7)]},
        ("served", "", (True, "run-7", 1)),
        (at(152.5), at(162.5), 0, True),
        id="1: a start that was completed",
    ),
    pytest.param(
        {"executions": [execution("b", 152.5, number=7)]},
        ("served", "", (True, "run-7", 1)),
        (at(152.5), None, 0, True),
        id="1: a start that goes on",
    ),
    pytest.param(
        {"executions": [replace(execution("b", 151, 155), reason="all done")]},
        ("served", "", (True, "run-1", 1)),
        (at(151), at(155), 0, True),
        id="1: what a good run said is no reason",
    ),
    pytest.param(
        {"executions": [abandoned("b", 151, 155), execution("b", 160, 161, number=2)]},
        ("served", "", (True, "run-2", 2)),
        (at(160), at(161), 1, True),
        id="1: abandoned, then completed",
    ),
    pytest.param(
        {"executions": [execution("b", 151, 155), abandoned("b", 160, 161, number=2)]},
        ("served", "", (True, "run-1", 2)),
        (at(151), at(155), 0, True),
        id="1: completed, then abandoned",
    ),
    pytest.param(
        {"executions": [execution("b", 151, 155), execution("b", 160, 161, number=2)]},
        ("served", "", (True, "run-1", 2)),
        (at(151), at(155), 0, True),
        id="1: two starts, the first one is told",
    ),
    pytest.param(
        {"executions": [execution("b", 200, 210)]},
        ("served", "", (True, "run-1", 1)),
        (at(200), at(210), 0, True),
        id="1: a start that was late is a start",
    ),
    pytest.param(
        {"executions": [abandoned("b", 151, 155, reason="oom")]},
        ("abandoned", "oom", (True, "run-1", 1)),
        (at(151), at(155), 0, True),
        id="2: one abandoned start",
    ),
    pytest.param(
        {"executions": [abandoned("b", 151, 155), abandoned("b", 160, 161, reason="x", number=2)]},
        ("abandoned", "crashed", (True, "run-1", 2)),
        (at(151), at(155), 0, True),
        id="2: two abandoned starts, the first one is told",
    ),
    pytest.param(
        {"now": 150 - US},
        ("upcoming", "", NO_ROW),
        (None, None, 0, False),
        id="3: it has not begun",
    ),
    pytest.param(
        {"now": 160, "watches": [watch(-10, 155)]},
        ("unknown", "", NO_ROW),
        (None, None, 0, False),
        id="4: startable, and nobody is watching now",
    ),
    pytest.param(
        {"now": 195},
        ("open", "", NO_ROW),
        (None, None, 0, False),
        id="5: the last instant that is not late",
    ),
    pytest.param(
        {"executions": [refusal("b", 200, number=4)]},
        ("blocked", "late_start", (True, "run-4", 1)),
        (at(200), None, 0, True),
        id="6: a late start",
    ),
    pytest.param(
        {"executions": [refusal("b", 160, 170, reason="prior_running", attempts=1_200)]},
        ("blocked", "prior_running", (True, "run-1", 1_200)),
        (at(170), None, 0, True),
        id="6: a refusal that was repeated",
    ),
    pytest.param(
        {"watches": [watch(-10, 160), watch(161, 400)]},
        ("unknown", "", NO_ROW),
        NO_FACTS,
        id="7: a second nobody saw",
    ),
    pytest.param(
        {"executions": [execution("b", 100, 110, number=3)]},
        ("unserved", "already_served", (False, "run-3", 0)),
        (at(100), None, 0, True),
        id="8: its runner had started before",
    ),
    pytest.param(
        # d makes four slots of 75 s, windows of 15 s: b's is [75, 90), startable until 82.5
        {"presences": (span("a", -9), span("b", -8), span("c", -7), span("d", 85))},
        ("unserved", "replanned", NO_ROW),
        NO_FACTS,
        id="9: laid too late",
    ),
    pytest.param(
        {"executions": [execution("a", 10, 195 + US, number=9)]},
        ("blocked", "prior_running", (False, "run-9", 0)),
        NO_FACTS,
        id="10: a run held the service all the time",
    ),
    pytest.param(
        {"presences": (*TWO, span("c", -7, 159.999999))},
        ("unserved", "replanned", NO_ROW),
        NO_FACTS,
        id="11: laid 10 s too late to be whole",
    ),
    pytest.param(
        {"presences": (*TWO, span("c", 170))},
        ("unserved", "replanned", NO_ROW),
        NO_FACTS,
        id="11: taken away after 20 s",
    ),
    pytest.param(
        {},
        ("unserved", "", NO_ROW),
        NO_FACTS,
        id="12: nothing explains it",
    ),
]


@pytest.mark.parametrize(("told", "expected", "facts"), RULES)
def test_each_rule_has_its_verdict(
    told: dict[str, Any],
    expected: tuple[str, str, tuple[bool, str | None, int]],
    facts: tuple[datetime | None, datetime | None, int, bool],
) -> None:
    rows = dict(told)

    verdict = last_of("b", cycle(*rows.pop("presences", TWO), **rows))

    recorded = (verdict.recorded, verdict.run_id, verdict.attempts)
    assert (verdict.verdict, verdict.reason, recorded) == expected
    assert facts == (
        verdict.at,
        verdict.ended_at,
        verdict.abandoned_before,
        verdict.is_over,
    )
    assert verdict.is_missed is (expected[:2] == ("unserved", ""))


def test_every_rule_and_every_verdict_is_in_the_table_and_in_the_docstring() -> None:
    written = re.findall(r"^ ?(\d+)  (\w+) ", module.__doc__ or "", re.MULTILINE)
    shown = {
        (str(each.id).partition(":")[0], expected[0])
        for each in RULES
        if isinstance(expected := each.values[1], tuple)
    }

    assert set(written) == shown
    assert [number for number, _ in written] == [str(number) for number in range(1, 13)]
    assert {verdict for _, verdict in written} == set(Verdict)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            {"executions": [execution("b", 160, 161)], "now": 140},
            "served",
            id="1 before 3: a start told by a clock ahead of ours",
        ),
        pytest.param(
            {"executions": [abandoned("b", 160, 161)], "now": 140},
            "abandoned crashed",
            id="2 before 3",
        ),
        pytest.param(
            {"executions": [execution("b", 155, 156), refusal("b", 170, number=2)]},
            "served",
            id="1 before 6",
        ),
        pytest.param(
            {"executions": [abandoned("b", 155, 156), refusal("b", 170, number=2)]},
            "abandoned crashed",
            id="2 before 6",
        ),
        pytest.param(
            {"executions": [execution("b", 155, 156)], "watches": []}, "served", id="1 before 7"
        ),
        pytest.param({"now": 140, "watches": []}, "upcoming", id="3 before 4"),
        pytest.param(
            {"now": 160, "watches": [], "executions": [refusal("b", 155, reason="prior_running")]},
            "unknown",
            id="4 before 6",
        ),
        pytest.param(
            {"now": 160, "executions": [refusal("b", 155, reason="prior_running")]},
            "open",
            id="5 before 6",
        ),
        pytest.param(
            {"now": 170, "watches": [watch(-10, 155), watch(160, 400)]}, "open", id="5 before 7"
        ),
        pytest.param(
            {"executions": [refusal("b", 200)], "watches": []},
            "blocked late_start",
            id="6 before 7",
        ),
        pytest.param(
            {"executions": [execution("b", 100, 110), refusal("b", 200, number=2)]},
            "blocked late_start",
            id="6 before 8",
        ),
        pytest.param(
            {"executions": [execution("a", 10, 290), refusal("b", 200, number=2)]},
            "blocked late_start",
            id="6 before 10",
        ),
        pytest.param(
            {"executions": [execution("b", 100, 110)], "watches": []}, "unknown", id="7 before 8"
        ),
        pytest.param(
            {"executions": [execution("a", 10, 290)], "watches": []}, "unknown", id="7 before 10"
        ),
        pytest.param(
            {"executions": [execution("b", 100, 290)]}, "unserved already_served", id="8 before 10"
        ),
        pytest.param(
            {
                "presences": (*TWO, span("c", 170)),
                "executions": [execution("b", 100, 110)],
            },
            "unserved already_served",
            id="8 before 11",
        ),
        pytest.param(
            {"presences": (*TWO, span("c", 170)), "executions": [execution("a", 10, 290)]},
            "blocked prior_running",
            id="10 before 11",
        ),
    ],
)
def test_the_first_rule_that_applies_counts(told: dict[str, Any], expected: str) -> None:
    facts = dict(told)

    verdict = last_of("b", cycle(*facts.pop("presences", TWO), **facts))

    assert f"{verdict.verdict} {verdict.reason}".strip() == expected


# c joins at 30: a's window becomes [0, 40), startable until 20, of which [30, 40) is left.
LAID_TOO_LATE = (*TWO, span("c", 30))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"watches": []}, "unknown", id="7 before 9"),
        pytest.param({"executions": [execution("a", 5, 6)]}, "already_served", id="8 before 9"),
        pytest.param({"executions": [execution("b", 5, 290)]}, "replanned", id="9 before 10"),
    ],
)
def test_a_window_laid_too_late_has_its_place_in_the_order(
    told: dict[str, Any], expected: str
) -> None:
    verdict = last_of("a", cycle(*LAID_TOO_LATE, **told))

    assert (verdict.start, verdict.end) == (at(30), at(40))
    assert (verdict.reason or verdict.verdict) == expected

"""Two runners in the default cycle of 300 s: windows of 300 / 2 - 60 = 90 s, startable for 45 s.

a has [0, 90) until 45, b [150, 240) until 195.
"""

from dataclasses import replace
from typing import Any

import pytest

from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.reasons import WindowReason
from scheduler.words.verdicts import verdict_detail
from tests.core.build import abandoned, cycle, execution, refusal, span, watch

TWO = (span("a", -9), span("b", -8))
US = 0.000001


def last_of_b(**told: Any):
    judged = judge_slots(cycle(*told.pop("presences", TWO), **told))
    return [each for each in judged if each.runner_id == "b"][-1]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param(
            {"executions": [execution("b", 152.5, 162.5, number=7)]},
            "started 2.5 s into its 90 s window, ran for 10 s",
            id="a start that was completed",
        ),
        pytest.param(
            {"executions": [execution("b", 152.5, number=7)]},
            "started 2.5 s into its 90 s window",
            id="a start that goes on",
        ),
        pytest.param(
            {"executions": [replace(execution("b", 151, 155), reason="all done")]},
            "started 1 s into its 90 s window, ran for 4 s",
            id="what a good run said is no reason",
        ),
        pytest.param(
            {"executions": [abandoned("b", 151, 155), execution("b", 160, 161, number=2)]},
            "started 10 s into its 90 s window after 1 abandoned run, ran for 1 s",
            id="abandoned, then completed",
        ),
        pytest.param(
            {"executions": [execution("b", 151, 155), abandoned("b", 160, 161, number=2)]},
            "started 1 s into its 90 s window, ran for 4 s",
            id="completed, then abandoned",
        ),
        pytest.param(
            {"executions": [execution("b", 151, 155), execution("b", 160, 161, number=2)]},
            "started 1 s into its 90 s window, ran for 4 s",
            id="two starts, the first one is told",
        ),
        pytest.param(
            {"executions": [execution("b", 200, 210)]},
            "started 50 s into its 90 s window, ran for 10 s",
            id="a start that was late is a start",
        ),
        pytest.param(
            {"executions": [abandoned("b", 151, 155, reason="oom")]},
            "started 1 s into its 90 s window, ran for 4 s",
            id="one abandoned start",
        ),
        pytest.param(
            {
                "executions": [
                    abandoned("b", 151, 155),
                    abandoned("b", 160, 161, reason="x", number=2),
                ]
            },
            "started 1 s into its 90 s window, ran for 4 s",
            id="two abandoned starts, the first one is told",
        ),
        pytest.param(
            {"now": 150 - US},
            "startable for 45 s of its 90 s window",
            id="it has not begun",
        ),
        pytest.param(
            {"now": 160, "watches": [watch(-10, 155)]},
            "startable for 45 s of its 90 s window",
            id="startable, and nobody is watching now",
        ),
        pytest.param(
            {"now": 195},
            "startable for 45 s of its 90 s window",
            id="the last instant that is not late",
        ),
        pytest.param(
            {"executions": [refusal("b", 200, number=4)]},
            "refused 50 s into its 90 s window",
            id="a late start",
        ),
        pytest.param(
            {"executions": [refusal("b", 160, 170, reason="prior_running", attempts=1_200)]},
            "refused 20 s into its 90 s window, 1,200 times in the cycle",
            id="a refusal that was repeated",
        ),
        pytest.param(
            {"watches": [watch(-10, 160), watch(161, 400)]},
            "not watched throughout, startable for 45 s of its 90 s window",
            id="a second nobody saw",
        ),
        pytest.param(
            {"executions": [execution("b", 100, 110, number=3)]},
            "had started 50 s before it",
            id="its runner had started before",
        ),
        pytest.param(
            # d makes four slots of 75 s, windows of 15 s: b's is [75, 90), startable until 82.5
            {"presences": (span("a", -9), span("b", -8), span("c", -7), span("d", 85))},
            "laid too late, startable for 0 s of its 15 s window",
            id="laid too late",
        ),
        pytest.param(
            {"executions": [execution("a", 10, 195 + US, number=9)]},
            "refused throughout, startable for 45 s of its 90 s window",
            id="a run held the service all the time",
        ),
        pytest.param(
            {"presences": (*TWO, span("c", -7, 159.999999))},
            "cut short, startable for 35 s of its 90 s window",
            id="laid 10 s too late to be whole",
        ),
        pytest.param(
            {"presences": (*TWO, span("c", 170))},
            "cut short, startable for 20 s of its 90 s window",
            id="taken away after 20 s",
        ),
        pytest.param(
            {},
            "startable for 45 s of its 90 s window",
            id="nothing explains it",
        ),
    ],
)
def test_what_became_of_a_window(told: dict[str, Any], words: str) -> None:
    assert verdict_detail(last_of_b(**told)) == words


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (None, "started 2.5 s into its 90 s window, and goes on past its end"),
        (162.5, "started 2.5 s into its 90 s window, ran for 160 s, overran by 72.5 s"),
    ],
)
def test_a_run_that_outlasted_its_window(end: float | None, words: str) -> None:
    verdict = judge_slots(cycle(*TWO, executions=[execution("a", 2.5, end)], now=200))[0]

    assert verdict.reason == WindowReason.OVERRAN
    assert verdict_detail(verdict) == words


def test_two_abandoned_runs_before_it() -> None:
    verdict = replace(last_of_b(executions=[execution("b", 152.5, 153)]), abandoned_before=2)

    assert verdict_detail(verdict) == (
        "started 2.5 s into its 90 s window after 2 abandoned runs, ran for 0.5 s"
    )


def test_a_slot_without_a_window() -> None:
    five = [span(name, number - 9) for number, name in enumerate("abcde")]

    assert verdict_detail(last_of_b(presences=five)) == ("5 runners × margin 60 s ≥ interval 300 s")


def test_numbers_are_to_the_millisecond_as_people_read_them() -> None:
    rows = [refusal("b", 160.0004, reason="prior_running")]

    assert verdict_detail(last_of_b(executions=rows)) == "refused 10 s into its 90 s window"

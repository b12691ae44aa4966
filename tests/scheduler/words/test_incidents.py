"""Incidents in sentences, from their facts alone."""

from dataclasses import replace
from typing import Any

import pytest

from scheduler.core.incidents.kinds import (
    HolderFacts,
    Incident,
    IncidentKind,
    LimitFacts,
    MarginFacts,
    Outside,
)
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.policy import NoWindow
from scheduler.words.incidents import KINDS, OUTSIDE, incident_sentence
from scheduler.words.limits import LIMIT_WORDS
from tests.core.build import at

FULL = NoWindow(runner_count=5, margin_seconds=60.0, interval_seconds=300.0, max_runners=4)
LOST = MarginFacts(startable_seconds=20.0, check_interval_seconds=30.0, margin_seconds=60.0)
SILENT = HolderFacts(was_heard=False)


def incident(kind: IncidentKind, end: float | None, **more: Any) -> Incident:
    """From 40 s on; of one that goes on, 90 s are known."""
    known: dict[str, Any] = {
        "runner_ids": ("a",),
        "seconds": 90.0 if end is None else end - 40,
    } | more
    return Incident(kind=kind, start=at(40), end=None if end is None else at(end), **known)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            incident(IncidentKind.OVERLAP, 50, count=2, runner_ids=("a", "b")),
            (
                "2 runs overlapped for 10 s, on a and b. Runs keep each other out only where a"
                " store refuses the second one."
            ),
        ),
        (
            incident(IncidentKind.OVERLAP, None, count=2),
            (
                "2 runs have overlapped, on a. Runs keep each other out only where a store refuses"
                " the second one."
            ),
        ),
        (
            incident(IncidentKind.DEAD_HOLDER, 100, reason="runner_dead", facts=SILENT),
            "a fell silent while it held the service, and was given up after 1 m.",
        ),
        (
            incident(IncidentKind.DEAD_HOLDER, 266, reason="crashed", facts=SILENT),
            "a fell silent while it held the service, and its run was ended after 3 m 46 s.",
        ),
        (
            incident(IncidentKind.DEAD_HOLDER, None, facts=SILENT),
            "a fell silent while it held the service. See whether it is alive.",
        ),
        (
            incident(
                IncidentKind.DEAD_HOLDER,
                40,
                reason="runner_dead",
                facts=HolderFacts(was_heard=True),
            ),
            "a was given up as dead while it held the service, though its heartbeats came on time.",
        ),
        (
            # It began with another limit.
            incident(
                IncidentKind.STUCK_RUN,
                145,
                reason=RunLimit.PAST_HEARTBEAT,
                facts=LimitFacts(passed_at=at(100.000001)),
            ),
            "The run of a went on for 45 s past its runner's heartbeat.",
        ),
        (
            incident(
                IncidentKind.STUCK_RUN,
                None,
                reason=RunLimit.PAST_CYCLE,
                facts=LimitFacts(passed_at=at(60)),
            ),
            "The run of a has gone past the end of its cycle.",
        ),
        (
            incident(IncidentKind.ALL_WINDOWS_INVALID, 50, count=5, facts=FULL),
            (
                "No slot has a window: 5 runners × margin 60 s ≥ interval 300 s. Lower the margin"
                " below 60 s or run at most 4."
            ),
        ),
        (
            incident(IncidentKind.RUN_OUTSIDE_SLOT, 50, reason=Outside.OTHER_TIME),
            "a started outside of its window. Compare its clock with ours.",
        ),
        (
            incident(IncidentKind.RUN_OUTSIDE_SLOT, 50, reason=Outside.NO_MEMBER),
            "a started when it was no member of the fleet. See why its heartbeats were missing.",
        ),
        (
            incident(IncidentKind.RUN_OUTSIDE_SLOT, None, reason=Outside.NO_WINDOW),
            (
                "a started when the margin left no runner a window. See whether the fleet has the"
                " same policy."
            ),
        ),
        (
            incident(IncidentKind.MEMBERSHIP_FLAPPING, 50, count=7, runner_ids=("c", "d")),
            (
                "c and d came and went 7 times in one cycle, and every time the slots were"
                " replanned. See whether heartbeats come often enough."
            ),
        ),
        (
            incident(IncidentKind.UNSERVED_SLOTS, 50),
            (
                "1 slot of a passed without a start, and nothing explains it. See whether its"
                " runner checks."
            ),
        ),
        (
            incident(IncidentKind.UNSERVED_SLOTS, 50, count=2),
            (
                "2 slots of a passed without a start, and nothing explains it. See whether its"
                " runner checks."
            ),
        ),
        (
            incident(IncidentKind.UNSERVED_SLOTS, 50, count=2, runner_ids=("a", "b")),
            (
                "2 slots of a and b passed without a start, and nothing explains it. See whether"
                " their runners check."
            ),
        ),
        (
            incident(IncidentKind.SLOT_LOST_TO_MARGIN, 50, count=2, facts=LOST),
            (
                "2 slots of a passed without a start: startable for 20 s, while checks come every"
                " 30 s. Lower the margin of 60 s, or check more often."
            ),
        ),
    ],
)
def test_an_incident_in_a_sentence(told: Incident, sentence: str) -> None:
    assert incident_sentence(told) == sentence


@pytest.mark.parametrize(
    ("names", "unnamed", "listed"),
    [
        (("a", "b", "c"), 0, "a, b and c"),
        (("a", "b", "c", "d", "e"), 0, "a, b, c and 2 more"),
        (("a", "b", "c", "d"), 996, "a, b, c and 997 more"),
        (("{0} {cost}",), 0, "{0} {cost}"),
    ],
)
def test_who_is_told_up_to_three(names: tuple[str, ...], unnamed: int, listed: str) -> None:
    told = incident(IncidentKind.OVERLAP, 50, runner_ids=names, unnamed=unnamed)

    assert f", on {listed}. " in incident_sentence(told)


@pytest.mark.parametrize("kind", IncidentKind)
def test_a_sentence_says_nothing_of_its_cost(kind: IncidentKind) -> None:
    told = incident(kind, 50, reason=RunLimit.PAST_SLOT if kind == "stuck_run" else "")

    assert incident_sentence(told) == incident_sentence(replace(told, blocked_attempts=5))


def test_flapping_over_several_cycles_says_over_how_many() -> None:
    told = incident(IncidentKind.MEMBERSHIP_FLAPPING, 900, count=40)

    assert "came and went 40 times in 3 cycles, and" in incident_sentence(told, cycles=3)


@pytest.mark.parametrize(
    ("kind", "reason", "sentence"),
    [
        (
            IncidentKind.DEAD_HOLDER,
            "runner_dead",
            "a fell silent while it held the service, and was given up after 10 s.",
        ),
        (IncidentKind.STUCK_RUN, RunLimit.PAST_SLOT, "The run of a went on past its slot."),
        (
            IncidentKind.ALL_WINDOWS_INVALID,
            "slot_window_invalid",
            "The margin left none of 5 runners a window.",
        ),
        (IncidentKind.RUN_OUTSIDE_SLOT, "", "a started where it had no window."),
        (
            IncidentKind.SLOT_LOST_TO_MARGIN,
            "",
            (
                "5 slots of a passed without a start: the margin leaves less time to start in than"
                " checks need."
            ),
        ),
    ],
)
def test_one_that_was_summed_up_before_its_facts_were_kept(
    kind: IncidentKind, reason: str, sentence: str
) -> None:
    assert incident_sentence(incident(kind, 50, reason=reason, count=5)) == sentence


def test_every_kind_and_every_limit_has_its_words() -> None:
    assert list(KINDS) == list(IncidentKind)
    assert set(LIMIT_WORDS) == set(RunLimit)
    assert set(OUTSIDE) == set(Outside)

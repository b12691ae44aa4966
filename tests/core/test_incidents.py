"""Incidents in the default cycle of 300 s, margin 60 s, a check every 30 s.

a and b have windows of 300 / 2 - 60 = 90 s, [0, 90) and [150, 240), startable for 45 s; with c they
are 300 / 3 - 60 = 40 s, [0, 40), [100, 140), [200, 240), startable for 20 s.
"""

import re
from types import NoneType

from scheduler.core import incidents as package
from scheduler.core.incidents.kinds import FACTS_OF, Incident, IncidentKind
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.timeline import CycleTimeline
from tests.core.build import at, cycle, execution, refusal, seconds, span

TWO = (span("a", -9), span("b", -8))
US = 0.000001


def found(timeline: CycleTimeline) -> list[tuple[str, float]]:
    return [(each.kind, seconds(each.start)) for each in judge_cycle(timeline).incidents]


def test_every_kind_is_explained_the_worst_first() -> None:
    told = re.findall(r"^([a-z_]+) +[A-Z]", package.__doc__ or "", re.MULTILINE)

    assert told == list(IncidentKind)


def test_a_cycle_in_which_all_went_well_has_none() -> None:
    runs = [execution("a", 1, 20), execution("b", 151, 170, number=2)]

    assert found(cycle(*TWO, executions=runs)) == []


def test_incidents_come_with_the_worst_kind_first_then_in_order_of_time() -> None:
    # a overruns past 150 into a run of b; two strangers start, the later one in the upper lane; the
    # slot of c is missed.
    runs = [
        execution("a", 10, 160),
        execution("x", 250, 251, number=2),
        execution("b", 155, 158, number=3),
        execution("y", 240, 241, number=4),
    ]

    assert found(cycle(*TWO, span("c", 170), executions=runs)) == [
        ("overlap", 155),
        ("stuck_run", 150),
        ("run_outside_slot", 240),
        ("run_outside_slot", 250),
        ("slot_lost_to_margin", 200),
    ]


def test_a_cycle_can_have_five_kinds_at_once() -> None:
    # c, d and e make five for [20, 30): no window. c comes, goes and comes. a is never heard again.
    presences = [
        span("a", -9, 110),
        span("b", -8),
        span("c", 20, 29.999999),
        span("c", 40, 90, created=20),
        span("d", 20, 29.999999),
        span("e", 20, 29.999999),
    ]
    runs = [
        execution("a", 1),
        execution("z", 5, 6, number=2),
        execution("b", 10, 295, number=3),
    ]

    kinds = [kind for kind, _ in found(cycle(*presences, executions=runs))]

    assert set(kinds) == {
        IncidentKind.OVERLAP,
        IncidentKind.DEAD_HOLDER,
        IncidentKind.ALL_WINDOWS_INVALID,
        IncidentKind.RUN_OUTSIDE_SLOT,
        IncidentKind.MEMBERSHIP_FLAPPING,
    }


def test_an_incident_has_the_facts_of_its_kind() -> None:
    members = (*TWO, span("c", 50, 80 - US), span("c", 120, created=50), span("d", 250))
    five = [span(name, number - 9) for number, name in enumerate("abcde")]
    timelines = [
        cycle(*TWO, executions=[execution("a", 10, 290), execution("z", 20, number=2)]),
        cycle(*members, executions=[execution("a", 1)]),
        cycle(span("a", -9, 40), TWO[1], executions=[execution("a", 10)]),
        cycle(*five),
        cycle(*five[:3]),
        cycle(*TWO),
    ]
    found = [each for timeline in timelines for each in judge_cycle(timeline).incidents]

    assert {each.kind for each in found} == set(IncidentKind)
    assert [
        each for each in found if not isinstance(each.facts, FACTS_OF.get(each.kind, NoneType))
    ] == []


def test_an_incident_is_told_to_the_letter() -> None:
    rows = [
        execution("a", 10, 30),
        execution("b", 20, 50, number=2),
        refusal("b", 21, 25, reason="prior_running", attempts=3, number=3),
    ]

    overlap = judge_cycle(cycle(*TWO, executions=rows)).incidents[0]

    assert overlap == Incident(
        kind=IncidentKind.OVERLAP,
        start=at(20),
        end=at(30),
        seconds=10.0,
        runner_ids=("a", "b"),
        run_ids=("run-1", "run-2"),
        reason="",
        count=2,
        blocked_attempts=3,
    )

"""Incidents of the fleet: no window for anybody, flapping members, slots that nobody served."""

import pytest

from scheduler.core.incidents.kinds import Incident, IncidentKind, MarginFacts
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.policy import NoWindow, SchedulingPolicy
from scheduler.core.rows import RecordedExecution
from scheduler.core.timeline import CycleTimeline
from tests.core.build import at, cycle, execution, refusal, revision, seconds, span, watch

US = 0.000001
FOUR = [span(name, number - 9) for number, name in enumerate("abcd")]
TWO = FOUR[:2]
E = span("e", 100, 200 - US)


def of_kind(kind: IncidentKind, timeline: CycleTimeline) -> list[Incident]:
    return [each for each in judge_cycle(timeline).incidents if each.kind is kind]


def windowless(timeline: CycleTimeline) -> list[Incident]:
    return of_kind(IncidentKind.ALL_WINDOWS_INVALID, timeline)


def test_five_runners_leave_no_window() -> None:
    rows = [refusal("a", 110, 190, reason="slot_window_invalid", attempts=3)]

    assert windowless(cycle(*FOUR, E, executions=rows)) == [
        Incident(
            kind=IncidentKind.ALL_WINDOWS_INVALID,
            start=at(100),
            end=at(200),
            seconds=100.0,
            runner_ids=("a", "b", "c", "d", "e"),
            reason="slot_window_invalid",
            count=5,
            blocked_attempts=3,
            facts=NoWindow(
                runner_count=5, margin_seconds=60.0, interval_seconds=300.0, max_runners=4
            ),
        )
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (100 - US, []),
        (100, [(None, 0.0)]),
        (150, [(None, 50.0)]),
        (200, [(200, 100.0)]),
        (900, [(200, 100.0)]),
    ],
)
def test_it_is_told_as_far_as_it_has_come(
    now: float, expected: list[tuple[float | None, float]]
) -> None:
    found = windowless(cycle(*FOUR, E, now=now))

    assert [(each.end and seconds(each.end), each.seconds) for each in found] == expected


def test_a_policy_still_to_come_is_not_told() -> None:
    # From 200 on two runners have 150 s each, and a margin of as much.
    wide = SchedulingPolicy(spread_margin_minutes=2.5)
    revisions = [revision(SchedulingPolicy()), revision(wide, 200)]

    assert windowless(cycle(*TWO, revisions=revisions, now=200 - US)) == []
    assert len(windowless(cycle(*TWO, revisions=revisions, now=200))) == 1


def test_an_unbroken_interval_is_one_and_tells_the_largest_fleet() -> None:
    timeline = cycle(*FOUR, E, span("f", 120, 150 - US))

    (incident,) = windowless(timeline)

    assert (incident.start, incident.end, incident.count) == (at(100), at(200), 6)
    assert incident.runner_ids == ("a", "b", "c", "d", "e", "f")
    assert isinstance(incident.facts, NoWindow)
    assert incident.facts.runner_count == 6


def test_two_intervals_are_two() -> None:
    timeline = cycle(*FOUR, span("e", 50, 100 - US), span("f", 150))

    assert [seconds(each.start) for each in windowless(timeline)] == [50, 150]
    assert [each.end for each in windowless(timeline)] == [at(100), at(300)]


def test_a_cycle_without_runners_has_no_windows_to_miss() -> None:
    assert judge_cycle(cycle()).incidents == ()


@pytest.mark.parametrize(
    ("first", "last", "reason", "cost"),
    [
        (100, 100, "slot_window_invalid", 2),
        (90, 100 - US, "slot_window_invalid", 0),
        (200, 210, "slot_window_invalid", 2),
        (200 + US, 210, "slot_window_invalid", 0),
        (110, 120, "prior_running", 0),
    ],
)
def test_it_cost_the_starts_that_had_no_window(
    first: float, last: float, reason: str, cost: int
) -> None:
    rows = [refusal("a", first, last, reason=reason, attempts=2), execution("a", 110, 111)]

    (incident,) = windowless(cycle(*FOUR, E, executions=rows))

    assert incident.blocked_attempts == cost


def flapping(timeline: CycleTimeline) -> list[Incident]:
    return of_kind(IncidentKind.MEMBERSHIP_FLAPPING, timeline)


def test_a_runner_that_comes_goes_and_comes_is_told() -> None:
    c = [span("c", 50, 80 - US), span("c", 120, created=50)]

    assert flapping(cycle(*TWO, *c, span("d", 20))) == [
        Incident(
            kind=IncidentKind.MEMBERSHIP_FLAPPING,
            start=at(50),
            end=at(120),
            seconds=70.0,
            runner_ids=("c",),
            count=3,
        )
    ]


def test_a_restart_is_no_flapping() -> None:
    restarted = [span("a", -9, 80), span("a", 90, created=-9), span("b", -8)]

    assert flapping(cycle(*restarted)) == []


def test_all_that_flap_are_told_as_one_and_the_rest_is_not_counted() -> None:
    # d: 3, c: 4 comings and goings; e joins once, after them
    d = [span("d", 10, 20 - US), span("d", 30, created=10)]
    c = [span("c", 40, 50 - US), span("c", 60, 70 - US, created=40)]

    (incident,) = flapping(cycle(*TWO, *d, *c, span("e", 200)))

    assert (incident.runner_ids, incident.count) == (("c", "d"), 7)
    assert (incident.start, incident.end) == (at(10), at(70))


@pytest.mark.parametrize(("every", "is_told"), [(299, True), (300, False), (2_000, False)])
def test_looks_as_far_apart_as_cycles_are_long_tell_nothing_of_who_was_there_when(
    every: float, is_told: bool
) -> None:
    watched = [watch(-5_000, 5_000, every=every)]
    c = [span("c", 50, 80 - US), span("c", 120, created=50)]

    assert bool(flapping(cycle(*TWO, *c, span("d", 20), watches=watched))) is is_told
    assert bool(missed(cycle(*TWO, watches=watched))) is is_told


def missed(timeline: CycleTimeline) -> list[tuple[str, tuple[str, ...], int]]:
    return [
        (each.kind, each.runner_ids, each.count)
        for each in judge_cycle(timeline).incidents
        if each.kind in (IncidentKind.UNSERVED_SLOTS, IncidentKind.SLOT_LOST_TO_MARGIN)
    ]


def test_a_slot_without_a_start_is_told() -> None:
    (incident,) = judge_cycle(cycle(*TWO, executions=[execution("a", 1, 2)])).incidents

    assert incident == Incident(
        kind=IncidentKind.UNSERVED_SLOTS,
        start=at(150),
        end=at(240),
        seconds=90.0,
        runner_ids=("b",),
    )


def test_several_slots_without_a_start_are_one_incident() -> None:
    (incident,) = judge_cycle(cycle(*TWO)).incidents

    assert (incident.start, incident.end, incident.count) == (at(0), at(240), 2)
    assert incident.runner_ids == ("a", "b")


def test_several_slots_of_one_runner_name_it_once() -> None:
    # From 120 on cycles of 60 s: [0, 300) is served, two of [120, 180), [180, 240), [240, 300) not.
    minute = SchedulingPolicy(service_interval_minutes=1)
    runs = [execution("a", 1, 2), execution("a", 185, 186, number=2)]
    revisions = [revision(SchedulingPolicy()), revision(minute, 120)]

    (incident,) = judge_cycle(cycle(TWO[0], revisions=revisions, executions=runs)).incidents

    assert (incident.runner_ids, incident.count) == (("a",), 2)


def test_slots_too_short_for_the_checks_are_lost_to_the_margin() -> None:
    # 300 / 3 = 100 s, less 60 s, half of it: 20 s; without the margin 50 s
    (incident,) = judge_cycle(cycle(*FOUR[:3], executions=[execution("a", 1, 2)])).incidents

    assert incident == Incident(
        kind=IncidentKind.SLOT_LOST_TO_MARGIN,
        start=at(100),
        end=at(240),
        seconds=140.0,
        runner_ids=("b", "c"),
        count=2,
        facts=MarginFacts(
            startable_seconds=20 + US, check_interval_seconds=30.0, margin_seconds=60.0
        ),
    )


@pytest.mark.parametrize(
    ("runners", "check", "fraction", "is_lost"),
    [
        (2, 45, 0.5, False),  # startable for 45 s
        (2, 45.1, 0.5, True),
        (3, 50, 0.5, True),  # without the margin 100 / 2 = 50 s
        (3, 50.1, 0.5, False),  # the margin is not to blame
        (3, 40, 1.0, False),  # without a limit all of the window, 40 s
        (3, 60, 1.0, True),
        (3, 100, 0.0, True),  # 0 is no limit either: without the margin 100 s
        (3, 100.1, 0.0, False),
    ],
)
def test_the_margin_is_to_blame_where_checks_would_fit_without_it(
    runners: int, check: float, fraction: float, *, is_lost: bool
) -> None:
    policy = SchedulingPolicy(check_interval_seconds=check, max_start_slot_fraction=fraction)

    (found,) = missed(cycle(*FOUR[:runners], revisions=[revision(policy)]))

    assert found[0] == ("slot_lost_to_margin" if is_lost else "unserved_slots")


def test_each_slot_is_judged_under_its_own_plan() -> None:
    # a's window [0, 90) is startable for 45 s; c joins at 170 and has [200, 240), for 20 s
    served = [execution("b", 151, 152)]

    assert missed(cycle(*TWO, span("c", 170), executions=served)) == [
        ("unserved_slots", ("a",), 1),
        ("slot_lost_to_margin", ("c",), 1),
    ]


@pytest.mark.parametrize(
    "row",
    [
        execution("a", 1, 2),
        refusal("a", 60),
        execution("b", -10, 45.000001),  # it held the service
    ],
)
def test_a_slot_that_something_explains_is_not_told(row: RecordedExecution) -> None:
    rows = [row, execution("b", 151, 160, number=2)]

    assert missed(cycle(*TWO, executions=rows)) == []

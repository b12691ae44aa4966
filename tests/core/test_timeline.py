import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline, LaneSlot
from tests.core.build import T0, at, execution, revision, span

POLICY = SchedulingPolicy()  # 300 s, margin 60 s, start in the first half of the window


def timeline_of(
    *presences: PresenceSpan,
    now: float = 300,
    executions: tuple[RecordedExecution, ...] = (),
    revisions: tuple[PolicyRevision, ...] = (revision(POLICY),),
    watches: tuple[WatchSpan, ...] | None = None,
) -> CycleTimeline:
    return reconstruct(
        cycle_start=T0,
        policies=revisions,
        presences=presences,
        executions=executions,
        now=at(now),
        watches=watches,
    )


def drawn(slots: tuple[LaneSlot, ...]) -> list[tuple[float, ...]]:
    """Each slot as (planned start, planned end, start, end), in seconds."""
    return [
        tuple(
            (instant - T0).total_seconds()
            for instant in (each.slot_start, each.slot_end, each.start, each.end)
        )
        for each in slots
    ]


def test_lanes_are_in_slot_order_then_those_who_left() -> None:
    timeline = timeline_of(
        span("old", -90),
        span("early", -80, 10),
        span("new", 20),
        executions=(execution("stranger", 5),),
    )

    assert [(each.runner_id, each.position) for each in timeline.lanes] == [
        ("old", 0),
        ("new", 1),
        ("early", 1),
        ("stranger", None),
    ]


def test_a_joiner_moves_the_slots_from_its_instant_on() -> None:
    # until 120: two slots of 150 s, windows of 90 s; then three of 100 s, windows of 40 s
    timeline = timeline_of(span("a", -9), span("b", -8), span("c", 120))

    assert [drawn(each.slots) for each in timeline.lanes] == [
        [(0, 90, 0, 90)],
        [(100, 140, 120, 140)],
        [(200, 240, 200, 240)],
    ]


def test_a_slot_cut_short_keeps_its_planned_window() -> None:
    timeline = timeline_of(span("a", -9), span("b", -8, 49.999999))

    (lane, _) = timeline.lanes
    assert drawn(lane.slots) == [(0, 90, 0, 50), (0, 300, 50, 300)]


def test_a_window_that_a_change_leaves_alone_stays_one_slot() -> None:
    timeline = timeline_of(span("a", -9), span("b", -8, 49.999999), span("c", 50))

    assert drawn(timeline.lanes[0].slots) == [(0, 90, 0, 90)]


def test_a_policy_change_inside_the_cycle_moves_the_slots() -> None:
    half = SchedulingPolicy(spread_margin_minutes=0.5)

    timeline = timeline_of(
        span("a", -9), span("b", -8), revisions=(revision(POLICY), revision(half, 100))
    )

    # 300 / 2 - 30 = 120 s from 100 on: a's window would still be open
    assert drawn(timeline.lanes[0].slots) == [(0, 90, 0, 90), (0, 120, 100, 120)]
    assert drawn(timeline.lanes[1].slots) == [(150, 270, 150, 270)]


@pytest.mark.parametrize(("now", "margin"), [(50, 1.0), (100, 0.5), (300, 1.0), (-1, 1.0)])
def test_the_policy_is_that_of_now_or_of_the_start(now: float, margin: float) -> None:
    revisions = (revision(POLICY), revision(SchedulingPolicy(spread_margin_minutes=0.5), 100))

    timeline = timeline_of(span("a"), now=now, revisions=revisions)

    assert timeline.policy.spread_margin_minutes == margin


def test_a_longer_interval_changed_to_makes_the_cycle_longer() -> None:
    ten = SchedulingPolicy(service_interval_minutes=10)

    timeline = timeline_of(span("a"), revisions=(revision(POLICY), revision(ten, 60)))

    assert timeline.cycle_end == at(600)
    assert [each.plan.cycle_end for each in timeline.epochs] == [at(300), at(600)]


@pytest.mark.parametrize(("now", "runners"), [(-1, 1), (99, 1), (100, 2), (300, 2), (9999, 2)])
def test_the_plan_is_that_of_now_or_of_the_nearest_instant(now: float, runners: int) -> None:
    timeline = timeline_of(span("a"), span("b", 100), now=now)

    assert len(timeline.plan.runners) == (runners if now >= 100 else 1)


def test_executions_are_in_order_and_in_the_lane_of_their_runner() -> None:
    late, early = execution("a", 9, number=1), execution("a", -50, 20, number=2)
    other = execution("b", 5, number=3)

    timeline = timeline_of(span("a"), executions=(late, early, other))

    assert timeline.executions == (early, other, late)
    assert [each.executions for each in timeline.lanes] == [(early, late), (other,)]


def test_a_lane_has_the_presences_of_its_runner() -> None:
    second, first = span("a", 200, created=-90), span("a", -90, 100)

    timeline = timeline_of(second, first, span("b"))

    lanes = {each.runner_id: each for each in timeline.lanes}
    assert lanes["a"].presences == (first, second)


def test_without_a_cycle_that_begins_there_nothing_is_reconstructed() -> None:
    with pytest.raises(ValueError, match="no cycle of the service begins"):
        reconstruct(
            cycle_start=at(1), policies=[revision(POLICY)], presences=[], executions=[], now=T0
        )


def watch(start: float, end: float) -> WatchSpan:
    return WatchSpan(started_at=at(start), ended_at=at(end))


@pytest.mark.parametrize(
    ("now", "watches", "unwatched"),
    [
        (300, None, []),
        (300, (), [(0, 300)]),
        (300, ((-50, 400),), []),
        (300, ((-50, 100), (150, 400)), [(100, 150)]),
        (300, ((150, 200), (10, 180)), [(0, 10), (200, 300)]),  # they overlap, in any order
        (100, ((-50, 20),), [(20, 100)]),  # not beyond now
        (100, ((-50, 20), (250, 260)), [(20, 100)]),
        (-10, (), []),  # nothing has gone by
        (0, (), [(0, 0)]),  # the first instant is one
        (0, ((-50, 0),), []),
        (0, ((-50, -1), (1, 2)), [(0, 0)]),
    ],
)
def test_what_nobody_watched_is_a_gap(
    now: float,
    watches: tuple[tuple[float, float], ...] | None,
    unwatched: list[tuple[float, float]],
) -> None:
    spans = None if watches is None else tuple(watch(*each) for each in watches)

    timeline = timeline_of(now=now, watches=spans)

    assert list(timeline.unwatched) == [watch(*each) for each in unwatched]


@pytest.mark.parametrize(
    ("now", "change"),
    [
        # three slots of 100 s, windows of 40 s, startable for 20 s
        (0, 20.000001),  # starts become late
        (20.000001, 40),  # the window ends
        (40, 100),  # the next slot
        (299, 300),  # the cycle ends
        (-5, 0),  # the cycle begins
        (300, None),
    ],
)
def test_the_next_change_is_the_next_edge(now: float, change: float | None) -> None:
    timeline = timeline_of(span("a", -9), span("b", -8), span("c", -7), now=now)

    assert timeline.next_change_at == (None if change is None else at(change))


@pytest.mark.parametrize(
    ("policy", "presences", "watches", "change"),
    [
        # at 250 s; the single runner's own edges are 150 and 300
        (POLICY, (span("a"), span("b", eligible=False, end=260)), None, 300),
        (POLICY, (span("a"), span("b", end=260)), None, 260.000001),
        (
            SchedulingPolicy(membership_stabilization_seconds=60),
            (span("a"), span("b", 200)),
            None,
            260,
        ),
        (POLICY, (span("a"),), (watch(0, 270),), 270.000001),
    ],
)
def test_expiry_grace_and_the_end_of_watching_are_changes_too(
    policy: SchedulingPolicy,
    presences: tuple[PresenceSpan, ...],
    watches: tuple[WatchSpan, ...] | None,
    change: float,
) -> None:
    timeline = timeline_of(*presences, now=250, revisions=(revision(policy),), watches=watches)

    assert timeline.next_change_at == at(change)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        # watched up to 270 s, inclusively
        (270, "unserved"),
        (270.000001, "unknown"),
    ],
)
def test_nothing_has_gone_unwatched_until_the_instant_after_watching_ends(
    now: float, verdict: str
) -> None:
    # From 200 s on "a" has the whole cycle, too late to start in it: late from 150 s on.
    timeline = timeline_of(span("a"), span("b", end=200), now=now, watches=(watch(0, 270),))

    last = [each for each in judge_slots(timeline) if each.runner_id == "a"][-1]

    assert (last.start, last.verdict) == (at(200.000001), verdict)

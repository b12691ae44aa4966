from datetime import timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.core.cycle.epochs import cut_epochs, owners
from scheduler.core.cycle.grid import cycle_policy, cycle_spans, policy_in_force
from scheduler.core.interval import CycleSpan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision, PresenceSpan
from scheduler.core.timeline import Epoch
from tests.core.build import MICROSECOND, T0, at, revision, span

POLICY = SchedulingPolicy()  # 300 s, margin 60 s


def epochs_of(
    *presences: PresenceSpan,
    now: float = 300,
    revisions: tuple[PolicyRevision, ...] = (revision(POLICY),),
) -> tuple[Epoch, ...]:
    return cut_epochs(start=T0, end=at(300), revisions=revisions, presences=presences, now=at(now))


def told(epochs: tuple[Epoch, ...]) -> list[tuple[float, float, str]]:
    """Each epoch as (start, end, its runners), in seconds."""
    return [
        (
            (each.start - T0).total_seconds(),
            (each.end - T0).total_seconds(),
            " ".join(runner.runner_id for runner in each.plan.runners),
        )
        for each in epochs
    ]


def test_an_unchanged_membership_is_one_epoch_in_order_of_creation() -> None:
    epochs = epochs_of(span("b", -50), span("c", -70), span("a", -50))

    assert told(epochs) == [(0, 300, "c a b")]


def test_a_joiner_opens_an_epoch() -> None:
    epochs = epochs_of(span("a"), span("b", 100))

    assert told(epochs) == [(0, 100, "a"), (100, 300, "a b")]
    assert (epochs[1].joined, epochs[1].left) == (("b",), ())


def test_a_runner_is_gone_just_after_it_expired() -> None:
    epochs = epochs_of(span("a"), span("b", end=100))

    assert told(epochs) == [(0, 100.000001, "a b"), (100.000001, 300, "a")]
    assert (epochs[1].joined, epochs[1].left) == ((), ("b",))


@pytest.mark.parametrize(
    ("start", "end", "told_of"),
    [
        (0, 9e6, [(0, 300, "a b")]),  # joined on the edge
        (-9, -0.000001, [(0, 300, "a")]),  # gone with the edge
        (-9, 0, [(0, 0.000001, "a b"), (0.000001, 300, "a")]),
        (299.999999, 9e6, [(0, 299.999999, "a"), (299.999999, 300, "a b")]),
        (300, 9e6, [(0, 300, "a")]),
        (50, 49, [(0, 300, "a")]),  # a span of nothing
    ],
)
def test_changes_at_the_edges(
    start: float, end: float, told_of: list[tuple[float, float, str]]
) -> None:
    assert told(epochs_of(span("a"), span("b", start, end))) == told_of


def test_joining_and_leaving_at_the_start_is_told_of_the_first_epoch() -> None:
    (epoch,) = epochs_of(span("a"), span("b", 0), span("c", -9, -0.000001))

    assert (epoch.joined, epoch.left) == (("b",), ("c",))


def test_those_who_may_not_run_services_are_no_members() -> None:
    assert told(epochs_of(span("a"), span("b", eligible=False))) == [(0, 300, "a")]


def test_a_change_of_eligibility_ends_the_membership() -> None:
    epochs = epochs_of(
        span("a"), span("b", -9, 99.999999), span("b", 100, eligible=False, created=-9)
    )

    assert told(epochs) == [(0, 100, "a b"), (100, 300, "a")]


def test_a_return_after_a_gap_keeps_the_creation_time() -> None:
    epochs = epochs_of(span("b", -20), span("a", -90, 100), span("a", 200, created=-90))

    assert [runners for *_, runners in told(epochs)] == ["a b", "b", "a b"]


@pytest.mark.parametrize("again", [100.000001, 50])
def test_spans_that_touch_or_overlap_are_one_membership(again: float) -> None:
    epochs = epochs_of(span("a", -9, 100), span("a", again, created=-9))

    assert told(epochs) == [(0, 300, "a")]


def test_the_future_keeps_the_membership_of_now() -> None:
    presences = (span("a"), span("b", end=200), span("c", 100), span("d", 150))

    assert told(epochs_of(*presences, now=120)) == [(0, 100, "a b"), (100, 300, "a b c")]


def test_a_cycle_to_come_has_the_membership_of_now() -> None:
    assert told(epochs_of(span("a", end=-10), span("b"), now=-20)) == [(0, 300, "a b")]


def test_a_change_of_policy_cuts() -> None:
    other = SchedulingPolicy(spread_margin_minutes=0)

    epochs = epochs_of(span("a"), revisions=(revision(POLICY), revision(other, 100)))

    assert [(each.start, each.plan.policy) for each in epochs] == [(T0, POLICY), (at(100), other)]
    assert epochs[1].plan.cycle_start == T0


def test_a_revision_that_changes_nothing_does_not_cut() -> None:
    epochs = epochs_of(span("a"), revisions=(revision(POLICY), revision(POLICY, 100)))

    assert told(epochs) == [(0, 300, "a")]


def test_a_shorter_interval_lays_cycles_of_its_own() -> None:
    minute = SchedulingPolicy(service_interval_minutes=1)

    epochs = epochs_of(span("a"), revisions=(revision(POLICY), revision(minute, 130)))

    # 130 s lies in the third minute; the rest of the cycle is two more
    assert [(each.start, each.plan.cycle_start) for each in epochs] == [
        (T0, T0),
        (at(130), at(120)),
        (at(180), at(180)),
        (at(240), at(240)),
    ]


def test_before_its_first_revision_a_service_had_that_policy() -> None:
    assert policy_in_force([revision(POLICY, 100)], T0) == POLICY


def test_a_revision_is_in_force_from_its_instant_on() -> None:
    other = SchedulingPolicy(spread_margin_minutes=0)
    revisions = [revision(POLICY), revision(other, 100)]

    assert policy_in_force(revisions, at(99.999999)) == POLICY
    assert policy_in_force(revisions, at(100)) == other


def test_a_service_without_a_policy_has_no_cycles() -> None:
    with pytest.raises(ValueError, match="without a policy"):
        policy_in_force([], T0)


@pytest.mark.parametrize(
    ("minutes", "changed", "start", "expected"),
    [
        (10, 60, 0, 10),  # both grids have an edge at 0: the changed one counts
        (10, 60, -300, 5),  # ended before the change
        (10, 599, 0, 10),  # decisions of the last second count from 0 as well
        (10, 599, 300, 5),  # and those before it from 300
        (10, 600, 0, 5),  # the change comes as that cycle ends
        (2.5, 60, 0, 2.5),
        (2.5, 200, 0, 5),  # the cycle of 150 s would have been over
        (2.5, 200, 150, 2.5),  # only on the grid of the changed policy
        (7, 60, 0, 7),
        (7, 500, 420, 7),
        (7, 500, 300, 5),
    ],
)
def test_the_policy_whose_cycle_begins_there(
    minutes: float, changed: float, start: float, expected: float
) -> None:
    other = SchedulingPolicy(service_interval_minutes=minutes)

    found = cycle_policy([revision(POLICY), revision(other, changed)], at(start))

    assert found.service_interval_minutes == expected


def test_an_instant_inside_every_cycle_begins_none() -> None:
    with pytest.raises(ValueError, match=r"no cycle of the service begins at .*:00:01\+00:00"):
        cycle_policy([revision(POLICY)], at(1))


def owned(epochs: tuple[Epoch, ...]) -> list[tuple[float, str | None, bool]]:
    return [
        ((each.start - T0).total_seconds(), each.runner_id, each.in_grace)
        for each in owners(epochs)
    ]


def test_owners_follow_the_slots_of_each_epoch() -> None:
    # two slots of 150 s; from 120 on three of 100 s, so that 120 lies in the second
    epochs = epochs_of(span("a", -9), span("b", -8), span("c", 120))

    assert owned(epochs) == [(0, "a", False), (120, "b", False), (200, "c", False)]


def test_an_owner_in_grace_is_cut_where_it_ends() -> None:
    policy = SchedulingPolicy(membership_stabilization_seconds=60)

    epochs = epochs_of(span("a", -9), revisions=(revision(policy),))

    assert owned(epochs) == [(0, "a", True), (51, "a", False)]


def test_an_owner_that_stays_through_a_change_is_one_interval() -> None:
    epochs = epochs_of(span("a", -9), span("b", -8), span("c", 10))

    assert owned(epochs)[:2] == [(0, "a", False), (100, "b", False)]


def test_nobody_owns_what_nobody_was_there_for() -> None:
    assert owned(epochs_of(span("a", 100))) == [(0, None, False), (100, "a", False)]


SPANS = st.lists(
    st.builds(
        lambda name, start, length, eligible: span(
            f"r{name}", start, start + length, created=-400 + 97 * name, eligible=eligible
        ),
        name=st.integers(0, 5),
        start=st.integers(-400, 400),
        length=st.sampled_from((0.0, 0.000001, 7.5, 100.0, 500.0)),
        eligible=st.sampled_from((True, True, True, False)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(presences=SPANS, now=st.integers(-50, 350))
def test_epochs_tile_the_cycle(presences: list[PresenceSpan], now: int) -> None:
    epochs = epochs_of(*presences, now=now)

    assert (epochs[0].start, epochs[-1].end) == (T0, at(300))
    assert all(one.end == following.start for one, following in pairwise(epochs))
    assert all(each.start < each.end for each in epochs)


@settings(deadline=None)
@given(presences=SPANS, now=st.integers(-50, 350), seconds=st.floats(0, 299.9))
def test_membership_is_that_of_the_presences_at_every_instant(
    presences: list[PresenceSpan], now: int, seconds: float
) -> None:
    edges = [each.started_at for each in presences] + [each.expires_at for each in presences]
    instants = [at(seconds), *edges, *(each + MICROSECOND for each in edges)]
    epochs = epochs_of(*presences, now=now)

    for instant in instants:
        if not T0 <= instant < at(300):
            continue
        (epoch,) = (each for each in epochs if each.start <= instant < each.end)
        known = min(instant, at(now))
        members = {
            (each.creation_time, each.runner_id)
            for each in presences
            if each.eligible and each.started_at <= known <= each.expires_at
        }
        found = [(each.creation_time, each.runner_id) for each in epoch.plan.runners]
        assert found == sorted(members)


@settings(deadline=None)
@given(presences=SPANS, now=st.integers(-50, 350))
def test_the_changes_of_each_epoch_lead_from_one_membership_to_the_next(
    presences: list[PresenceSpan], now: int
) -> None:
    for one, following in pairwise(epochs_of(*presences, now=now)):
        before = {each.runner_id for each in one.plan.runners}
        after = {each.runner_id for each in following.plan.runners}
        assert set(following.joined) == after - before
        assert set(following.left) == before - after
        assert before != after
        assert following.start - one.start >= timedelta(microseconds=1)


GRIDS = st.lists(
    st.tuples(st.integers(-4_000, 4_000), st.sampled_from((0.5, 1, 2, 3, 7, 60))),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[0],
)


@settings(deadline=None)
@given(grids=GRIDS, since=st.integers(-6_000, 6_000), later=st.floats(0, 9_000))
def test_the_cycles_are_the_same_wherever_one_begins_to_count(
    grids: list[tuple[int, float]], since: int, later: float
) -> None:
    revisions = [
        revision(SchedulingPolicy(service_interval_minutes=minutes), second)
        for second, minutes in sorted(grids)
    ]

    def spans(first: float) -> list[CycleSpan]:
        found = takewhile(lambda each: each.end < at(20_000), cycle_spans(revisions, at(first)))
        return list(found)

    assert spans(since + later) == [each for each in spans(since) if each.end > at(since + later)]


def test_no_one_walks_over_a_year_of_seconds() -> None:
    second, year = (
        SchedulingPolicy(service_interval_minutes=each) for each in (1 / 60, 60 * 24 * 365)
    )
    changed_at = year.cycle_start(T0) + timedelta(days=364)
    revisions = [
        revision(second, -1e9),
        PolicyRevision(effective_from=changed_at, policy=year),
        PolicyRevision(effective_from=changed_at + timedelta(days=2), policy=second),
    ]

    first = next(cycle_spans(revisions, changed_at + timedelta(hours=1)))
    later = next(cycle_spans(revisions, changed_at + timedelta(days=900)))

    assert (first.start, first.end) == (year.cycle_start(T0), year.cycle_end(T0))
    assert (later.end - later.start) == timedelta(seconds=1)


def test_a_shorter_interval_leaves_no_time_without_a_cycle() -> None:
    minute, hour = (SchedulingPolicy(service_interval_minutes=each) for each in (1, 60))

    spans = cycle_spans([revision(hour), revision(minute, 30)], at(-1))

    assert [each.end for each in islice(spans, 4)] == [T0, at(60), at(120), at(180)]


def test_a_cycle_that_a_longer_interval_took_over_is_none_any_more() -> None:
    minute, hour = (SchedulingPolicy(service_interval_minutes=each) for each in (1, 60))

    # In force from the minute of 1800 s on, whose cycle is over before that of the hour.
    spans = cycle_spans([revision(minute), revision(hour, 1_830)], at(300))

    assert [(each.start, each.end) for each in islice(spans, 2)] == [
        (T0, at(3_600)),
        (at(3_600), at(7_200)),
    ]

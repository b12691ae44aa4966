"""Fleets to whom little happens, and that where something else begins or ends. No test is here.

A story of stories.py seldom has two things fall together to the microsecond.
"""

from dataclasses import replace

from hypothesis import strategies as st

from scheduler.core.policy import SchedulingPolicy
from scheduler.simulation.scenario import Event, EventKind, Member, PolicyChange, Scenario, Work
from tests.simulation.stories import Story, seconds

IDS = ("a", "b", "c")
NEW = "d"
SECONDS = 75

# Cycles begin at T0. A third of 20 s is no whole number of microseconds. The last of the margins
# leaves many a fleet without a window.
POLICIES = st.builds(
    SchedulingPolicy,
    service_interval_minutes=st.sampled_from((1 / 3, 0.5, 0.25)),
    spread_margin_minutes=st.sampled_from((0.0, 0.02, 0.15)),
    membership_stabilization_seconds=st.sampled_from((0.0, 0.0, 25.0)),
    max_start_slot_fraction=st.sampled_from((0.4, 0.8, 1.0)),
    dead_after_seconds=st.sampled_from((20.0, 10.0)),
)


def edges(policy: SchedulingPolicy, members: int) -> list[float]:
    """Where turns, windows and their startable parts begin or end, or a microsecond beside it.

    Of that many members or one more, which all stay; in seconds after T0.
    """
    found = set()
    for count in (members, members + 1):
        slot = policy.interval_seconds / count
        window = slot if count == 1 else slot - policy.spread_seconds
        lasts = (0.0, window * policy.max_start_slot_fraction, window)
        for turn in range(int(SECONDS / slot)):
            found |= {round(turn * slot + last, 6) for last in lasts}
    beside = {round(at + step * 1e-6, 6) for at in found for step in (-1, 0, 1)}
    return sorted(at for at in beside if 0 < at < SECONDS)


def early_windows(policy: SchedulingPolicy, members: int) -> list[float]:
    """A microsecond after each window that begins, by rounding, before the turn it belongs to."""
    slots = (policy.interval_seconds / count for count in (members, members + 1))
    turns = {turn * slot for slot in slots for turn in range(1, int(SECONDS / slot))}
    return sorted(round(at + 1e-6, 6) for at in turns if at - round(at, 6) > 1e-9)


def _edge(policy: SchedulingPolicy, members: int) -> st.SearchStrategy[float]:
    kinds = [edges(policy, members), early_windows(policy, members)]
    return st.one_of(*(st.sampled_from(kind) for kind in kinds if kind))


@st.composite
def edge_stories(draw: st.DrawFn, *, observed: bool) -> Story:
    policy = draw(POLICIES)
    ids = IDS[: draw(st.sampled_from((2, 3, 1)))]
    edge = _edge(policy, len(ids))
    gaps = draw(st.lists(st.tuples(edge, edge), min_size=1, max_size=3)) if observed else []
    return Story(
        scenario=Scenario(
            policy=policy,
            members=(*(draw(_member(each)) for each in ids), *draw(_joiners(edge))),
            events=(
                Event(at_seconds=0, kind=EventKind.LONG_RUN, runner_id="a", seconds=45),
                *draw(st.lists(_event(ids, edge), max_size=1)),
            ),
            policy_changes=tuple(draw(_changes(policy, edge))),
            work=Work(least_seconds=0.5, usual_seconds=1, most_seconds=20),
            jitter=0.0,
            asks_again=draw(st.booleans()),
        ),
        seed=draw(st.integers(0, 1_000)),
        starts_at=0.0,
        seconds=draw(edge.filter(lambda at: at > 30)),
        leak_chance=draw(st.sampled_from((0.0, 0.5))),
        unwatched=tuple((min(gap), abs(gap[1] - gap[0])) for gap in gaps if gap[0] != gap[1]),
    )


def _member(runner_id: str) -> st.SearchStrategy[Member]:
    """Seldom asking, so that many a window is not used and nobody refused in it."""
    return st.builds(
        Member, runner_id=st.just(runner_id), check_seconds=st.sampled_from((9.5, 9.5, 3.0))
    )


def _joiners(edge: st.SearchStrategy[float]) -> st.SearchStrategy[list[Member]]:
    joiner = st.builds(
        Member, runner_id=st.just(NEW), joins_at_seconds=edge, check_seconds=st.just(9.5)
    )
    return st.lists(joiner, max_size=1)


def _event(ids: tuple[str, ...], edge: st.SearchStrategy[float]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        at_seconds=edge,
        kind=st.sampled_from((EventKind.LEAVE, EventKind.CRASH)),
        runner_id=st.sampled_from(ids),
    )


def _changes(
    policy: SchedulingPolicy, edge: st.SearchStrategy[float]
) -> st.SearchStrategy[list[PolicyChange]]:
    """One setting of the policy: most windows stay where they are."""
    others = [
        replace(policy, membership_stabilization_seconds=40.0),
        replace(policy, max_start_slot_fraction=0.6),
        replace(policy, spread_margin_minutes=0.01),
    ]
    change = st.builds(PolicyChange, at_seconds=edge, policy=st.sampled_from(others))
    return st.lists(change, max_size=1)


def _silent_holder(pause: float, joins_at: float, margin: float, latest: float) -> Story:
    """`a` holds the service and is silent for a while in the window of `d`, who does not ask in it.

    Everybody is good for 40 s, and cycles are of 120 s. `a` is out of the fleet from its second
    beat on, so that its silence moves no window. It is silent until its third, after 80 s, when the
    window of `d` begins; and meanwhile nobody asks, and so takes the service from it.
    """
    policy = SchedulingPolicy(
        service_interval_minutes=2.0,
        spread_margin_minutes=margin,
        max_start_slot_fraction=latest,
        dead_after_seconds=40.0,
    )
    scenario = Scenario(
        policy=policy,
        members=(
            Member(runner_id="a", check_seconds=pause),
            Member(runner_id="b", joins_at_seconds=0.2, check_seconds=39.5),
            Member(runner_id="c", joins_at_seconds=0.4, check_seconds=39.5),
            Member(runner_id="d", joins_at_seconds=joins_at, check_seconds=39.5),
        ),
        events=(
            Event(at_seconds=0, kind=EventKind.LONG_RUN, runner_id="a", seconds=150),
            Event(at_seconds=20, kind=EventKind.INELIGIBLE, runner_id="a"),
        ),
        jitter=0.0,
    )
    return Story(scenario=scenario, seed=0, starts_at=0.0, seconds=125.0)


SILENT_HOLDERS = st.builds(
    _silent_holder,
    seconds(40.2, 43),
    seconds(33, 39.5),
    st.sampled_from((0.15, 0.2)),
    st.sampled_from((1.0, 0.4)),
)
# One in ten: they are much alike.
COORDINATED_EDGES = st.one_of(*[edge_stories(observed=False)] * 9, SILENT_HOLDERS)
OBSERVED_EDGES = edge_stories(observed=True)

"""Fleets as Hypothesis draws them, and how they are played. No test is here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hypothesis import strategies as st

from scheduler.core.policy import SchedulingPolicy
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.observed import ObservedStore
from scheduler.simulation.scenario import (
    Event,
    EventKind,
    Member,
    PolicyChange,
    Scenario,
    Work,
)
from scheduler.simulation.store import Store
from tests.conftest import after
from tests.simulation.truth import Truth

IDS = ("b", "a", "host-1:7", "é", "z")
# Who watches an observed fleet, how often, and how long a look is good: the looks of one end while
# those of the other go on.
COLLECTORS = (("near", 2.5, 1.0), ("far", 10.0, 12.0))

# Most grids have a cycle that begins 30 s after T0, where many a story begins.
AT_A_CYCLE = 30.0
JUST_BEFORE_A_CYCLE = 29.999999


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A fleet from `starts_at` on, for `seconds`.

    `unwatched` are intervals, as begin and length, of which no look speaks: for both of their ends
    one does. All in seconds: `starts_at` after T0, the rest after that. `leak_chance`: how often
    the gate of an observed fleet fails.
    """

    scenario: Scenario
    seed: int
    starts_at: float
    seconds: float
    leak_chance: float = 0.0
    unwatched: tuple[tuple[float, float], ...] = ()

    @property
    def start(self) -> datetime:
        return after(self.starts_at)

    @property
    def now(self) -> datetime:
        return after(self.starts_at + self.seconds)


def seconds(least: float, most: float) -> st.SearchStrategy[float]:
    """To the millisecond: whole numbers are read, and made smaller, with more ease."""
    return st.integers(round(least * 1_000), round(most * 1_000)).map(lambda each: each / 1_000)


POLICIES = st.builds(
    SchedulingPolicy,
    service_interval_minutes=st.sampled_from((0.5, 1 / 3, 0.35, 0.25, 1.0)),
    spread_margin_minutes=st.sampled_from((0.02, 0.0, 0.06, 0.15)),
    check_interval_seconds=st.sampled_from((2.0, 3.0, 5.0)),
    membership_stabilization_seconds=st.sampled_from((0.0, 0.0, 0.0, 12.0, 25.0)),
    max_start_slot_fraction=st.sampled_from((1.0, 0.4, 0.8)),
    dead_after_seconds=st.sampled_from((6.0, 10.0, 20.0)),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    ids = IDS[: draw(st.sampled_from((2, 3, 1, 5)))]
    return Scenario(
        policy=draw(POLICIES),
        members=tuple(draw(_member(each)) for each in ids),
        events=(
            *draw(st.lists(_event(ids), min_size=1, max_size=8)),
            *draw(st.one_of(st.just(()), _change_of_mind(ids), _leave_at_a_cycle(ids))),
        ),
        policy_changes=tuple(draw(POLICY_CHANGES)),
        work=draw(WORK),
        jitter=draw(st.sampled_from((0.0, 0.1, 0.5))),
        asks_again=draw(st.booleans()),
    )


def _member(runner_id: str) -> st.SearchStrategy[Member]:
    return st.builds(
        Member,
        runner_id=st.just(runner_id),
        joins_at_seconds=st.one_of(
            st.sampled_from((0.0, 1.5, JUST_BEFORE_A_CYCLE)), seconds(0, 40)
        ),
        check_seconds=st.sampled_from((None, None, 2.0, 6.0, 10.0)),
        clock_offset_seconds=st.sampled_from((None, 0.0, -1.25, 3.5)),
    )


def _event(ids: tuple[str, ...]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        at_seconds=seconds(0, 80),
        kind=st.sampled_from(tuple(EventKind)),
        runner_id=st.sampled_from(ids),
        seconds=st.sampled_from((4.0, 12.0, 30.0)),
        every_seconds=st.sampled_from((None, None, 20.0)),
    )


@st.composite
def _change_of_mind(draw: st.DrawFn, ids: tuple[str, ...]) -> tuple[Event, ...]:
    """One runner may not run the service for a while."""
    runner_id = draw(st.sampled_from(ids))
    at_seconds = draw(seconds(5, 50))
    until = at_seconds + draw(seconds(2, 20))
    return (
        Event(at_seconds=at_seconds, kind=EventKind.INELIGIBLE, runner_id=runner_id),
        Event(at_seconds=until, kind=EventKind.ELIGIBLE, runner_id=runner_id),
    )


def _leave_at_a_cycle(ids: tuple[str, ...]) -> st.SearchStrategy[tuple[Event, ...]]:
    return st.sampled_from(ids).map(
        lambda each: (Event(at_seconds=AT_A_CYCLE, kind=EventKind.LEAVE, runner_id=each),)
    )


POLICY_CHANGES = st.lists(
    st.builds(
        PolicyChange, at_seconds=st.one_of(st.just(AT_A_CYCLE), seconds(1, 80)), policy=POLICIES
    ),
    max_size=2,
    unique_by=lambda change: change.at_seconds,
)

WORK = st.builds(
    Work,
    least_seconds=st.just(0.5),
    usual_seconds=st.sampled_from((3.0, 1.0)),
    most_seconds=st.sampled_from((20.0, 6.0)),
    failure_chance=st.sampled_from((0.1, 0.0, 0.5)),
)

COORDINATED = st.builds(
    Story,
    scenario=scenarios(),
    seed=st.integers(0, 1_000),
    starts_at=st.sampled_from((0.0, 7.0, 13.25)),
    seconds=seconds(30, 90),
)

# Each claim of theirs is a transaction.
SHORT = st.builds(
    Story,
    scenario=scenarios(),
    seed=st.integers(0, 1_000),
    starts_at=st.just(0.0),
    seconds=seconds(20, 35),
)

OBSERVED = st.builds(
    Story,
    scenario=scenarios(),
    seed=st.integers(0, 1_000),
    starts_at=st.sampled_from((0.0, 7.0, 13.25)),
    seconds=seconds(30, 90),
    leak_chance=st.sampled_from((0.3, 0.0, 1.0)),
    unwatched=st.lists(st.tuples(seconds(0, 90), seconds(2, 40)), min_size=1, max_size=2).map(
        tuple
    ),
)


def play_coordinated(story: Story) -> tuple[MemoryStore, Truth]:
    store, truth = (
        MemoryStore(story.scenario.policy),
        Truth(story.scenario.policy, start=story.start),
    )
    play(story, store, truth)
    return store, truth


def play_observed(story: Story) -> tuple[ObservedStore, Truth]:
    policy = story.scenario.policy
    store = ObservedStore(policy, seed=story.seed, leak_chance=story.leak_chance)
    truth = Truth(policy, start=story.start, coordinated=False)
    play(story, store, truth)
    for look in looks(story):
        truth.note_look(look.at, good_for_seconds=look.good_for_seconds)
    return store, truth


def play(story: Story, store: Store, truth: Truth) -> None:
    fleet = Fleet(story.scenario, seed=story.seed, start=story.start, store=store, truth=truth)
    fleet.run_until(story.now)


class Look(NamedTuple):
    """`collector` looked at `at`."""

    collector: str
    at: datetime
    good_for_seconds: float


def looks(story: Story) -> Iterator[Look]:
    """When somebody looked; the last look before an interval without one is good until its
    begin."""
    for collector, every, good_for in COLLECTORS:
        regular = {number * every for number in range(int(story.seconds // every) + 1)}
        back = {start + length for start, length in story.unwatched}
        for second in sorted(regular | back):
            away = any(start <= second < start + length for start, length in story.unwatched)
            if second < story.seconds and not away:
                left = [start - second for start, _ in story.unwatched if start > second]
                yield Look(collector, after(story.starts_at + second), min([good_for, *left]))

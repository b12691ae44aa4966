"""The reconstruction from stored rows alone, against every instant's truth of random fleets."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy

from scheduler.cycles.loading import load_cycle
from scheduler.intake.reports import watched
from scheduler.models import Service, ServiceMode
from scheduler.services import create_service
from scheduler.simulation.database import DatabaseStore
from scheduler.simulation.history import insert
from tests.lengths import short_and_whole
from tests.simulation.edges import COORDINATED_EDGES, OBSERVED_EDGES
from tests.simulation.proof import happened, prove, prove_answers
from tests.simulation.rows import coordinated_rows, observed_rows
from tests.simulation.stories import (
    COORDINATED,
    OBSERVED,
    SHORT,
    Story,
    looks,
    play,
    play_coordinated,
    play_observed,
)
from tests.simulation.telling import tell
from tests.simulation.true_cycle import TICK
from tests.simulation.truth import Truth

COORDINATED_FLEETS = short_and_whole(30, 500)
OBSERVED_FLEETS = short_and_whole(25, 200)
EDGE_FLEETS = short_and_whole(25, 200)
STORED_FLEETS = short_and_whole(3, 15)

# Of a kind of verdict, or of event, there are this many at least among so many fleets, or they were
# trivial. A short form has met what it has met.
ENOUGH = 5
ENOUGH_AMONG = 200

ALWAYS_HAPPEN = {
    "a join",
    "a death",
    "a return after a gap",
    "a beat at the last instant",
    "a loss of eligibility",
    "a gain of eligibility",
    "a change of policy",
    "a change of interval",
    "a clock offset",
    "a run longer than a cycle",
}
# Verdict, reason, and whether recorded.
ALWAYS_JUDGED = {
    "served",
    "abandoned exception",
    "upcoming",
    "open",
    "blocked prior_running recorded",
    "blocked prior_running",
    "blocked scheduled_runner_in_grace",
    "blocked slot_window_invalid",
    "unserved already_served",
    "unserved replanned",
    "unserved",
}


def each_of(fleets: int, stories: SearchStrategy[Story], check: Callable[[Story], None]) -> None:
    """`check` this many stories; the same ones each time."""

    # Explaining a failure would play the fleets again for minutes.
    phases = (Phase.generate, Phase.shrink)

    @settings(max_examples=fleets, deadline=None, derandomize=True, phases=phases)
    @given(story=stories)
    def checked(story: Story) -> None:
        check(story)

    checked()


class Seen(Counter[str]):
    """What was proved and what it was proved of, counted."""

    def prove(self, story: Story, truth: Truth, load) -> None:
        ends = {look.good_until for look in truth.looks}
        unwatched_after = {at for at in ends if not truth.watched_at(at + TICK)}
        for each in prove(story, truth, load):
            told = " recorded" if each.recorded and each.verdict == "blocked" else ""
            self[f"{each.verdict} {each.reason}".strip() + told] += 1
            if each.startable_until in unwatched_after:
                self["a gap right after a startable part"] += 1
        self.update(happened(story, truth))

    def require(self, names: set[str], fleets: int) -> None:
        rare = {name: self[name] for name in names if self[name] < ENOUGH}
        assert rare == {} or fleets < ENOUGH_AMONG


def prove_rows_of_coordinated(seen: Seen, fleets: int, stories: SearchStrategy[Story]) -> None:
    def check(story: Story) -> None:
        store, truth = play_coordinated(story)
        prove_answers(truth)
        rows = coordinated_rows(story, store)
        seen.prove(story, truth, lambda start, now: rows.cycle(start, now=now))

    each_of(fleets, stories, check)


def prove_reports_of_observed(seen: Seen, fleets: int, stories: SearchStrategy[Story]) -> None:
    def check(story: Story) -> None:
        store, truth = play_observed(story)
        rows = observed_rows(story, store, truth)
        seen.prove(story, truth, lambda start, now: rows.cycle(start, now=now))

    each_of(fleets, stories, check)


@pytest.mark.parametrize("fleets", COORDINATED_FLEETS)
def test_the_rows_of_any_coordinated_fleet_tell_what_was_true(fleets):
    seen = Seen()

    prove_rows_of_coordinated(seen, fleets, COORDINATED)

    seen.require(
        ALWAYS_HAPPEN
        | ALWAYS_JUDGED
        | {
            "a dead holder",
            "abandoned runner_dead",
            "blocked late_start recorded",
            "blocked scheduled_runner_in_grace recorded",
            "blocked slot_window_invalid recorded",
        },
        fleets,
    )


@pytest.mark.parametrize("fleets", OBSERVED_FLEETS)
def test_the_reports_of_any_observed_fleet_tell_what_was_true(fleets):
    seen = Seen()

    prove_reports_of_observed(seen, fleets, OBSERVED)

    seen.require(
        ALWAYS_HAPPEN | ALWAYS_JUDGED | {"an overlap", "a gap in watching", "unknown"}, fleets
    )


@pytest.mark.parametrize("fleets", EDGE_FLEETS)
def test_the_rows_of_a_coordinated_fleet_tell_what_was_true_where_things_fall_together(fleets):
    seen = Seen()

    prove_rows_of_coordinated(seen, fleets, COORDINATED_EDGES)

    told = {"a silent holder heard of again", "unserved replanned", "blocked prior_running"}
    seen.require(told, fleets)


@pytest.mark.parametrize("fleets", EDGE_FLEETS)
def test_the_reports_of_an_observed_fleet_tell_what_was_true_where_things_fall_together(fleets):
    seen = Seen()

    prove_reports_of_observed(seen, fleets, OBSERVED_EDGES)

    seen.require({"a gap right after a startable part", "unserved replanned", "unknown"}, fleets)


@pytest.fixture
def make(db) -> Callable[[Story, ServiceMode], Service]:
    """A factory of services for stories."""
    numbers = count()

    def made(story: Story, mode: ServiceMode) -> Service:
        return create_service(
            f"story-{next(numbers)}",
            mode=mode,
            policy=story.scenario.policy,
            effective_from=story.start,
        )

    return made


def prove_stored(service: Service, story: Story, truth: Truth) -> None:
    judged = list(prove(story, truth, lambda start, now: load_cycle(service, start, now=now)))
    assert judged or not truth.beats


@pytest.mark.django_db
@pytest.mark.parametrize("fleets", STORED_FLEETS)
def test_the_history_of_a_coordinated_fleet_tells_what_was_true(make, fleets):
    def check(story: Story) -> None:
        service = make(story, ServiceMode.COORDINATED)
        store, truth = play_coordinated(story)
        insert(service, store, now=story.now)
        prove_stored(service, story, truth)

    each_of(fleets, COORDINATED, check)


@pytest.mark.django_db
@pytest.mark.parametrize("fleets", STORED_FLEETS)
def test_the_claims_of_a_coordinated_fleet_tell_what_was_true(make, fleets):
    def check(story: Story) -> None:
        service = make(story, ServiceMode.COORDINATED)
        truth = Truth(story.scenario.policy, start=story.start)
        play(story, DatabaseStore(service), truth)
        prove_answers(truth)
        prove_stored(service, story, truth)

    each_of(fleets, SHORT, check)


@pytest.mark.django_db
@pytest.mark.parametrize("fleets", STORED_FLEETS)
def test_the_stored_reports_of_an_observed_fleet_tell_what_was_true(make, fleets):
    def check(story: Story) -> None:
        service = make(story, ServiceMode.OBSERVED)
        store, truth = play_observed(story)
        tell(service, store, random=Random(story.seed))
        for collector, at, good_for_seconds in looks(story):
            watched(service, collector, at=at, good_for_seconds=good_for_seconds)
        prove_stored(service, story, truth)

    each_of(fleets, OBSERVED, check)

"""A frame at an instant, from the rows of the end, is what the live page showed at that instant."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from operator import attrgetter
from random import Random
from typing import Any

import pytest

from scheduler.core.cycle.grid import cycle_spans, policy_in_force
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.reasons import EndReason
from scheduler.core.rows import RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle, load_cycle_as_of
from scheduler.cycles.spans import cycle_start_at
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import Execution, Service, ServiceMode
from scheduler.services import change_policy, create_service
from scheduler.simulation.database import CHANGED_BY, DatabaseStore
from scheduler.simulation.fleet import Fleet
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.observed import ObservedStore
from tests.lengths import short_and_whole
from tests.simulation.rows import StoredRows, coordinated_rows, observed_rows
from tests.simulation.stories import COORDINATED, OBSERVED, SHORT, Look, Story, looks
from tests.simulation.test_proof import ENOUGH_AMONG, each_of
from tests.simulation.true_cycle import TICK
from tests.simulation.truth import Truth

FLEETS = short_and_whole(30, 300)
STORED_FLEETS = short_and_whole(3, 8)
# Of what happens to a fleet, so much is looked at.
GLIMPSED = 0.1
ENOUGH = 5

type Make = Callable[[Story, ServiceMode], Service]

type Glimpses[Shown] = dict[datetime, Shown]


def instants_of(story: Story, fleet: Fleet) -> Iterator[datetime]:
    """Play the fleet to its end, and stop at some of the instants at which something happened, or
    a microsecond before the next thing does; all that happened until then has been told."""
    random = Random(story.seed)
    while (at := fleet.next_at) < story.now:
        fleet.run_until(at + TICK)
        if random.random() < GLIMPSED:
            yield at
        between = min(fleet.next_at, story.now) - TICK
        if at < between and random.random() < GLIMPSED:
            yield between


@pytest.mark.parametrize("fleets", FLEETS)
def test_a_frame_of_a_coordinated_fleet_is_what_the_live_page_showed(fleets: int) -> None:
    seen: Counter[str] = Counter()

    def check(story: Story) -> None:
        store = MemoryStore(story.scenario.policy)
        fleet = Fleet(story.scenario, seed=story.seed, start=story.start, store=store)
        live = {at: coordinated_rows(story, store) for at in instants_of(story, fleet)}
        in_the_end = coordinated_rows(story, store)
        for at, rows in live.items():
            known = replace(rows, executions=[*as_rows_keep(rows, in_the_end, at, seen)])
            compare(known, in_the_end, at, seen)

    each_of(fleets, COORDINATED, check)
    require(
        seen,
        fleets,
        "a run that ended later",
        "a later death",
        "a policy that came later",
        "a refusal that was repeated later",
        "in a cycle that another grid has now",
    )


@pytest.mark.parametrize("fleets", FLEETS)
def test_a_frame_of_an_observed_fleet_is_what_the_live_page_would_have_shown(fleets: int) -> None:
    seen: Counter[str] = Counter()

    def check(story: Story) -> None:
        policy = story.scenario.policy
        store = ObservedStore(policy, seed=story.seed, leak_chance=story.leak_chance)
        fleet = Fleet(story.scenario, seed=story.seed, start=story.start, store=store)

        def rows_at(at: datetime) -> StoredRows:
            truth = Truth(policy, start=story.start, coordinated=False)
            for look in looks(story):
                if look.at <= at:
                    truth.note_look(look.at, good_for_seconds=look.good_for_seconds)
            return observed_rows(story, store, truth)

        live = {at: rows_at(at) for at in instants_of(story, fleet)}
        in_the_end = rows_at(story.now)
        for at, rows in live.items():
            compare(rows, in_the_end, at, seen)

    each_of(fleets, OBSERVED, check)
    require(
        seen,
        fleets,
        "a run that ended later",
        "a later death",
        "a policy that came later",
        "nobody watched",
        "runs at once",
    )


def had_died(run: RecordedExecution, at: datetime) -> bool:
    """Whether its runner was dead already, which may not have been noticed."""
    return run.reason == EndReason.RUNNER_DEAD and run.ended_at is not None and run.ended_at < at


def as_rows_keep(
    live: StoredRows, in_the_end: StoredRows, at: datetime, seen: Counter[str]
) -> Iterator[RecordedExecution]:
    """The live rows without the two things that no row keeps: how often a refusal was repeated
    that goes on being, and that a dead holder had not been noticed."""
    ends = {each.execution_id: each for each in in_the_end.executions}
    for each in live.executions:
        end = ends[each.execution_id]
        if each.status == Status.BLOCKED and end.last_attempt_at > at:
            seen["a refusal that was repeated later"] += 1
            yield replace(each, attempts=1, last_attempt_at=each.first_attempt_at, reason_detail="")
        elif (
            each.ended_at is None
            and end.reason == EndReason.RUNNER_DEAD
            and (end.ended_at or at) < at
        ):
            yield end
        else:
            yield each


def compare(live: StoredRows, in_the_end: StoredRows, at: datetime, seen: Counter[str]) -> None:
    """Of each page on which the instant is: its live one, and the one of the strip."""
    known = sorted(live.policies, key=attrgetter("effective_from"))
    policies = sorted(in_the_end.policies, key=attrgetter("effective_from"))
    current = policy_in_force(known, at).cycle_start(at)
    pages = {
        policy_in_force(policies, at).cycle_start(at),
        next(span.start for span in cycle_spans(policies, at) if at < span.end),
    }
    for start in pages:
        frame = in_the_end.cycle_as_of(start, at=at)
        try:
            shown = live.cycle(start, now=at)
        except ValueError:
            shown = None
        if shown is None or shown.cycle_end <= at:
            seen["in a cycle that another grid has now"] += 1
            shown = live.cycle(current, now=at)
        assert told(frame) == told(shown), at
        note(frame, in_the_end, at, seen)


def told(timeline: CycleTimeline) -> dict[str, Any]:
    """All that the proof is about: not the ages of beats, nor what they promised."""
    now = timeline.now
    return {
        "cycle": (timeline.cycle_start, timeline.cycle_end, timeline.policy),
        "plan": _plan(timeline.plan),
        "epochs": [
            (each.start, each.end, each.joined, each.left, each.is_new_policy, _plan(each.plan))
            for each in timeline.epochs
        ],
        "owners": timeline.ownership,
        "lanes": [
            (
                lane.runner_id,
                lane.position,
                lane.slots,
                [
                    (each.started_at, min(each.expires_at, now), each.eligible)
                    for each in lane.presences
                ],
                lane.executions,
            )
            for lane in timeline.lanes
        ],
        "runs and blocks": timeline.executions,
        "unwatched": (timeline.unwatched, timeline.watched_until),
        "verdicts": judge_cycle(timeline).verdicts,
    }


def _plan(plan: Any) -> tuple[Any, ...]:
    runners = [(each.runner_id, each.creation_time) for each in plan.runners]
    return plan.cycle_start, plan.cycle_end, plan.policy, runners


def note(frame: CycleTimeline, rows: StoredRows, at: datetime, seen: Counter[str]) -> None:
    """What the frame was kept from telling."""
    ends = {each.execution_id: each for each in rows.executions}
    seen.update(
        {
            "a run that ended later": any(
                each.ended_at is None and ends[each.execution_id].ended_at is not None
                for each in frame.executions
            ),
            "a later death": any(
                at <= each.expires_at < frame.cycle_end for each in rows.presences
            ),
            "a policy that came later": any(at < each.known_since for each in rows.policies),
            "nobody watched": bool(frame.unwatched),
            "runs at once": sum(each.ended_at is None for each in frame.executions) > 1,
        }
    )


def require(seen: Counter[str], fleets: int, *names: str) -> None:
    rare = {name: seen[name] for name in names if seen[name] < ENOUGH}
    assert rare == {} or fleets < ENOUGH_AMONG


@pytest.fixture
def make(db: None) -> Make:
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


def glimpse(service: Service, at: datetime) -> CycleTimeline:
    """What the live page is drawn from."""
    return load_cycle(service, cycle_start_at(service, at), now=at)


def compare_stored(service: Service, live: dict[datetime, CycleTimeline]) -> int:
    """How many frames there were to compare: those of an instant of which all is kept."""
    rows = list(Execution.objects.filter(service=service))
    compared = 0
    for at, shown in live.items():
        if not any(map(partial(is_kept_in_the_end_alone, at=at), rows)):
            frame = load_cycle_as_of(service, shown.cycle_start, at=at)
            assert told(frame) == told(shown), at
            compared += 1
    return compared


def is_kept_in_the_end_alone(row: Execution, *, at: datetime) -> bool:
    if row.status == Status.BLOCKED:
        return row.first_attempt_at <= at < row.last_attempt_at
    return row.reason == EndReason.RUNNER_DEAD and row.ended_at is not None and row.ended_at < at


@pytest.mark.django_db
@pytest.mark.parametrize("fleets", STORED_FLEETS)
def test_a_frame_of_stored_claims_is_what_the_live_page_showed(make: Make, fleets: int) -> None:
    compared = 0

    def check(story: Story) -> None:
        nonlocal compared
        service = make(story, ServiceMode.COORDINATED)
        store = DatabaseStore(service)
        fleet = Fleet(story.scenario, seed=story.seed, start=story.start, store=store)
        live = {at: glimpse(service, at) for at in instants_of(story, fleet)}
        compared += compare_stored(service, live)

    each_of(fleets, SHORT, check)
    assert compared > fleets // 2


@pytest.mark.django_db
@pytest.mark.parametrize("fleets", STORED_FLEETS)
def test_a_frame_of_stored_reports_is_what_the_live_page_showed(make: Make, fleets: int) -> None:
    compared = 0

    def check(story: Story) -> None:
        nonlocal compared
        service = make(story, ServiceMode.OBSERVED)
        store = ObservedStore(story.scenario.policy, seed=story.seed, leak_chance=story.leak_chance)
        fleet = Fleet(story.scenario, seed=story.seed, start=story.start, store=store)
        teller = Teller(service, store, sorted(looks(story), key=attrgetter("at")))
        live = {}
        for at in instants_of(story, fleet):
            teller.tell(at)
            live[at] = glimpse(service, at)
        teller.tell(story.now)
        compared += compare_stored(service, live)

    each_of(fleets, OBSERVED, check)
    assert compared > fleets // 2


class Teller:
    """Reports what a fleet did, and who looked, as soon as it may be asked about."""

    def __init__(self, service: Service, store: ObservedStore, looked: list[Look]) -> None:
        self._service = service
        self._store = store
        self._looked = looked
        self._told = 0
        self._changes = 0

    def tell(self, now: datetime) -> None:
        for at, policy in self._store.policy_changes[self._changes :]:
            change_policy(self._service, policy, changed_by=CHANGED_BY, now=at)
        self._changes = len(self._store.policy_changes)
        new = self._store.reports[self._told :]
        self._told = len(self._store.reports)
        report(
            self._service,
            heartbeats=[each for each in new if isinstance(each, HeartbeatReport)],
            executions=[each for each in new if isinstance(each, ExecutionReport)],
            now=now,
        )
        while self._looked and self._looked[0].at <= now:
            collector, at, good_for_seconds = self._looked.pop(0)
            watched(self._service, collector, at=at, good_for_seconds=good_for_seconds)

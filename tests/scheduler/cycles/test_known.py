"""A cycle from memory is the cycle as a fresh look reads it, whatever was told in between."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from scheduler.core.judging.outcomes import judge_cycle
from scheduler.cycles import known
from scheduler.cycles.known import known_cycle
from scheduler.cycles.loading import load_cycle
from scheduler.cycles.spans import cycle_start_at
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.known_services import get_service
from scheduler.retention.limits import Retention, change_retention
from tests.conftest import T0, after
from tests.lengths import first_of, short_and_whole
from tests.scheduler.cycles.stories import tell_of_a_fleet, tell_of_claims
from tests.scheduler.pruning.pruned_rows import prune_all

pytestmark = pytest.mark.django_db
OFTEN = short_and_whole(10, 100)


@pytest.fixture
def reads(monkeypatch):
    """The cycles that were read, in order."""
    read = []

    def reading(service, cycle_start, *, now):
        read.append(cycle_start)
        return load_cycle(service, cycle_start, now=now)

    monkeypatch.setattr(known, "load_cycle", reading)
    return read


def as_shown(timeline):
    """Without what beats and looks prolong: who is there now is there, until it is not."""
    now = timeline.now

    def still(presence):
        is_there = presence.expires_at >= now
        return replace(presence, expires_at=None, last_heartbeat_at=None) if is_there else presence

    def epoch_of(epoch):
        runners = tuple(each._replace(last_heartbeat=T0) for each in epoch.plan.runners)
        return replace(epoch, plan=replace(epoch.plan, runners=runners))

    return replace(
        timeline,
        plan=None,
        epochs=tuple(map(epoch_of, timeline.epochs)),
        lanes=tuple(
            replace(lane, presences=tuple(map(still, lane.presences))) for lane in timeline.lanes
        ),
        watches=tuple(
            replace(each, ended_at=None) if each.ended_at >= now else each
            for each in timeline.watches
        ),
        next_change_at=None,
    )


def assert_known_as_it_is(slug, at, random):
    """Of the present cycle and of one before; a second look is at the same instant, or later."""
    service = get_service(slug)
    for earlier in (0, random.choice((60, 200))):
        start = cycle_start_at(service, max(T0, at - timedelta(seconds=earlier)))
        kept, fresh = known_cycle(service, start, now=at), load_cycle(service, start, now=at)
        assert as_shown(kept) == as_shown(fresh)
        assert judge_cycle(kept) == judge_cycle(fresh)
        # It may say too early that something changes, and never too late.
        assert kept.next_change_at is None or fresh.next_change_at is not None
        assert not fresh.next_change_at or kept.next_change_at <= fresh.next_change_at


def look_at(service, story, random, often):
    """Look whatever is told, and check what is seen so often, in per cent."""
    change_retention(service, Retention(days=0.004, executions=None, summary_days=None))
    for now in story:
        if random.random() * 100 > often:
            known_cycle(get_service(service.slug), cycle_start_at(service, now), now=now)
            continue
        # Clocks jump back, too.
        for seconds in random.sample((0.0, 0.0, 0.0, -2.0, -30.0), 2):
            assert_known_as_it_is(service.slug, max(T0, now + timedelta(seconds=seconds)), random)
        if random.random() < 0.05:
            keep_summaries(service, now=now)
            service.refresh_from_db()
            prune_all(service, now)


@pytest.mark.parametrize("often", OFTEN)
@pytest.mark.parametrize("seed", first_of(1, range(12)))
def test_of_claims(service, monkeypatch, seed, often):
    random = Random(seed)
    story = tell_of_claims(service, random, monkeypatch, (0.5, 1.0, 2.0))
    look_at(service, story, random, often)


@pytest.mark.parametrize("often", OFTEN)
@pytest.mark.parametrize("seed", first_of(1, range(12)))
def test_of_reports(observed, monkeypatch, seed, often):
    random = Random(seed)
    look_at(observed, tell_of_a_fleet(observed, random, monkeypatch), random, often)


def test_it_is_read_once_for_everybody_while_nothing_changes(service, reads):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(1))
    for second in (2, 3, 20):
        known_cycle(get_service(service.slug), T0, now=after(second))
    assert len(reads) == 1

    claim(service, "a", now=after(21))
    for second in (22, 23):
        known_cycle(get_service(service.slug), T0, now=after(second))
    assert len(reads) == 2


def test_what_beats_prolong_is_asked_for_when_it_would_end(service, reads):
    beat(service, Beat(runner_id="a"), now=after(1))
    known_cycle(get_service(service.slug), T0, now=after(2))
    beat(service, Beat(runner_id="a"), now=after(20))

    kept = known_cycle(get_service(service.slug), T0, now=after(31))
    assert len(reads) == 1
    assert len(kept.plan.runners) == 1

    kept = known_cycle(get_service(service.slug), T0, now=after(32))
    assert len(reads) == 2
    assert len(kept.plan.runners) == 1


def test_a_clock_that_jumped_back_gets_no_later_answer(service, reads):
    beat(service, Beat(runner_id="a"), now=after(1))
    known_cycle(get_service(service.slug), T0, now=after(20))

    assert known_cycle(get_service(service.slug), T0, now=after(10)).now == after(10)
    assert len(reads) == 2

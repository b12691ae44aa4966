"""What really happened, against what is reconstructed from the stored rows alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.cycles import load_cycle
from scheduler.models import Presence, Service
from scheduler.simulation.scenario import Scenario
from scheduler.simulation.truth import Truth
from tests.conftest import T0, after
from tests.simulation.build import POLICY, play, random_scenario

TICK = timedelta(microseconds=1)
SECONDS = 150.0


def on_one_grid(scenario: Scenario) -> Scenario:
    """The same with one interval throughout, so that every instant is in one cycle only."""
    interval = scenario.policy.service_interval_minutes
    changes = tuple(
        replace(change, policy=replace(change.policy, service_interval_minutes=interval))
        for change in scenario.policy_changes
    )
    return replace(scenario, policy_changes=changes)


def true_story(store: str, seed: int) -> tuple[Service, Truth]:
    scenario = on_one_grid(random_scenario(seed, seconds=SECONDS))
    truth = Truth(scenario.policy, start=T0)
    service = play(store, "true", scenario, seconds=SECONDS, seed=seed, truth=truth)
    return service, truth


def test_a_member_counts_until_its_last_beat_is_no_longer_good():
    truth = Truth(POLICY, start=T0)
    truth.note_beat("b", after(0), eligible=True)
    truth.note_beat("a", after(1), eligible=True)
    truth.note_beat("b", after(4), eligible=False)

    # Beats are good for 10 s.
    assert truth.members_at(after(0) - TICK) == ()
    assert truth.members_at(after(1)) == ("b", "a")
    assert truth.members_at(after(4)) == ("a",)
    assert truth.members_at(after(11)) == ("a",)
    assert truth.members_at(after(11) + TICK) == ()


def test_the_owner_is_the_member_whose_slot_it_is():
    truth = Truth(POLICY, start=T0)
    for second in range(0, 30, 5):
        truth.note_beat("b", after(second), eligible=True)
        truth.note_beat("a", after(second) + TICK, eligible=True)

    # Cycles of 30 s, two slots of 15 s.
    assert [truth.owner_at(after(second)) for second in (1, 14, 16, 29)] == ["b", "b", "a", "a"]
    assert truth.owner_at(after(100)) is None


@pytest.mark.django_db
@pytest.mark.parametrize("store", ["memory", "database"])
@pytest.mark.parametrize("seed", range(3))
def test_the_stored_presences_tell_the_membership_of_every_instant(store, seed):
    service, truth = true_story(store, seed)
    spans = [
        (row.runner.first_seen_at, row.runner.runner_id, row.started_at, row.expires_at)
        for row in Presence.objects.select_related("runner").filter(service=service, eligible=True)
    ]

    wrong = [
        at
        for change in truth.changes()
        for at in (change - TICK, change, change + TICK)
        if at < after(SECONDS)
        if truth.members_at(at)
        != tuple(runner_id for _, runner_id, start, end in sorted(spans) if start <= at <= end)
    ]

    assert truth.changes()
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_timeline_of_a_past_cycle_shows_the_true_owners(seed):
    service, truth = true_story("memory", seed)
    wrong = []
    cycle_start = truth.policy_at(T0).cycle_start(T0)
    while cycle_start < after(SECONDS):
        timeline = load_cycle(service, cycle_start, now=after(SECONDS))
        wrong += [
            (at, shown.runner_id, truth.owner_at(at))
            for shown in timeline.ownership
            for at in (shown.start, shown.start + (shown.end - shown.start) / 2, shown.end - TICK)
            if at < after(SECONDS) and shown.runner_id != truth.owner_at(at)
        ]
        cycle_start = timeline.cycle_end

    assert truth.answers
    assert wrong == []

"""What really happened, against what is reconstructed from the stored rows alone."""

from datetime import timedelta

import pytest

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Presence, Service
from scheduler.simulation.store import Answer
from tests.conftest import T0, after
from tests.simulation.build import POLICY, play, random_scenario
from tests.simulation.truth import Truth

TICK = timedelta(microseconds=1)
SECONDS = 150.0


def true_story(store: str, seed: int) -> tuple[Service, Truth]:
    scenario = random_scenario(seed, seconds=SECONDS)
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


def started(truth: Truth, runner_id: str, at: float) -> None:
    answer(truth, runner_id, at, run_id=f"{runner_id} {at}")


def answer(truth: Truth, runner_id: str, at: float, *, run_id: str = "", blocked: str = "") -> None:
    """A runner asks, alone as it is in its fleet, and starts unless `blocked`."""
    truth.note_beat(runner_id, after(at), eligible=True)
    claim = decide_atomic_service_claim(
        runner_id=runner_id,
        active_runners=[ActiveRunnerInfo(runner_id, T0, T0, True)],
        current_time=after(at).timestamp(),
        **POLICY.decision_arguments(),
    )
    truth.note_answer(runner_id, after(at), Answer(claim=claim, blocked=blocked), run_id=run_id)


def holders(truth: Truth, at: float) -> list[str]:
    return [run.run_id for run in truth.holders_at(after(at))]


def test_a_run_holds_until_the_instant_it_ends():
    truth = Truth(POLICY, start=T0)
    started(truth, "a", 1)
    truth.note_end("a 1", Status.COMPLETED, "", after(5))
    truth.note_end("a 1", Status.ABANDONED, "exception:OSError", after(6))

    assert [holders(truth, at) for at in (0.999999, 1, 4.999999, 5)] == [[], ["a 1"], ["a 1"], []]
    assert truth.runs[0].status == "completed"


def test_a_holder_that_is_silent_holds_again_when_it_is_heard_of_before_anybody_asks():
    truth = Truth(POLICY, start=T0)
    started(truth, "a", 1)
    truth.note_beat("a", after(15), eligible=False)

    # Beats are good for 10 s.
    assert [holders(truth, at) for at in (11, 11.000001, 15)] == [["a 1"], [], ["a 1"]]


def test_a_silent_holder_is_given_up_when_somebody_asks():
    truth = Truth(POLICY, start=T0)
    started(truth, "a", 1)
    answer(truth, "b", 12, blocked="late_start")
    truth.note_beat("a", after(15), eligible=True)

    assert [holders(truth, at) for at in (11, 11.000001, 15)] == [["a 1"], [], []]
    assert (truth.runs[0].reason, truth.runs[0].ended_at) == ("runner_dead", after(11))


def test_runs_of_a_fleet_that_decides_for_itself_hold_until_they_end():
    truth = Truth(POLICY, start=T0, coordinated=False)
    started(truth, "a", 1)
    started(truth, "b", 20)

    assert holders(truth, 30) == ["a 1", "b 20"]


def test_only_looks_speak_for_a_fleet_that_decides_for_itself():
    truth = Truth(POLICY, start=T0, coordinated=False)
    truth.note_look(after(3), good_for_seconds=4)

    instants = [after(at) for at in (2.999999, 3, 7, 7.000001)]
    assert [truth.watched_at(at) for at in instants] == [False, True, True, False]
    assert Truth(POLICY, start=T0).watched_at(after(0))


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

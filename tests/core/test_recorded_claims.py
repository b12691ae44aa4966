from dataclasses import replace

import pytest

from scheduler.core.explain import CheckName, CheckState
from scheduler.core.plan import plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.recorded_claims import RecordedClaim, derived_claim, recorded_claim
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from tests.core.build import T0, at, claimed, execution, refusal, runner

# Cycles of 300 s; of three, each has a slot of 100 s with a window of 40 s, startable for 20 s.
POLICY = SchedulingPolicy(membership_stabilization_seconds=60)


def states(claim: RecordedClaim) -> dict[CheckName, CheckState]:
    return claim.explained().checks


def stored(row, **facts):
    known = {
        "cycle_start": T0,
        "slot_start": at(100),
        "slot_end": at(140),
        "runner_position": 1,
        "assigned_runner_id": "b",
    }
    return replace(claimed(row, runner_count=3), **(known | facts))


def test_a_start_had_passed_every_check() -> None:
    claim = recorded_claim(stored(execution("b", 105, 120)), POLICY, at(-400))

    assert not claim.is_derived
    assert set(states(claim).values()) == {CheckState.PASSED}


@pytest.mark.parametrize(
    ("reason", "failed"),
    [
        ("slot_window_invalid", CheckName.WINDOW),
        ("scheduled_runner_in_grace", CheckName.GRACE),
        ("late_start", CheckName.LATE_START),
    ],
)
def test_a_refusal_failed_the_check_of_its_reason(reason: str, failed: CheckName) -> None:
    claim = recorded_claim(stored(refusal("b", 130, reason=reason)), POLICY, at(100))

    assert [name for name, state in states(claim).items() if state is CheckState.FAILED] == [failed]


def test_who_met_a_prior_run_had_been_cleared() -> None:
    claim = recorded_claim(stored(refusal("b", 105, reason="prior_running")), POLICY, at(-400))

    assert claim.claim.reason is Reason.ASSIGNED
    assert set(states(claim).values()) == {CheckState.PASSED}


def test_the_numbers_are_those_of_the_first_attempt() -> None:
    row = stored(refusal("b", 130, 138, reason="late_start", attempts=3))

    explained = recorded_claim(row, POLICY, at(-400)).explained()

    assert (explained.now, explained.window) == (at(130), (at(100), at(140)))
    assert (explained.runner_count, explained.allowed) == (3, 0.5)


def test_a_row_that_no_claim_wrote_has_no_recorded_decision() -> None:
    with pytest.raises(ValueError, match="no decision is stored of run 'run-1'"):
        recorded_claim(execution("b", 105, 120), POLICY, at(-400))


def plan(*runner_ids: str):
    return plan_cycle(runners=[runner(each) for each in runner_ids], at=T0, policy=POLICY)


@pytest.mark.parametrize(
    ("runner_id", "seconds", "reason", "position"),
    [
        ("b", 105, Reason.ASSIGNED, 1),
        ("b", 125, Reason.LATE_START, 1),
        ("b", 20, Reason.NOT_ASSIGNED_SLOT, 1),
        ("x", 105, Reason.NOT_ASSIGNED_SLOT, None),
    ],
)
def test_what_was_not_told_is_derived_from_the_plan(
    runner_id: str, seconds: float, reason: Reason, position: int | None
) -> None:
    claim = derived_claim(execution(runner_id, seconds, 200), plan("a", "b", "c"))

    assert claim is not None
    assert claim.is_derived
    assert (claim.claim.reason, claim.claim.runner_position) == (reason, position)
    assert claim.claim.stable_runner_count == 3


def test_of_a_plan_without_runners_nothing_is_derived() -> None:
    assert derived_claim(execution("a", 5, 6), plan()) is None

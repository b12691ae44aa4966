from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from uuid import UUID

import pytest
from pynenc.orchestrator import atomic_service as oracle

from scheduler.core import types
from scheduler.core.types import (
    ActiveRunnerInfo,
    AtomicServiceClaim,
    AtomicServiceDecisionReason,
    AtomicServiceExecution,
    AtomicServiceExecutionStatus,
    AtomicServiceId,
    AtomicServiceRun,
)
from tests.core.build import T0, at

ENUMS = ("AtomicServiceDecisionReason", "AtomicServiceExecutionStatus")


@pytest.mark.parametrize("name", ENUMS)
def test_enums_have_the_package_s_names_and_values(name: str) -> None:
    ours = {each.name: each.value for each in getattr(types, name)}
    theirs = {each.name: each.value for each in getattr(oracle, name)}

    assert ours == theirs


@pytest.mark.parametrize("reason", list(oracle.AtomicServiceDecisionReason))
def test_the_same_reasons_are_persisted(reason: oracle.AtomicServiceDecisionReason) -> None:
    assert AtomicServiceDecisionReason(reason.value).is_persisted() is reason.is_persisted()


@pytest.mark.parametrize("name", ["ActiveRunnerInfo", "AtomicServiceExecution"])
def test_rows_have_the_package_s_fields_and_defaults(name: str) -> None:
    ours, theirs = getattr(types, name), getattr(oracle, name)

    assert ours._fields == theirs._fields
    assert ours._field_defaults == theirs._field_defaults


def test_an_id_reads_as_its_two_parts() -> None:
    assert str(AtomicServiceId("host-3", "a1")) == "runner:host-3 atomic-service-run:a1"


def test_an_id_gets_a_new_run_id_each_time() -> None:
    first, second = AtomicServiceId("r"), AtomicServiceId("r")

    assert UUID(first.atomic_service_run_id).version == 4
    assert first != second


def test_an_id_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        AtomicServiceId("r", "a1").runner_id = "s"  # type: ignore[misc]


def test_a_run_is_built_from_the_flat_pair() -> None:
    run = AtomicServiceRun(runner_id="r", atomic_service_run_id="a1")

    assert run.atomic_service_id == AtomicServiceId("r", "a1")


def test_a_run_without_a_run_id_gets_one() -> None:
    run = AtomicServiceRun(runner_id="r")

    assert UUID(run.atomic_service_run_id).version == 4


def test_the_composed_id_wins_over_the_flat_pair() -> None:
    run = AtomicServiceRun(AtomicServiceId("r", "a1"), runner_id="s", atomic_service_run_id="b2")

    assert (run.runner_id, run.atomic_service_run_id) == ("r", "a1")


def test_a_run_of_nobody_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="atomic_service_id or a runner_id"):
        AtomicServiceRun(atomic_service_run_id="a1")


def test_the_aliases_follow_a_changed_id() -> None:
    run = AtomicServiceRun(AtomicServiceId("r", "a1"))

    run.atomic_service_id = AtomicServiceId("s", "b2")

    assert (run.runner_id, run.atomic_service_run_id) == ("s", "b2")


def test_a_replaced_run_keeps_its_id() -> None:
    run = replace(AtomicServiceRun(AtomicServiceId("r", "a1")), started_at=T0)

    assert run == AtomicServiceRun(AtomicServiceId("r", "a1"), started_at=T0)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"cycle_start": T0},
        {"cycle_start": T0, "slot_start": T0},
        {"slot_start": T0, "slot_end": at(90)},
        {"started_at": at(0.25)},
        {"cycle_start": T0, "slot_start": T0, "slot_end": at(90), "started_at": at(1)},
    ],
)
def test_a_run_reads_as_the_package_s(known: dict[str, object]) -> None:
    ours = AtomicServiceRun(AtomicServiceId("r", "a1"), **known)  # type: ignore[arg-type]
    theirs = oracle.AtomicServiceRun(oracle.AtomicServiceId("r", "a1"), **known)

    assert str(ours) == str(theirs)


def test_a_runner_may_not_run_services_unless_told_and_accepts_queues() -> None:
    runner = ActiveRunnerInfo("r", T0, T0, consumed_queues=("default",))

    assert runner.allow_to_run_atomic_service is False
    assert runner.consumed_queues == ("default",)


def test_an_execution_is_built_from_raw_parts() -> None:
    row = AtomicServiceExecution.from_raw(
        "r", "a1", T0, at(2.5), AtomicServiceExecutionStatus.ABANDONED, "runner_dead"
    )

    assert (row.runner_id, row.atomic_service_run_id) == ("r", "a1")
    assert tuple(row) == (AtomicServiceId("r", "a1"), T0, at(2.5), "abandoned", "runner_dead")


def test_an_execution_gives_the_run_it_recorded() -> None:
    row = AtomicServiceExecution.from_raw("r", "a1", T0, None)

    assert row.atomic_service_run == AtomicServiceRun(AtomicServiceId("r", "a1"), started_at=T0)


@pytest.mark.parametrize("status", list(AtomicServiceExecutionStatus))
def test_only_a_running_execution_is_active(status: AtomicServiceExecutionStatus) -> None:
    row = AtomicServiceExecution.from_raw("r", "a1", T0, None, status)

    assert row.is_active is (status.value == "running")


@pytest.mark.parametrize(("end", "seconds"), [(None, 0.0), (T0 + timedelta(milliseconds=7), 0.007)])
def test_the_duration_is_zero_until_there_is_an_end(end: None, seconds: float) -> None:
    assert AtomicServiceExecution.from_raw("r", "a1", T0, end).duration_seconds == seconds


def test_a_claim_is_its_own_decision() -> None:
    claim = AtomicServiceClaim("r", AtomicServiceDecisionReason.LATE_START, T0)

    assert claim.decision is claim


def test_a_claim_skips_for_persisted_reasons_only() -> None:
    reasons = AtomicServiceDecisionReason

    assert AtomicServiceClaim("r", reasons.LATE_START, T0).skip_reason is reasons.LATE_START
    assert AtomicServiceClaim("r", reasons.NOT_ASSIGNED_SLOT, T0).skip_reason is None

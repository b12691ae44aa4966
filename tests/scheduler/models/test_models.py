from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Origin, Policy, Presence, Runner, Service, ServiceMode
from scheduler.models.policy import POLICY_FIELDS, ImmutablePolicyError
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(service: Service) -> Runner:
    return Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)


def store(runner: Runner, run_id: str, **changes: object) -> Execution:
    fields = {
        "status": Status.COMPLETED.value,
        "origin": Origin.CLAIMED.value,
        "started_at": T0,
        "ended_at": after(5),
        "first_attempt_at": T0,
        "last_attempt_at": T0,
    }
    return Execution.objects.create(
        service=runner.service, runner=runner, run_id=run_id, **(fields | changes)
    )


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("execution_terminal_has_end", {"ended_at": None}),
        ("execution_terminal_has_end", {"status": "running"}),
        ("execution_ends_after_start", {"ended_at": after(-1)}),
        ("execution_blocked_has_reason", {"status": "blocked"}),
        ("execution_status_known", {"status": "paused"}),
        ("execution_origin_known", {"origin": "guessed"}),
        ("execution_attempts_counted", {"attempts": 0}),
        ("execution_attempts_counted", {"last_attempt_at": after(-1)}),
    ],
)
def test_the_database_refuses_an_execution_that_cannot_be(runner, constraint, changes):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        store(runner, "x", **changes)


def test_the_database_refuses_a_second_running_of_a_coordinated_service(runner):
    store(runner, "x", status="running", ended_at=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        store(runner, "y", status="running", ended_at=None)


def test_the_database_keeps_two_reported_running(runner):
    for run_id in ("x", "y"):
        store(runner, run_id, status="running", ended_at=None, origin="reported")

    assert Execution.objects.filter(status="running").count() == 2


def test_the_database_refuses_a_run_id_twice(runner):
    store(runner, "x")

    with pytest.raises(IntegrityError), transaction.atomic():
        store(runner, "x")


@pytest.mark.parametrize(
    "changes",
    [
        {"last_heartbeat_at": after(-1)},
        {"expires_at": after(-1), "last_heartbeat_at": T0},
        {"position": 0, "eligible": False},
    ],
)
def test_the_database_refuses_a_presence_that_cannot_be(runner, changes):
    fields = {"started_at": T0, "last_heartbeat_at": T0, "expires_at": after(30)}

    with pytest.raises(IntegrityError), transaction.atomic():
        Presence.objects.create(service=runner.service, runner=runner, **(fields | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"service_interval_minutes": 0},
        {"spread_margin_minutes": -1},
        {"dead_after_seconds": 0},
        {"max_start_slot_fraction": float("nan")},
    ],
)
def test_the_database_refuses_a_policy_that_cannot_be(service, changes):
    fields = dict.fromkeys(POLICY_FIELDS, 1.0)

    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(
            service=service, effective_from=T0, recorded_at=T0, **(fields | changes)
        )


def test_a_policy_revision_is_never_changed(service):
    revision = Policy.objects.get(service=service)
    revision.spread_margin_minutes = 0.2

    with pytest.raises(ImmutablePolicyError, match="change_policy"):
        revision.save()


def test_a_stored_policy_is_the_cores(make_service):
    service = make_service(spread_margin_minutes=0.25, max_start_slot_fraction=0.7)

    assert Policy.objects.get(service=service).scheduling_policy == SchedulingPolicy(
        service_interval_minutes=1.0,
        spread_margin_minutes=0.25,
        check_interval_seconds=5.0,
        membership_stabilization_seconds=0.0,
        max_start_slot_fraction=0.7,
        dead_after_seconds=30.0,
    )


def test_deleting_a_service_takes_its_history_along(runner):
    store(runner, "x")
    Presence.objects.create(
        service=runner.service,
        runner=runner,
        started_at=T0,
        last_heartbeat_at=T0,
        expires_at=T0 + timedelta(seconds=1),
    )

    runner.service.delete()

    assert not Execution.objects.exists()
    assert not Runner.objects.exists()


@pytest.mark.parametrize(
    ("model", "field", "values"),
    [(Execution, "status", Status), (Execution, "origin", Origin), (Service, "mode", ServiceMode)],
)
def test_a_fields_choices_are_the_vocabularys(model, field, values):
    choices = {value for value, _ in model._meta.get_field(field).choices}

    assert choices == {member.value for member in values}

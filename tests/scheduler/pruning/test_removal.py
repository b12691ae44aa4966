"""Deleted services: out of sight at once, gone batch by batch, beside everybody else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection

from scheduler.collectors.observed import observed_service
from scheduler.core.policy import SchedulingPolicy
from scheduler.errors import Refused
from scheduler.intake.claims import claim, finish
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.known_services import services_by_slug
from scheduler.models import Execution, Runner, Service
from scheduler.overview import service_overviews
from scheduler.pruning.removal import Remover, contents, in_removal, mark_deleted, owned_models
from scheduler.services import UnknownService, change_policy, create_service, get_service
from scheduler.upkeep.duties import Upkeep
from tests.conftest import after
from tests.scheduler.pruning.pruned_rows import tell_random_rows


def rows_of(service):
    return {
        model.__name__: model.objects.filter(service=service).count() for model in owned_models()
    }


@pytest.fixture
def full(observed):
    """A service with rows of every kind that a day makes."""
    tell_random_rows(observed, Random(7))
    run = ExecutionReport(
        runner_id="late", run_id="r", started_at=after(1), ended_at=after(2), status="completed"
    )
    report(observed, executions=[run])
    return observed


def test_every_table_of_a_service_is_known():
    owned = {
        model
        for model in apps.get_app_config("scheduler").get_models()
        if any(field.related_model is Service for field in model._meta.concrete_fields)
    }

    assert set(owned_models()) == owned


@pytest.mark.django_db
def test_it_is_out_of_sight_as_soon_as_it_is_marked(full):
    mark_deleted(full, by="kim")

    assert rows_of(full)["Execution"] > 0
    assert services_by_slug() == []
    assert service_overviews(after(0)) == []
    with pytest.raises(UnknownService):
        get_service(full.slug)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "write",
    [
        lambda service: report(service),
        lambda service: change_policy(service, SchedulingPolicy(), changed_by="x"),
        lambda service: mark_deleted(service, by="kim"),
    ],
)
def test_nobody_writes_to_it_any_more(write, full):
    mark_deleted(full, by="kim")

    with pytest.raises(Service.DoesNotExist):
        write(full)


@pytest.mark.django_db
def test_its_slug_is_taken_until_its_rows_are_gone_and_the_refusal_says_so(full):
    mark_deleted(full, by="kim")

    with pytest.raises(ValidationError, match="is being deleted: try again when"):
        create_service(full.slug)
    with pytest.raises(Refused, match="is being deleted: try again when"):
        observed_service(full.slug, name="n", policy=SchedulingPolicy(), changed_by="pynenc")


@pytest.mark.django_db
def test_it_goes_in_small_batches_with_everything_it_had(full, make_service):
    other = make_service()
    run = claim(other, "a", now=after(0)).execution
    mark_deleted(full, by="kim")
    remover, batches = Remover(full), []

    while not batches or not batches[-1].is_done:
        batches.append(remover.remove())

    assert max(batch.rows for batch in batches) <= 500
    assert sum(batch.rows for batch in batches) > 200
    assert not Service.objects.filter(pk=full.pk).exists()
    assert set(rows_of(full).values()) == {0}
    assert Execution.objects.get() == run


@pytest.mark.django_db
def test_who_stops_half_way_is_followed_by_the_worker(full):
    mark_deleted(full, by="kim")
    Remover(full).remove()

    upkeep, rows = Upkeep(say=print), 0
    while in_removal():
        rows += upkeep.work().rows["deleted_services"]

    assert rows > 0
    assert not Service.objects.exists()


@pytest.mark.django_db
def test_its_slug_is_free_again_once_it_is_gone(full):
    mark_deleted(full, by="kim")
    while not Remover(full).remove().is_done:
        pass

    assert create_service(full.slug).pk != full.pk


@pytest.mark.django_db
def test_what_goes_is_counted_up_to_a_limit(full):
    exact = {each.words: each for each in contents(full)}
    capped = {each.words: each for each in contents(full, at_most=50)}

    executions = Execution.objects.filter(service=full).count()
    assert exact["executions"].number == executions > 50
    assert not exact["executions"].is_more
    assert (capped["executions"].number, capped["executions"].is_more) == (50, True)
    assert exact["policy"].number == 1
    assert "heartbeats" not in exact or exact["heartbeats"].number


@pytest.mark.django_db(transaction=True)
def test_claims_and_reports_go_on_while_another_service_goes(make_service, observed):
    big, busy = make_service(), make_service(service_interval_minutes=60.0)
    runner = Runner.objects.create(service=big, runner_id="old", first_seen_at=after(0))
    Execution.objects.bulk_create(
        Execution(
            service=big,
            runner=runner,
            run_id=f"old-{number}",
            status="completed",
            origin="claimed",
            started_at=after(number),
            ended_at=after(number + 1),
            first_attempt_at=after(number),
            last_attempt_at=after(number),
        )
        for number in range(2_000)
    )
    are_off = threading.Barrier(4)

    def work(what):
        are_off.wait(timeout=60)
        try:
            return what()
        finally:
            connection.close()

    def remove():
        while not Remover(big).remove().is_done:
            pass

    def claims():
        started = 0
        for _ in range(20):
            run = claim(busy, "a").execution
            if run is not None:
                started += 1
                finish(busy, run.run_id)
        return started

    def reports():
        """To the one that goes, from before it was marked on: taken or gone, nothing else."""
        told = 0
        for number in range(20):
            try:
                claim(big, f"runner-{number}")
            except Service.DoesNotExist:
                told += 1
        return told

    mark = lambda: mark_deleted(big, by="kim") or remove()  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(work, what) for what in (mark, claims, reports, claims)]
        results = [job.result() for job in jobs]

    assert results[1] + results[3] > 0
    assert not Service.objects.filter(pk=big.pk).exists()
    assert set(rows_of(big).values()) == {0}

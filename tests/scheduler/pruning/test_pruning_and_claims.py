"""Claims go on while a service is pruned, from threads of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from scheduler.db import clock
from scheduler.intake.claims import claim, finish
from scheduler.models import Acknowledgement, Execution, Runner, Service
from scheduler.pruning.pruner import Pruner
from tests.scheduler.pruning.pruned_rows import acknowledgement

OLD = 3_000
CLAIMERS, CLAIMS = 3, 25


def claim_and_finish(service: Service, name: str, are_off: threading.Barrier) -> int:
    are_off.wait(timeout=60)
    started = 0
    for _ in range(CLAIMS):
        run = claim(service, name).execution
        if run is not None:
            started += 1
            finish(service, run.run_id)
    connection.close()
    return started


def prune(service: Service, are_off: threading.Barrier) -> int:
    are_off.wait(timeout=60)
    pruner, rows, is_done = Pruner(), 0, False
    while not is_done:
        batch = pruner.prune(service, at_most=40)
        rows, is_done = rows + batch.rows, batch.is_done
    connection.close()
    return rows


def acknowledge(service: Service, seen: Acknowledgement, are_off: threading.Barrier) -> int:
    """Some of the blocks, a few at a time, from the newest on; how many there were still."""
    are_off.wait(timeout=60)
    number = 0
    old = Execution.objects.filter(service=service, run_id__startswith="old-")
    blocks = old.filter(status="blocked", acknowledgement=None)
    for _ in range(20):
        keys = list(blocks.order_by("-started_at").values_list("pk", flat=True)[:5])
        number += Execution.objects.filter(pk__in=keys).update(acknowledgement=seen)
    connection.close()
    return number


@pytest.mark.django_db(transaction=True)
def test_claims_and_acknowledgements_go_on_while_two_prune(make_service):
    service = make_service(service_interval_minutes=60.0, dead_after_seconds=3_600.0)
    old = clock.now() - timedelta(days=2)
    runner = Runner.objects.create(service=service, runner_id="old", first_seen_at=old)
    Execution.objects.bulk_create(
        Execution(
            service=service,
            runner=runner,
            run_id=f"old-{number}",
            status="blocked" if number % 3 else "completed",
            origin="reported",
            reason="late_start" if number % 3 else "",
            started_at=at,
            ended_at=at,
            first_attempt_at=at,
            last_attempt_at=at,
        )
        for number in range(OLD)
        for at in [old + timedelta(seconds=number)]
    )
    seen = acknowledgement(service)
    Service.objects.filter(pk=service.pk).update(summarised_until=clock.now(), keep_days=1)
    service.refresh_from_db()
    are_off = threading.Barrier(CLAIMERS + 3)

    with ThreadPoolExecutor(CLAIMERS + 3) as pool:
        pruned = [pool.submit(prune, service, are_off) for _ in range(2)]
        acknowledged = pool.submit(acknowledge, service, seen, are_off)
        claimed = [
            pool.submit(claim_and_finish, service, f"r{number}", are_off)
            for number in range(CLAIMERS)
        ]
        started = sum(one.result(timeout=120) for one in claimed)
        rows = sum(one.result(timeout=120) for one in pruned)
        kept = acknowledged.result(timeout=120)

    left = Execution.objects.filter(run_id__startswith="old-")
    # Each old row is gone once, or acknowledged.
    assert left.count() == left.filter(acknowledgement=seen).count() == kept == OLD - rows
    recent = Execution.objects.exclude(run_id__startswith="old-")
    assert recent.filter(status="completed").count() == started > 0

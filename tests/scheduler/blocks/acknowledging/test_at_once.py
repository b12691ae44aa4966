"""Operators who work at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from scheduler.blocks import acknowledgements
from scheduler.blocks.acknowledgements import (
    AlreadyUndone,
    NothingToAcknowledge,
    acknowledge,
    undo,
)
from scheduler.models import Acknowledgement, DerivedBlock, Execution
from tests.conftest import after
from tests.scheduler.blocks.acknowledging.actions import (
    acknowledged,
    everything,
    open_blocks,
)

pytestmark = pytest.mark.django_db


def in_threads(*works):
    """What each of these answered, or the error it ended with, all of them begun at once."""
    together = threading.Barrier(len(works))

    def work(one):
        together.wait(timeout=60)
        try:
            return one()
        except (NothingToAcknowledge, AlreadyUndone) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(work, works))


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_each_row_belongs_to_one(observed, add, derive, monkeypatch):
    monkeypatch.setattr(acknowledgements, "BATCH", 3)
    add(*["blocked"] * 60)
    derive(30)
    early = Execution.objects.filter(started_at__lt=after(40))
    late = Execution.objects.filter(started_at__gte=after(20))

    def some(name, rows):
        return lambda: acknowledge(
            observed,
            executions=rows,
            derived_blocks=DerivedBlock.objects.all(),
            seen=None,
            by=name,
            note="Mine.",
        )

    answers = in_threads(*(some(f"ada-{n}", early) for n in range(3)), some("bob", late))

    actions = [each for each in answers if isinstance(each, Acknowledgement)]
    assert open_blocks(observed) == (0, 0)
    assert sum(each.block_count for each in actions) == 90
    assert [each.block_count for each in actions] == [sum(acknowledged(each)) for each in actions]
    assert Acknowledgement.objects.count() == len(actions)


@pytest.mark.django_db(transaction=True)
def test_of_two_undos_one_counts(observed, add, monkeypatch):
    monkeypatch.setattr(acknowledgements, "BATCH", 3)
    add(*["blocked"] * 60)
    action = everything(observed)

    def take_back(name):
        own = Acknowledgement.objects.get(pk=action.pk)
        return lambda: undo(own, by=name)

    answers = in_threads(*(take_back(f"bob-{n}") for n in range(3)))

    (undone,) = [each for each in answers if isinstance(each, Acknowledgement)]
    assert [type(each) for each in answers].count(AlreadyUndone) == 2
    action.refresh_from_db()
    assert action.undone_by == undone.undone_by
    assert open_blocks(observed) == (60, 0)


def test_what_is_undone_takes_no_more(observed, add, monkeypatch):
    monkeypatch.setattr(acknowledgements, "BATCH", 2)
    add(*["blocked"] * 6)
    real, locks = acknowledgements.service_lock, []

    def lock_and_undo(service, now):
        locks.append(now)
        # Before the third batch; the undo has locks of its own.
        if len(locks) == 3:
            undo(Acknowledgement.objects.get(), by="bob")
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "service_lock", lock_and_undo)
    action = everything(observed)

    action.refresh_from_db()
    assert (action.undone_by, action.block_count, acknowledged(action)) == ("bob", 4, (0, 0))
    assert open_blocks(observed) == (6, 0)


def test_undo_takes_back_what_is_still_being_acknowledged(observed, add, monkeypatch):
    add("blocked")
    action = everything(observed)
    (late,) = add("blocked", first=10)
    real = acknowledgements.service_lock

    def lock_after_another_batch(service, now):
        monkeypatch.setattr(acknowledgements, "service_lock", real)
        Execution.objects.filter(pk=late.pk).update(acknowledgement=action)
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "service_lock", lock_after_another_batch)
    undo(action, by="bob")

    assert open_blocks(observed) == (2, 0)

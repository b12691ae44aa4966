import pytest

from scheduler.blocks import acknowledgements
from scheduler.blocks.acknowledgements import (
    AlreadyUndone,
    InvalidAcknowledgement,
    latest_acknowledgements,
    undo,
)
from scheduler.models import Acknowledgement, DerivedBlock
from tests.conftest import after
from tests.scheduler.blocks.acknowledging.actions import (
    Crash,
    acknowledged,
    crash_in_turn,
    everything,
    open_blocks,
)

pytestmark = pytest.mark.django_db


def test_undo_says_who_and_when_and_keeps_the_action(observed, add, derive):
    add("blocked")
    derive(1)
    action = everything(observed)

    undone = undo(action, by=" bob ", now=after(950))

    assert undone == Acknowledgement.objects.get()
    undone.refresh_from_db()
    assert (undone.undone_by, undone.undone_at) == ("bob", after(950))
    assert (undone.acknowledged_by, undone.block_count) == ("ada", 2)
    assert open_blocks(observed) == (1, 1)


def test_undo_leaves_other_actions_alone(observed, add):
    add("blocked")
    first = everything(observed)
    add("blocked", first=10)
    second = everything(observed)

    undo(first, by="bob")

    assert (acknowledged(first), acknowledged(second)) == ((0, 0), (1, 0))


def test_a_second_undo_is_refused(observed, add):
    add("blocked")
    action = everything(observed)
    undo(action, by="bob", now=after(950))
    later = everything(observed)

    with pytest.raises(AlreadyUndone):
        undo(action, by="eve", now=after(960))

    action.refresh_from_db()
    assert (action.undone_by, action.undone_at) == ("bob", after(950))
    assert acknowledged(later) == (1, 0)


def test_undo_needs_a_name(observed, add):
    add("blocked")
    action = everything(observed)

    with pytest.raises(InvalidAcknowledgement):
        undo(action, by=" ")

    assert acknowledged(action) == (1, 0)


def test_an_action_whose_blocks_have_all_gone_can_be_undone(observed, derive):
    derive(2)
    action = everything(observed)
    DerivedBlock.objects.all().delete()

    assert undo(action, by="bob", now=after(950)).undone_at == after(950)


def test_an_undo_that_crashed_is_in_force_with_what_is_left_and_is_repeated(
    observed, add, monkeypatch
):
    monkeypatch.setattr(acknowledgements, "BATCH", 2)
    add(*["blocked"] * 5)
    action = everything(observed)
    with monkeypatch.context() as patch:
        crash_in_turn(patch, 3)
        with pytest.raises(Crash):
            undo(action, by="bob")
    action.refresh_from_db()
    assert (action.undone_at, acknowledged(action)) == (None, (1, 0))

    undo(action, by="bob")

    assert open_blocks(observed) == (5, 0)


def test_the_latest_actions_come_first_with_what_they_still_cover(observed, add, derive):
    add("blocked")
    derive(2)
    first = everything(observed, now=after(900))
    DerivedBlock.objects.filter(started_at=after(1)).delete()
    add("blocked", first=10)
    second = everything(observed, now=after(910))
    undo(second, by="bob")
    third = everything(observed, now=after(920))

    told = [(each.acknowledgement, each.in_force) for each in latest_acknowledgements(observed)]

    assert told == [(third, 1), (second, 0), (first, 2)]
    newest = [each.acknowledgement for each in latest_acknowledgements(observed, at_most=1)]
    assert newest == [third]


def test_what_a_very_large_action_covers_is_not_counted(observed, add, monkeypatch):
    monkeypatch.setattr(acknowledgements, "COUNTED", 2)
    add(*["blocked"] * 3)
    action = everything(observed)

    (told,) = latest_acknowledgements(observed)
    assert told.in_force is None

    undo(action, by="bob")
    (told,) = latest_acknowledgements(observed)
    assert told.in_force == 0


def test_the_latest_actions_take_three_queries(observed, add, django_assert_num_queries):
    for number in range(4):
        add("blocked", first=number)
        everything(observed, now=after(900 + number))

    with django_assert_num_queries(3):
        latest_acknowledgements(observed)

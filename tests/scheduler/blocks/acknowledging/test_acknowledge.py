import pytest

from scheduler.blocks import acknowledgements
from scheduler.blocks.acknowledgements import (
    InvalidAcknowledgement,
    NothingToAcknowledge,
    acknowledge,
    seen_now,
    undo,
)
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Runner
from tests.conftest import T0, after
from tests.scheduler.blocks.acknowledging.actions import (
    Crash,
    acknowledged,
    crash_in_turn,
    everything,
    open_blocks,
)

pytestmark = pytest.mark.django_db


def test_it_says_who_when_why_and_how_many(observed, add, derive):
    add("blocked", "blocked")
    derive(3)

    action = everything(observed, by=" ada ", note="  A known outage.\n")

    assert action == Acknowledgement.objects.get()
    action.refresh_from_db()
    assert (action.acknowledged_by, action.note) == ("ada", "A known outage.")
    assert (action.acknowledged_at, action.block_count) == (after(900), 5)
    assert (action.undone_by, action.undone_at) == ("", None)
    assert acknowledged(action) == (2, 3)


def test_only_blocks_are_acknowledged(observed, add):
    _, _, refused = add("running", "completed", "blocked")

    action = everything(observed)

    assert list(action.executions.all()) == [refused]


def test_only_what_is_meant_is_acknowledged(observed, add, derive):
    _, one, _ = add("blocked", "blocked", "blocked")
    derive(2)

    action = acknowledge(
        observed,
        executions=Execution.objects.filter(pk=one.pk),
        seen=None,
        by="ada",
        note="This one.",
    )

    assert acknowledged(action) == (1, 0)
    assert open_blocks(observed) == (2, 2)


def test_filters_may_reach_over_joins_and_be_ordered(observed, add):
    add("blocked", "blocked")
    rows = Execution.objects.filter(runner__runner_id__in=["a"]).order_by("-started_at")

    action = acknowledge(observed, executions=rows, seen=None, by="ada", note="All of a.")

    assert action.block_count == 2


def test_blocks_of_another_service_are_left_alone(observed, service, add):
    other = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    add("blocked")
    add("blocked", service=service, runner=other)

    assert everything(observed).block_count == 1
    assert open_blocks(service) == (1, 0)


def test_what_arrives_after_the_page_was_drawn_is_not_acknowledged(observed, add, derive):
    add("blocked")
    seen = seen_now(observed)
    # Told late: it is older than all that was shown.
    add("blocked", first=-50)
    derive(1)

    assert everything(observed, seen).block_count == 1
    assert open_blocks(observed) == (1, 1)


def test_what_others_wrote_last_is_no_measure_of_what_was_seen(observed, service, add, monkeypatch):
    """A row of theirs may be committed while one of ours, with a lesser key, is not yet."""
    other = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    (mine,) = add("blocked")
    (theirs, *_) = add(*["blocked"] * 5, service=service, runner=other)

    assert theirs.pk > mine.pk
    assert seen_now(observed).execution_id == mine.pk

    # Where none of ours is among the latest, it is before these.
    monkeypatch.setattr(acknowledgements, "_LOOKED_BACK", 3)
    assert seen_now(observed).execution_id == theirs.pk + 4 - 3


def test_a_service_without_blocks_has_nothing_to_see(observed):
    seen = seen_now(observed)

    assert max(seen.execution_id, seen.derived_block_id) <= max(
        Execution.objects.count(), DerivedBlock.objects.count()
    )
    with pytest.raises(NothingToAcknowledge):
        everything(observed, seen)


def test_nothing_is_stored_where_there_is_nothing_to_acknowledge(observed, add):
    add("completed")
    revision = observed.revision

    with pytest.raises(NothingToAcknowledge):
        everything(observed)

    observed.refresh_from_db()
    assert (Acknowledgement.objects.count(), observed.revision) == (0, revision)


def test_what_somebody_else_took_meanwhile_is_not_taken_again(observed, add, monkeypatch):
    add("blocked")
    real = acknowledgements.service_lock
    first = []

    def late_lock(service, now):
        if not first:
            first.append(None)
            first[0] = everything(observed, by="bob")
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "service_lock", late_lock)
    with pytest.raises(NothingToAcknowledge):
        everything(observed)

    assert list(Acknowledgement.objects.all()) == first
    assert acknowledged(first[0]) == (1, 0)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"note": " \n"}, "An acknowledgement needs a note."),
        ({"note": "x" * 2_001}, "The note must have at most 2,000 characters, not 2,001."),
        ({"note": "a\0b"}, r"The note .* has a NUL or half of a surrogate pair."),
        ({"note": "a\ud800"}, r"The note .* has a NUL or half of a surrogate pair."),
        ({"by": ""}, "An acknowledgement needs a name."),
        ({"by": "x" * 201}, "The name must have at most 200 characters, not 201."),
    ],
)
def test_who_and_why_are_needed(observed, add, who, words):
    add("blocked")

    with pytest.raises(InvalidAcknowledgement, match=f"^{words}$"):
        everything(observed, **who)

    assert not Acknowledgement.objects.exists()


def test_a_note_may_be_long(observed, add):
    add("blocked")

    assert len(everything(observed, note="é" * 2_000).note) == 2_000


def test_pages_hear_of_it(observed, add):
    add("blocked")
    revision = observed.revision

    action = everything(observed)
    observed.refresh_from_db()
    assert observed.revision == revision + 1

    undo(action, by="ada")
    observed.refresh_from_db()
    assert observed.revision == revision + 2


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 5, 1_000])
def test_a_large_action_is_one_action_in_batches(observed, add, derive, monkeypatch, batch):
    monkeypatch.setattr(acknowledgements, "BATCH", batch)
    add(*["blocked"] * 4)
    derive(3)

    action = everything(observed)
    assert (action.block_count, acknowledged(action)) == (7, (4, 3))
    assert open_blocks(observed) == (0, 0)

    undo(action, by="bob", now=after(950))
    assert open_blocks(observed) == (4, 3)


def test_a_thousand_rows_take_one_update_of_each_table(
    observed, add, derive, django_assert_num_queries
):
    add(*["blocked"] * 400)
    derive(600)

    # Two reads of keys; begin and commit (or savepoints), the lock, the action, two updates, its
    # count, the revision.
    with django_assert_num_queries(10):
        action = everything(observed)

    assert acknowledged(action) == (400, 600)


def test_an_action_that_crashed_says_how_many_it_took_and_is_repeated(observed, add, monkeypatch):
    monkeypatch.setattr(acknowledgements, "BATCH", 2)
    add(*["blocked"] * 5)
    with monkeypatch.context() as patch:
        crash_in_turn(patch, 3)
        with pytest.raises(Crash):
            everything(observed)
    partial = Acknowledgement.objects.get()
    assert (partial.block_count, acknowledged(partial)) == (4, (4, 0))

    again = everything(observed)

    assert (again.block_count, acknowledged(again)) == (1, (1, 0))
    undo(partial, by="ada")
    assert open_blocks(observed) == (4, 0)

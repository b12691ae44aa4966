import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from scheduler import acknowledgements
from scheduler.acknowledgements import (
    AlreadyUndone,
    InvalidAcknowledgement,
    NothingToAcknowledge,
    acknowledge,
    latest_acknowledgements,
    seen_now,
    undo,
)
from scheduler.models import Acknowledgement, DerivedBlock, Execution, Origin, Runner
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(observed):
    return Runner.objects.create(service=observed, runner_id="a", first_seen_at=T0)


@pytest.fixture
def add(observed, runner):
    """Stores attempts of these statuses, one a second from `first` on."""

    def make(*statuses, first=0, service=observed, runner=runner):
        rows = [
            Execution(
                service=service,
                runner=runner,
                run_id=f"run-{second}",
                status=status,
                origin=Origin.REPORTED,
                started_at=after(second),
                ended_at=None if status == "running" else after(second),
                reason="late_start" if status == "blocked" else "",
                first_attempt_at=after(second),
                last_attempt_at=after(second),
            )
            for second, status in enumerate(statuses, start=first)
        ]
        return Execution.objects.bulk_create(rows)

    return make


@pytest.fixture
def derive(observed, runner):
    """Stores so many derived blocks, one a second."""

    def make(number):
        rows = [
            DerivedBlock(
                service=observed,
                runner=runner,
                cycle_start=T0,
                started_at=after(second),
                ended_at=after(second + 1),
                reason="slot_window_invalid",
                runner_position=0,
                stable_runner_count=1,
            )
            for second in range(number)
        ]
        return DerivedBlock.objects.bulk_create(rows)

    return make


def everything(service, seen=None, **who):
    """Acknowledge all that the service has."""
    said = {"by": "ada", "note": "A known outage.", "now": after(900)} | who
    return acknowledge(
        service,
        executions=Execution.objects.all(),
        derived_blocks=DerivedBlock.objects.all(),
        seen=seen,
        **said,
    )


def acknowledged(action):
    return action.executions.count(), action.derived_blocks.count()


def open_blocks(service):
    rows = service.executions.filter(status="blocked", acknowledgement=None)
    return rows.count(), service.derived_blocks.filter(acknowledgement=None).count()


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
    real = acknowledgements.turn
    first = []

    def late_turn(service, now):
        if not first:
            first.append(None)
            first[0] = everything(observed, by="bob")
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "turn", late_turn)
    with pytest.raises(NothingToAcknowledge):
        everything(observed)

    assert list(Acknowledgement.objects.all()) == first
    assert acknowledged(first[0]) == (1, 0)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({"note": " \n"}, "An acknowledgement needs a note."),
        ({"note": "x" * 2_001}, "The note has 2,001 characters: write at most 2,000."),
        ({"note": "a\0b"}, "The note has a NUL or half of a surrogate pair."),
        ({"note": "a\ud800"}, "The note has a NUL or half of a surrogate pair."),
        ({"by": ""}, "An acknowledgement needs a name."),
        ({"by": "x" * 201}, "The name has 201 characters: write at most 200."),
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

    # Two reads of keys; begin and commit (or savepoints), the turn, the action, two updates, its
    # count, the revision.
    with django_assert_num_queries(10):
        action = everything(observed)

    assert acknowledged(action) == (400, 600)


class Crash(Exception):
    pass


def crash_in_turn(monkeypatch, number):
    """The turn of this number, counted from 1, is not granted any more."""
    real, granted = acknowledgements.turn, []

    def failing_turn(service, now):
        granted.append(now)
        if len(granted) == number:
            raise Crash
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "turn", failing_turn)


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
    real, turns = acknowledgements.turn, []

    def turn_and_undo(service, now):
        turns.append(now)
        # Before the third batch; the undo has turns of its own.
        if len(turns) == 3:
            undo(Acknowledgement.objects.get(), by="bob")
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "turn", turn_and_undo)
    action = everything(observed)

    action.refresh_from_db()
    assert (action.undone_by, action.block_count, acknowledged(action)) == ("bob", 4, (0, 0))
    assert open_blocks(observed) == (6, 0)


def test_undo_takes_back_what_is_still_being_acknowledged(observed, add, monkeypatch):
    add("blocked")
    action = everything(observed)
    (late,) = add("blocked", first=10)
    real = acknowledgements.turn

    def turn_after_another_batch(service, now):
        monkeypatch.setattr(acknowledgements, "turn", real)
        Execution.objects.filter(pk=late.pk).update(acknowledgement=action)
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "turn", turn_after_another_batch)
    undo(action, by="bob")

    assert open_blocks(observed) == (2, 0)

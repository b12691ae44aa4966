"""What a summary keeps of an incident, and what is read of one that was kept as a sentence."""

from collections import Counter
from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps

from scheduler.core.incidents.kinds import (
    FACTS_OF,
    HolderFacts,
    Incident,
    IncidentKind,
    LimitFacts,
    MarginFacts,
)
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.policy import NoWindow
from scheduler.cycles.summaries import keep_summaries
from scheduler.cycles.summary_json import (
    NAMES_KEPT,
    incident_from_json,
    incident_to_json,
    judged_slots,
    tally_slots,
)
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import CycleSummary, LateChange
from tests.conftest import after

migration = import_module("scheduler.migrations.0012_incident_facts")

FACTS = [
    None,
    HolderFacts(was_heard=True),
    LimitFacts(passed_at=after(1.5)),
    NoWindow(runner_count=5, margin_seconds=60.0, interval_seconds=300.0, max_runners=4),
    NoWindow(runner_count=5, margin_seconds=60.0, interval_seconds=300.0, max_runners=None),
    MarginFacts(startable_seconds=20.000001, check_interval_seconds=30.0, margin_seconds=60.0),
]


def of(kind: IncidentKind, **more) -> Incident:
    return Incident(
        kind=kind, start=after(0), end=None, seconds=0.1 + 0.2, runner_ids=("a", "b"), **more
    )


@pytest.mark.parametrize("facts", FACTS)
def test_an_incident_is_read_as_it_was_kept(facts) -> None:
    kind = next((each for each, of_it in FACTS_OF.items() if isinstance(facts, of_it)), "overlap")
    told = of(
        IncidentKind(kind),
        facts=facts,
        run_ids=("x",),
        reason="past_slot",
        count=3,
        blocked_attempts=4,
        known_until=after(2),
    )

    assert incident_from_json(incident_to_json(told)) == told


def test_of_many_runners_the_first_are_named_and_the_others_counted() -> None:
    fleet = tuple(f"r{number}" for number in range(NAMES_KEPT + 7))

    read = incident_from_json(
        incident_to_json(replace(of(IncidentKind.UNSERVED_SLOTS), runner_ids=fleet, unnamed=3))
    )

    assert (read.runner_ids, read.unnamed) == (fleet[:NAMES_KEPT], 10)


def test_no_sentence_is_kept() -> None:
    kept = incident_to_json(of(IncidentKind.STUCK_RUN, facts=LimitFacts(passed_at=after(1))))

    assert kept["facts"] == {"passed_at": after(1).isoformat()}
    assert [key for key, value in kept.items() if isinstance(value, str) and " " in value] == []


def before_facts(kept):
    """As a summary of before has it."""
    old = {key: value for key, value in kept.items() if key not in {"facts", "unnamed"}}
    return old | {"sentence": "The run of a went on for 25 s past its slot; 1 start was blocked."}


def test_one_that_was_kept_as_a_sentence_is_read_without_it() -> None:
    told = of(IncidentKind.STUCK_RUN, reason="past_slot", facts=LimitFacts(passed_at=after(1)))

    assert incident_from_json(before_facts(incident_to_json(told))) == replace(told, facts=None)


def keep_all(service, second: float) -> None:
    while keep_summaries(service, now=after(second)).written:
        pass


@pytest.fixture
def told_in_sentences(service):
    """Cycles of a minute; a holds the service from 5 s on and is silent from then on."""
    beat(service, Beat(runner_id="a"), now=after(0))
    claim(service, "a", now=after(5))
    keep_all(service, 300)
    for row in CycleSummary.objects.all():
        row.incidents = [before_facts(each) for each in row.incidents]
        row.save()
    return service


@pytest.mark.django_db
def test_the_worker_writes_them_anew_as_facts(told_in_sentences) -> None:
    migration.sum_up_again(apps, None)
    # The cycles of a silent holder follow each other.
    assert LateChange.objects.count() == 1
    keep_all(told_in_sentences, 300)

    kept = [each for row in CycleSummary.objects.all() for each in row.incidents]
    assert kept
    assert all("facts" in each and "sentence" not in each for each in kept)
    assert not LateChange.objects.exists()


@pytest.mark.django_db
def test_cycles_whose_rows_are_pruned_are_left_as_they_are(told_in_sentences) -> None:
    told_in_sentences.pruned_until = after(300)
    told_in_sentences.save()

    migration.sum_up_again(apps, None)

    assert not LateChange.objects.exists()


def test_what_lies_within_an_hour_is_one_interval() -> None:
    starts = [(1, 0), (1, 60), (1, 3_660), (1, 7_261), (2, 7_261), (2, 7_300)]

    found = migration.stretches((service, after(start)) for service, start in starts)

    assert list(found) == [
        (1, after(0), after(3_660)),
        (1, after(7_261), after(7_261)),
        (2, after(7_261), after(7_300)),
    ]


def test_an_older_word_of_a_slot_is_read_as_the_newer_one() -> None:
    kinds = [["unserved", "relaid"], ["served", ""]]

    replanned = (Verdict.UNSERVED, "replanned")
    assert judged_slots(kinds, [0, 1]) == (replanned, (Verdict.SERVED, ""))
    assert tally_slots([{"kinds": kinds, "of": {"r7": [0, 0]}}]) == {7: Counter({replanned: 2})}

from collections import Counter

import pytest

from scheduler.core.judging.verdicts import Verdict
from scheduler.core.reasons import WindowReason
from scheduler.cycles.summaries import keep_summaries
from scheduler.fleet.slot_records import SlotRecord, record_of, runner_cycles, slot_records
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from tests.conftest import after


@pytest.mark.parametrize(
    ("verdicts", "served", "missed", "share"),
    [
        ({}, 0, 0, None),
        ({(Verdict.SERVED, ""): 3, (Verdict.BLOCKED, "late_start"): 1}, 3, 1, 0.75),
        ({(Verdict.SERVED, ""): 1, (Verdict.ABANDONED, "exception"): 1}, 1, 1, 0.5),
        ({(Verdict.UNSERVED, ""): 2}, 0, 2, 0.0),
        # Nobody's fault, or not known.
        (
            {
                (Verdict.SERVED, ""): 1,
                (Verdict.UNSERVED, WindowReason.ALREADY_SERVED): 5,
                (Verdict.UNSERVED, WindowReason.REPLANNED): 5,
                (Verdict.UNKNOWN, ""): 5,
            },
            1,
            0,
            1.0,
        ),
        ({(Verdict.UNKNOWN, ""): 5}, 0, 0, None),
    ],
)
def test_a_share_counts_the_slots_that_were_to_be_served(verdicts, served, missed, share):
    record = SlotRecord(verdicts=Counter(verdicts))

    assert (record.served, record.missed, record.share_served) == (served, missed, share)


@pytest.mark.django_db
def test_records_and_cycles_of_a_runner_tell_the_same(service):
    for start in (0, 60, 120):
        beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(start))
        if start < 120:
            run = claim(service, "a", now=after(start + 1)).execution
            finish(service, run.run_id, now=after(start + 3))
        for second in (25, 50):
            now = after(start + second)
            beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=now)
    while keep_summaries(service, now=after(180)).written:
        pass
    keys = dict(service.runners.values_list("runner_id", "pk"))

    records = slot_records(service, after(181))
    cycles = runner_cycles(service, keys["a"], after(181))

    # `a` served two of its three slots, `b` none.
    assert (records[keys["a"]].served, records[keys["a"]].missed) == (2, 1)
    assert (records[keys["b"]].served, records[keys["b"]].missed) == (0, 3)
    assert [cycle.slots for cycle in cycles] == [
        ((Verdict.SERVED, ""),),
        ((Verdict.SERVED, ""),),
        ((Verdict.UNSERVED, ""),),
    ]
    assert record_of(cycles) == records[keys["a"]]


@pytest.mark.django_db
def test_cycles_before_the_last_day_do_not_count(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    keep_summaries(service, now=after(60))

    assert slot_records(service, after(86_400 + 61)) == {}
    assert runner_cycles(service, 1, after(86_400 + 61)) == []


def test_a_runner_without_slots_has_no_record():
    assert record_of([]) is None

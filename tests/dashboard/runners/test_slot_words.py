from collections import Counter

import pytest

from dashboard.rows.slot_words import missed_rows, slot_words, telling
from dashboard.text.words import TimeWords
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.reasons import WindowReason
from scheduler.fleet.slot_records import RunnerCycle, SlotRecord
from tests.conftest import T0, after

SERVED, LATE = (Verdict.SERVED, ""), (Verdict.BLOCKED, "late_start")


def cycle(number, *slots):
    return RunnerCycle(
        cycle_start=after(60 * number), cycle_end=after(60 * number + 60), slots=slots
    )


def test_a_record_in_words():
    words = slot_words(SlotRecord(verdicts=Counter({SERVED: 3, LATE: 1})))

    assert (words.share, words.sentence) == ("75 %", "It served 3 of 4 slots.")
    assert [(signal.word, number) for signal, number in words.tallies] == [
        ("Served", 3),
        ("Blocked: late start", 1),
    ]


def test_a_record_of_slots_that_say_nothing_has_no_share():
    words = slot_words(SlotRecord(verdicts=Counter({(Verdict.UNKNOWN, ""): 3})))

    assert (words.share, words.sentence) == ("", "No slot that it was to serve is over.")
    assert slot_words(None) is None


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ((), None),
        (((Verdict.UNSERVED, WindowReason.REPLANNED), SERVED), SERVED),
        ((SERVED, LATE), LATE),
        (
            ((Verdict.UNSERVED, WindowReason.ALREADY_SERVED),),
            (Verdict.UNSERVED, WindowReason.ALREADY_SERVED),
        ),
    ],
)
def test_a_cycle_tells_the_worst_that_counts(slots, told):
    assert telling(cycle(0, *slots)) == told


def test_missed_slots_are_listed_the_latest_first_with_their_cycles():
    cycles = [
        cycle(0, LATE),
        cycle(1, SERVED),
        cycle(2, (Verdict.UNSERVED, WindowReason.ALREADY_SERVED)),
        cycle(3, (Verdict.UNSERVED, "")),
    ]

    rows = missed_rows(cycles, slug="x", words=TimeWords(zone=T0.tzinfo, now=after(300)))

    assert [(row.time, row.signal.word) for row in rows] == [
        ("12:03:00", "No start"),
        ("12:00:00", "Blocked: late start"),
    ]
    assert rows[0].url == "/s/x/cycles/2026-03-14T12:03:00Z/"

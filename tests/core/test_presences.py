from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.cycle.presences import BeatMark, lifespans_of, redundant_marks

START = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def marks_at(*told):
    """Each as seconds, whether eligible, and for how many seconds it is good."""
    return [
        BeatMark(at=START + timedelta(seconds=at), eligible=eligible, good_for_seconds=good_for)
        for at, eligible, good_for in told
    ]


@pytest.mark.parametrize(
    ("told", "redundant"),
    [
        ([], []),
        ([(0, True, 30)], []),
        ([(0, True, 30), (10, True, 30)], []),
        # 20 − 0 ≤ 30.
        ([(0, True, 30), (10, True, 30), (20, True, 30)], [1]),
        # Just as far as the first is good, and a second further.
        ([(0, True, 20), (10, True, 20), (20, True, 20)], [1]),
        ([(0, True, 20), (10, True, 20), (21, True, 20)], []),
        # The middle one ends the lifespan: its heartbeat is good for less.
        ([(0, True, 60), (10, True, 5), (20, True, 60)], []),
        # 30 − 0 ≤ 30: two in a row; 40 is too far from 0, so 30 stays.
        ([(at, True, 30) for at in (0, 10, 20, 30, 40)], [1, 2]),
        # A change of the eligibility is told by both of its sides.
        ([(0, True, 60), (10, True, 60), (20, False, 60), (30, False, 60), (40, False, 60)], [3]),
    ],
)
def test_a_beat_between_two_that_do_without_it_is_redundant(told, redundant):
    assert redundant_marks(marks_at(*told)) == redundant


beats = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from((True, True, True, False)),
        st.sampled_from((5, 30, 30, 30, 90)),
    ),
    unique_by=lambda beat: beat[0],
    max_size=60,
)


@given(beats, st.integers(0, 60))
def test_without_redundant_beats_the_same_is_laid(told, at_most):
    marks = marks_at(*sorted(told))
    gone = redundant_marks(marks)[:at_most]
    thinned = [mark for index, mark in enumerate(marks) if index not in gone]

    assert lifespans_of(thinned) == lifespans_of(marks)
    if len(gone) < at_most:
        assert redundant_marks(thinned) == []

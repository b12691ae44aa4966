"""Why a start was refused: what each page says of it."""

from datetime import timedelta

import pytest

from scheduler.words.refusals import grace_words, late_words, limit_words, margin_words

WINDOW = timedelta(seconds=15)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (late_words(0.8089), "80.89 % of its window was over"),
        (late_words(0.5, attempts=3), "50.00 % of its window was over at its first attempt"),
        (
            late_words(0.5001, window=WINDOW, limit=0.5),
            "50.01 % of its window of 15 s was over (limit 50.00 %)",
        ),
        (limit_words(2 / 3), "too much of its window was over (limit 66.67 %)"),
        (margin_words(5), "the margin takes the whole slot of each of 5 runners"),
        (
            margin_words(5, margin=60, slot=48),
            "the margin of 1 m takes the whole slot of 48 s of each of 5 runners",
        ),
        (grace_words("a"), "a was scheduled and too new"),
        (grace_words("", grace=90), "the scheduled runner was too new (grace 1 m 30 s)"),
        (
            grace_words("a", is_asker=True, seen_for="5 s", grace=90),
            "it was scheduled itself and seen for 5 s only (grace 1 m 30 s)",
        ),
    ],
)
def test_one_wording_and_one_rounding(said: str, words: str) -> None:
    assert said == words

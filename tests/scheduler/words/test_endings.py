"""Why a run was ended by somebody else."""

import pytest

from scheduler.core.reasons import EndReason
from scheduler.words.endings import ENDINGS, ending


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("runner_dead", "its runner was no longer heard"),
        ("outcome_unknown", "nobody told how it ended"),
        ("disk full", "disk full"),
        ("", ""),
    ],
)
def test_an_ending_in_words(reason: str, words: str) -> None:
    assert ending(reason) == words


def test_every_reason_has_its_words() -> None:
    assert set(ENDINGS) == set(EndReason)

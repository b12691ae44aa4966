"""A clock's offset in words."""

import pytest

from dashboard.text.clock_words import limit_words, offset_words, warning_sentence
from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import Certainty, ClockLimit, ClockWarning
from tests.conftest import T0


def clock(offset: float, uncertainty: float | None) -> ClockOffset:
    return ClockOffset(offset_seconds=offset, uncertainty_seconds=uncertainty, measured_at=T0)


@pytest.mark.parametrize(
    ("offset", "uncertainty", "words"),
    [
        (1.4, 0.2, "1.4 s ahead ± 200 ms"),
        (-0.031, 0.022, "31 ms behind ± 22 ms"),
        (0.012, 0.0, "12 ms ahead ± under 1 ms"),
        (0.0004, 0.003, "in step ± 3 ms"),
        (1.4, None, "at least 1.4 s ahead"),
        (-0.031, None, "at most 31 ms behind"),
        (-0.0004, None, "in step or ahead"),
    ],
)
def test_an_offset(offset: float, uncertainty: float | None, words: str) -> None:
    assert offset_words(clock(offset, uncertainty)) == words


@pytest.mark.parametrize("certainty", Certainty)
@pytest.mark.parametrize("limit", ClockLimit)
def test_every_warning_has_its_words(limit: ClockLimit, certainty: Certainty) -> None:
    sure = {"certain": "", "likely": "probably ", "possible": "perhaps "}
    of = {"margin": "the margin of 3 s", "startable": "a tenth of the 3 s to start in"}
    warning = ClockWarning(limit=limit, whole_seconds=3.0, certainty=certainty)

    assert limit_words(warning) == f"{sure[certainty]}more than {of[limit]}"


def test_a_warning_in_a_sentence() -> None:
    warning = ClockWarning(
        limit=ClockLimit.STARTABLE, whole_seconds=6.0, certainty=Certainty.CERTAIN
    )

    assert warning_sentence("host-3:812", clock(1.4, 0.2), warning) == (
        "host-3:812's clock is 1.4 s ahead ± 200 ms, more than a tenth of the 6 s to start in."
    )

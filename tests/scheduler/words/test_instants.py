from datetime import datetime

import pytest

from scheduler.words.instants import utc, utc_time


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("2026-11-30T12:00:00+00:00", "2026-11-30 12:00:00 UTC"),
        ("2026-11-30T12:00:00+02:00", "2026-11-30 10:00:00 UTC"),
        ("2026-11-30T01:15:00+05:45", "2026-11-29 19:30:00 UTC"),
        ("2026-12-31T20:00:00.999-08:00", "2027-01-01 04:00:00 UTC"),
    ],
)
def test_an_instant_of_any_zone_is_said_in_utc(told: str, said: str) -> None:
    at = datetime.fromisoformat(told)

    assert (utc(at), utc_time(at)) == (said, said.partition(" ")[2])

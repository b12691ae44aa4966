"""The axis of a chart in a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.plot.instants import TimeScale


@pytest.mark.parametrize(
    ("zone", "labels"),
    [
        ("UTC", {"UTC"}),
        ("Africa/Abidjan", {"UTC"}),
        ("Europe/London", {"UTC", "UTC+01:00"}),
        ("America/New_York", {"UTC−05:00", "UTC−04:00"}),
    ],
)
def test_every_offset_along_an_axis_is_known_not_only_those_of_its_ends(
    zone: str, labels: set[str]
) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)

    assert TimeScale(start=start, end=end, zone=ZoneInfo(zone)).offset_labels == labels

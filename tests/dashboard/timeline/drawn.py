"""Reading what a figure draws: texts without a zone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import T0

Bar = tuple[float, float, float]


def instant_of(drawn: str, ahead: timedelta = timedelta()) -> datetime:
    """The instant of a text on an axis that is drawn so far ahead of UTC."""
    at = datetime.fromisoformat(drawn)
    assert at.tzinfo is None
    return at.replace(tzinfo=UTC) - ahead


def seconds_of(drawn: str, since: datetime = T0) -> float:
    """In seconds after an instant, on an axis in UTC."""
    return (instant_of(drawn) - since).total_seconds()


def bars_of(trace: dict[str, Any], since: datetime = T0) -> list[Bar]:
    """Lane, start and end of each horizontal bar, in seconds after an instant."""
    starts = [seconds_of(base, since) for base in trace["base"]]
    return [
        (lane, start, start + length / 1000)
        for lane, start, length in zip(trace["y"], starts, trace["x"], strict=True)
    ]

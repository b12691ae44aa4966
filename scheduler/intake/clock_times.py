"""The times of its clock that a runner tells: which can be, and what is said of the others."""

from datetime import datetime, timedelta
from math import isfinite

# Beyond this it is no clock that is off: it was never set, or a number is in another unit.
MAX_OFFSET = timedelta(days=366)
MAX_ROUND_TRIP = timedelta(days=1)


def clock_problem(
    *, runner_time: datetime | None, received_at: datetime, round_trip_seconds: float | None
) -> str:
    """What is wrong with the times that a runner told, and what would be right; empty if nothing.

    ``received_at`` must have a time zone.
    """
    return _round_trip_problem(round_trip_seconds) or _time_problem(runner_time, received_at)


def _round_trip_problem(seconds: float | None) -> str:
    if seconds is None:
        return ""
    most = MAX_ROUND_TRIP.total_seconds()
    if isfinite(seconds) and 0 <= seconds <= most:
        return ""
    return (
        f"round_trip_seconds must be from 0 to {most:.0f} seconds, not {seconds}; "
        "send how long the runner's call before this one took, such as 0.12, or leave it out"
    )


def _time_problem(runner_time: datetime | None, received_at: datetime) -> str:
    if runner_time is None:
        return ""
    if runner_time.utcoffset() is None:
        return (
            f"runner_time {runner_time.isoformat()} has no time zone; "
            "send UTC, such as 2026-01-31T14:05:09Z"
        )
    offset = runner_time - received_at
    if abs(offset) <= MAX_OFFSET:
        return ""
    side = "after" if offset > timedelta() else "before"
    return (
        f"runner_time {runner_time.isoformat()} is {abs(offset).days:,} days {side} the "
        f"{received_at.isoformat()} at which it came; send the time that the runner's clock shows "
        f"(at most {MAX_OFFSET.days} days off), or leave it out where that was never set"
    )

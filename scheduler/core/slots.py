"""The arithmetic of slots: whose turn it is, between which instants, how much of that has passed.

What is decided with it is in claim.py, and laid out for a whole cycle in plan.py.
"""

from __future__ import annotations

from datetime import UTC, datetime

_fromtimestamp = datetime.fromtimestamp


def cycle_start_at(current_time: float, interval_seconds: float) -> datetime:
    """The start of the cycle a decision at `current_time` (Unix seconds) belongs to.

    A whole multiple of the interval since the epoch. ValueError for an interval not above 0.
    """
    if not interval_seconds > 0:
        raise ValueError(f"the service interval must be above 0 s, not {interval_seconds} s")
    # Floored, not truncated: before 1970, too, a cycle begins before the times in it.
    return _fromtimestamp((current_time // interval_seconds) * interval_seconds, UTC)


def position_at(seconds_into_cycle: float, interval_seconds: float, runner_count: int) -> int:
    """The position whose turn it is (0-based), its margin included."""
    if runner_count == 1:
        return 0
    turn = int(seconds_into_cycle // (interval_seconds / runner_count))
    if turn < 0:
        # A cycle start rounded up to the next microsecond can lie just after the current time: the
        # turn is then still the last one.
        return turn % runner_count
    # Just before the cycle's end, the quotient can round up to the count.
    return min(turn, runner_count - 1)


def assigned_position(
    *, current_time: float, service_interval_minutes: float, runner_count: int
) -> int:
    """Whose turn it is at `current_time` (Unix seconds) among `runner_count` (at least 1)."""
    if runner_count < 1:
        raise ValueError(f"no position can be assigned among {runner_count} runners")
    interval = service_interval_minutes * 60
    into_cycle = current_time - cycle_start_at(current_time, interval).timestamp()
    return position_at(into_cycle, interval, runner_count)


def slot_window(
    cycle_start: float, position: int, runner_count: int, interval: float, margin: float
) -> tuple[datetime, datetime] | None:
    """The half-open window of a position, all arguments in (Unix) seconds.

    A single runner has the whole cycle, without a margin. None when the margin leaves nothing.
    """
    if runner_count == 1:
        return _fromtimestamp(cycle_start, UTC), _fromtimestamp(cycle_start + interval, UTC)
    slot = interval / runner_count
    length = slot - margin
    if length <= 0:
        return None
    start = cycle_start + position * slot
    # Each edge is rounded by itself, as in pynenc: windows differ by a microsecond or two.
    return _fromtimestamp(start, UTC), _fromtimestamp(start + length, UTC)


def in_grace(creation_time: datetime, current_time: float, stabilization_seconds: float) -> bool:
    """Whether a runner of that age is still too new for its turn to count."""
    return (
        stabilization_seconds > 0
        and current_time - creation_time.timestamp() < stabilization_seconds
    )


def consumed_fraction(at: datetime, slot_start: datetime, slot_end: datetime) -> float:
    """How much of a window has passed at `at` (0.0 at its start, 1.0 at its end)."""
    seconds = (slot_end - slot_start).total_seconds()
    if seconds <= 0:
        return 0.0
    return (at - slot_start).total_seconds() / seconds

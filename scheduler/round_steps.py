"""Steps of time that people count in, of which no more than sixty are needed for a range."""

from datetime import UTC, datetime, timedelta

STEPS_AT_MOST = 60
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEPS = (
    *(seconds * timedelta(seconds=1) for seconds in (1, 5, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 364)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def round_step(start: datetime, end: datetime, offset: timedelta) -> timedelta:
    """The shortest step of which STEPS_AT_MOST cover [start, end); the longest where none does.

    Args:
        offset: that of the zone on whose clock steps begin at full minutes, hours and days.
    """
    fitting = (
        step for step in STEPS if (end - step_start(start, step, offset)) / step <= STEPS_AT_MOST
    )
    return next(fitting, STEPS[-1])


def step_start(at: datetime, step: timedelta, offset: timedelta) -> datetime:
    """Where the step begins that an instant is in."""
    return at - (at - _EPOCH + offset) % step

"""How far a zone's clocks are ahead of UTC over an interval, and when they are changed."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

# A zone tells its offset at an instant, and not when that changes: it is asked once a day, over
# centuries more rarely.
_LOOK = 24 * 3600
_LOOKS_AT_MOST = 2048
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class Offset(NamedTuple):
    """From ``since`` on, clocks are so far ``ahead`` of UTC."""

    since: datetime
    ahead: timedelta


def offset_at(zone: tzinfo, at: datetime) -> timedelta:
    """How far the zone's clocks are ahead of UTC at an instant."""
    return at.astimezone(zone).utcoffset() or timedelta()


def offsets(zone: tzinfo, start: datetime, end: datetime) -> tuple[Offset, ...]:
    """The offsets of [start, end] in order: the first from ``start`` on, each other from the second
    at which clocks are changed."""
    found = [Offset(start, offset_at(zone, start))]
    at, last = (start - _EPOCH) // _SECOND, (end - _EPOCH) // _SECOND
    step = max(_LOOK, (last - at) // _LOOKS_AT_MOST)
    while at < last:
        then = min(at + step, last)
        if _ahead(zone, then) != found[-1].ahead:
            then = _change(zone, at, then)
            found.append(Offset(_EPOCH + then * _SECOND, _ahead(zone, then)))
        at = then
    return tuple(found)


def _ahead(zone: tzinfo, second: int) -> timedelta:
    return offset_at(zone, _EPOCH + second * _SECOND)


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second whose offset is not that of ``before``; by halves."""
    ahead = _ahead(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(zone, middle) == ahead:
            before = middle
        else:
            after = middle
    return after

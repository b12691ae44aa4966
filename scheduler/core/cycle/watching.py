"""When an observed fleet was watched: what goes unwatched is not known, and nothing follows of it.

Everywhere `watches` may be None: nothing of the service can go unseen (a coordinated one).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpan:
    """An interval [started_at, ended_at] in which somebody was, or was not, watching.

    `every_seconds`: about how far apart the looks of it were; what a fleet tells by being looked at
    is known no better than that.
    """

    started_at: datetime
    ended_at: datetime
    every_seconds: float = 0.0


def gaps_between(
    watches: Sequence[WatchSpan] | None, start: datetime, end: datetime
) -> Iterator[WatchSpan]:
    """What no watch covers of [start, end], which may be one instant."""
    if watches is None:
        return
    seen = start
    for watch in sorted(watches, key=attrgetter("started_at")):
        if seen < min(watch.started_at, end):
            yield WatchSpan(started_at=seen, ended_at=min(watch.started_at, end))
        seen = max(seen, watch.ended_at)
    # A single instant lies between no two watches, and may go unwatched all the same.
    if seen < end or (start == end and not speaks_for(watches, start)):
        # A watch that began later can have carried `seen` past the end.
        yield WatchSpan(started_at=min(seen, end), ended_at=end)


def speaks_for(watches: Sequence[WatchSpan] | None, at: datetime) -> bool:
    """Whether `at` was watched: a watch speaks for its last instant too."""
    return watches is None or any(each.started_at <= at <= each.ended_at for each in watches)


def watched_until(watches: Sequence[WatchSpan] | None, at: datetime) -> datetime | None:
    """The last instant, not after `at`, that was watched; None where nobody watched before."""
    if watches is None:
        return at
    # A watch that is good beyond `at` speaks for `at` itself, and no further.
    return max((min(each.ended_at, at) for each in watches if each.started_at <= at), default=None)


def unseen_since(watches: Sequence[WatchSpan] | None, at: datetime) -> datetime | None:
    """Since when what was first seen of `at` may have been so already; None where `at` is exact.

    A fleet keeps each runner's last heartbeat alone: one that was heard at `at`, and not at the
    look before, came back somewhere between the two. That look was `every_seconds` ago, or at the
    end of the watch before, where this one had just begun.
    """
    if watches is None:
        return None
    current = next((each for each in watches if each.started_at <= at <= each.ended_at), None)
    apart = timedelta(seconds=current.every_seconds if current else 0.0)
    # The look before is one of this watch's own.
    if current is not None and current.started_at <= at - apart:
        return at - apart if apart else None
    begun = current.started_at if current else at
    before = [each.ended_at for each in watches if each.ended_at < begun]
    return max(before, default=None)

"""The runners of one service, now, and one of them in depth: what the pages read.

A few grouped queries, however many runners there are. How a state is told is in states.py.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.policy import SchedulingPolicy
from scheduler.fleet.lost_starts import lost_starts
from scheduler.fleet.members import (
    GONE_READ,
    Member,
    activities_of,
    gone_members,
    live_members,
    members_of,
)
from scheduler.fleet.orders import FleetOrder, FleetPlace, Ranking
from scheduler.fleet.slot_records import slot_records
from scheduler.fleet.snapshot import FleetSnapshot
from scheduler.fleet.states import FleetRunner, RunnerState
from scheduler.models import Execution, Service

# More rows of a table are read by nobody, and a page of them is sent again with every heartbeat.
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """One page of the runners in question, in the order that was asked for.

    ``total`` match the search, and ``first`` says which of them the page begins with, from 1 on;
    ``following`` and ``before`` are where the next page and the one before begin (None: there is
    none). ``counts`` has the whole fleet by state, whatever was searched for. ``is_gone_cut``: more
    than 10,000 are gone since 24 hours ago, and only the latest were looked at. ``watched_until``
    is the last instant that is known of this fleet: ``now``, unless nobody tells us of it (None:
    nobody ever did); ``every_seconds`` is how often it is looked at, if it is. ``next_change_at``
    is when it is to be read again though no row changed.
    """

    now: datetime
    policy: SchedulingPolicy
    every_seconds: float | None
    runners: tuple[FleetRunner, ...]
    first: int
    following: FleetPlace | None
    before: FleetPlace | None
    total: int
    counts: Mapping[RunnerState, int]
    seats: int
    is_gone_cut: bool
    watched_until: datetime | None
    next_change_at: datetime

    @property
    def is_watched(self) -> bool:
        return self.watched_until == self.now


def fleet(
    service: Service,
    *,
    now: datetime,
    search: str = "",
    order: FleetOrder = FleetOrder.SEAT,
    after: FleetPlace | None = None,
    before: FleetPlace | None = None,
    limit: int = PAGE,
) -> Fleet:
    """The runners that live, that hold the service, or that are gone for less than 24 hours.

    Args:
        search: only those whose id or ``host:pid`` contains it, whatever the case.
        after: the page begins behind this place; ``before``: it ends in front of this one.
    """
    executions = Execution.objects.filter(service=service)
    gone = gone_members(service, now)
    snapshot = FleetSnapshot(service, executions, live_members(service, now), now=now)
    members = _everybody(service, snapshot, gone)
    states = {member.key: snapshot.state(member) for member in members}
    records = slot_records(service, now)
    lost = lost_starts(service, now)
    ranking = Ranking(snapshot=snapshot, states=states, records=records, lost=lost)
    found = sorted(
        (ranking.place(member, order), member) for member in members if _matches(member, search)
    )
    places = [place for place, _ in found]
    first, end = _page(places, after, before, limit)
    shown = [member for _, member in found[first:end]]
    activities = activities_of(executions, [member.key for member in shown], now)
    return Fleet(
        now=now,
        policy=snapshot.policy,
        every_seconds=snapshot.every_seconds,
        runners=tuple(
            snapshot.runner(
                member,
                activities.get(member.key),
                records.get(member.key),
                lost[member.runner_id],
            )
            for member in shown
        ),
        first=first + 1,
        following=places[end - 1] if 0 < end < len(places) else None,
        before=places[first] if first else None,
        total=len(found),
        counts=Counter(states.values()),
        seats=len(snapshot.plan.runners),
        is_gone_cut=len(gone) == GONE_READ,
        watched_until=snapshot.watch.until,
        # The counts are of everybody, and so is the order.
        next_change_at=snapshot.next_change_at(members),
    )


def _page(
    places: Sequence[FleetPlace], after: FleetPlace | None, before: FleetPlace | None, limit: int
) -> tuple[int, int]:
    """The first row of the page, from 0 on, and the first that is not on it any more.

    Whoever left meanwhile is looked for by where it was; behind the last runner, the last page is
    shown, and not an empty one.
    """
    if before is not None:
        end = max(bisect_left(places, before), min(limit, len(places)))
        return max(0, end - limit), end
    first = 0 if after is None else bisect_right(places, after)
    if first >= len(places):
        first = max(0, len(places) - 1) // limit * limit
    return first, min(first + limit, len(places))


def _everybody(service: Service, snapshot: FleetSnapshot, gone: Sequence[Member]) -> list[Member]:
    """Everybody once: an earlier presence of who is alive again does not count as gone."""
    alive = {member.key for member in snapshot.live}
    ended = [member for member in gone if member.key not in alive]
    known = alive.union(member.key for member in ended)
    # A holder may be gone for days, and its run goes on all the same.
    long_gone = snapshot.holdings.keys() - known
    return [*snapshot.live, *ended, *(members_of(service, long_gone) if long_gone else ())]


def _matches(member: Member, search: str) -> bool:
    wanted = search.casefold()
    return (
        wanted in member.runner_id.casefold()
        or wanted in f"{member.host}:{'' if member.pid is None else member.pid}".casefold()
    )

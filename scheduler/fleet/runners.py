"""The runners of one service, now, and one of them in depth: what the pages read.

A few grouped queries, however many runners there are. How a state is told is in fleet_states.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.policy import SchedulingPolicy
from scheduler.fleet.members import (
    GONE_READ,
    Member,
    activities_of,
    gone_members,
    live_members,
    members_of,
)
from scheduler.fleet.slot_records import slot_records
from scheduler.fleet.snapshot import FleetSnapshot
from scheduler.fleet.states import FleetRunner, RunnerState
from scheduler.models import Execution, Service

# A table of more is read by nobody: it is searched instead.
RUNNERS_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The runners in question: holders that are not heard, seats in order, the rest, the gone.

    ``runners`` are at most 1,000 of the ``total`` that match. ``counts`` has the whole fleet by
    state, whatever was searched for. ``is_gone_cut``: more than 10,000 are gone since 24 hours
    ago, and only the latest were looked at. ``watched_until`` is the last instant that is known of
    this fleet: ``now``, unless nobody tells us of it (None: nobody ever did); ``every_seconds`` is
    how often it is looked at, if it is. ``next_change_at`` is when it is to be read again though no
    row changed.
    """

    now: datetime
    policy: SchedulingPolicy
    every_seconds: float | None
    runners: tuple[FleetRunner, ...]
    total: int
    counts: Mapping[RunnerState, int]
    seats: int
    is_gone_cut: bool
    watched_until: datetime | None
    next_change_at: datetime

    @property
    def is_watched(self) -> bool:
        return self.watched_until == self.now


def fleet(service: Service, *, now: datetime, search: str = "") -> Fleet:
    """The runners that live, that hold the service, or that are gone for less than 24 hours.

    ``search``: only those whose id or ``host:pid`` contains it, whatever the case.
    """
    executions = Execution.objects.filter(service=service)
    gone = gone_members(service, now)
    snapshot = FleetSnapshot(service, executions, live_members(service, now), now=now)
    members = _in_order(service, snapshot, gone)
    found = [member for member in members if _matches(member, search)]
    shown = found[:RUNNERS_LISTED]
    activities = activities_of(executions, now)
    records = slot_records(service, now)
    return Fleet(
        now=now,
        policy=snapshot.policy,
        every_seconds=snapshot.every_seconds,
        runners=tuple(
            snapshot.runner(member, activities.get(member.key), records.get(member.key))
            for member in shown
        ),
        total=len(found),
        counts=Counter(snapshot.state(member) for member in members),
        seats=len(snapshot.plan.runners),
        is_gone_cut=len(gone) == GONE_READ,
        watched_until=snapshot.watch.until,
        next_change_at=snapshot.next_change_at(shown),
    )


def _in_order(service: Service, snapshot: FleetSnapshot, gone: Sequence[Member]) -> list[Member]:
    """Everybody once: an earlier presence of who is alive again does not count as gone."""
    alive = {member.key for member in snapshot.live}
    ended = [member for member in gone if member.key not in alive]
    known = alive.union(member.key for member in ended)
    # A holder may be gone for days, and its run goes on all the same.
    long_gone = snapshot.holdings.keys() - known
    if long_gone:
        ended += members_of(service, long_gone)
    return [
        *(member for member in ended if member.key in snapshot.holdings),
        *(member for member in snapshot.live if member.eligible),
        *(member for member in snapshot.live if not member.eligible),
        *(member for member in ended if member.key not in snapshot.holdings),
    ]


def _matches(member: Member, search: str) -> bool:
    wanted = search.casefold()
    return (
        wanted in member.runner_id.casefold()
        or wanted in f"{member.host}:{'' if member.pid is None else member.pid}".casefold()
    )

"""The runners of one service, now, and one of them in depth: what the pages read.

A few grouped queries, however many runners there are. How a state is told is in fleet_states.py.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.core.clocks.warnings import clock_warning
from scheduler.core.instants import MICROSECOND
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.cycles.watching import WatchState, pause_between_looks, watch_of, watching_now
from scheduler.fleet.members import (
    GONE_READ,
    Activity,
    Holding,
    Member,
    activities_of,
    gone_members,
    holdings_of,
    live_members,
    members_of,
)
from scheduler.fleet.slot_records import SlotRecord, slot_records
from scheduler.fleet.states import FleetRunner, RunnerState, silent_after, state_of
from scheduler.models import Execution, Service
from scheduler.policies import policy_at

# A table of more is read by nobody: it is searched instead.
RUNNERS_LISTED = 1_000
# Counts leave the last 24 hours, and policies come into force, with no row and no instant of ours.
GOOD_FOR = timedelta(minutes=1)


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
    live = live_members(service, now)
    gone = gone_members(service, now)
    watching = watching_now(service, now)
    every_seconds = pause_between_looks(service, watching)
    watch = watch_of(service, now)
    snapshot = FleetSnapshot(
        policy=policy_at(service, now),
        live=live,
        holdings=holdings_of(service, executions, now),
        watch=watch,
        now=now,
        every_seconds=every_seconds,
    )
    members = _in_order(service, snapshot, gone)
    found = [member for member in members if _matches(member, search)]
    shown = found[:RUNNERS_LISTED]
    activities = activities_of(executions, now)
    records = slot_records(service, now)
    return Fleet(
        now=now,
        policy=snapshot.policy,
        every_seconds=every_seconds,
        runners=tuple(
            snapshot.runner(member, activities.get(member.key), records.get(member.key))
            for member in shown
        ),
        total=len(found),
        counts=Counter(snapshot.state(member) for member in members),
        seats=len(snapshot.plan.runners),
        is_gone_cut=len(gone) == GONE_READ,
        watched_until=watch.until,
        next_change_at=snapshot.next_change_at(shown),
    )


class FleetSnapshot:
    """Who is alive and who holds the service at ``now``: what a runner's state is told from."""

    def __init__(
        self,
        *,
        policy: SchedulingPolicy,
        live: Sequence[Member],
        holdings: Mapping[int, Holding],
        watch: WatchState,
        now: datetime,
        every_seconds: float | None,
    ) -> None:
        self.every_seconds = every_seconds
        self.watch = watch
        self.policy = policy
        self.live = live
        self.holdings = holdings
        self.now = now
        # Who has a seat while nobody watches is not known.
        self.plan = _plan(live if watch.is_on else (), policy, now)
        self._positions = {
            runner.runner_id: position for position, runner in enumerate(self.plan.runners)
        }

    def state(self, member: Member) -> RunnerState:
        if not self.watch.is_on and self._was_there(member):
            return RunnerState.UNKNOWN
        return state_of(
            self.policy,
            now=self.now,
            first_seen_at=member.first_seen_at,
            last_heartbeat_at=member.last_heartbeat_at,
            expires_at=member.expires_at,
            eligible=member.eligible,
            is_holding=member.key in self.holdings,
            every_seconds=self.every_seconds,
        )

    def _was_there(self, member: Member) -> bool:
        """Whether it was alive, or held the service, when the fleet was last watched."""
        until = self.watch.until
        if until is None or member.key in self.holdings or member.expires_at is None:
            return True
        return member.expires_at >= until

    def runner(
        self, member: Member, activity: Activity | None, record: SlotRecord | None
    ) -> FleetRunner:
        position = self._positions.get(member.runner_id)
        holding = self.holdings.get(member.key)
        clock = member.clock
        return FleetRunner(
            runner_id=member.runner_id,
            host=member.host,
            pid=member.pid,
            state=self.state(member),
            first_seen_at=member.first_seen_at,
            last_heartbeat_at=member.last_heartbeat_at,
            expires_at=member.expires_at,
            position=position,
            next_turn_at=None if position is None else self.plan.next_turn(position, self.now),
            clock=clock,
            # A clock that times no start is nobody's worry.
            clock_warning=None
            if position is None
            else clock_warning(self.policy, runner_count=len(self.plan.runners), clock=clock),
            held_since=holding.since if holding else None,
            held_runs=holding.runs if holding else 0,
            overdue=holding.overdue if holding else None,
            runs=activity.runs if activity else 0,
            blocks=activity.blocks if activity else 0,
            record=record,
        )

    def next_change_at(self, members: Iterable[Member]) -> datetime:
        """The first instant after ``now`` at which one of these is told otherwise."""
        instants = (*self._turn_changes(), *self._state_changes(members))
        return min((at for at in instants if at > self.now), default=self.now + GOOD_FOR)

    def _turn_changes(self) -> Iterator[datetime]:
        yield self.now + GOOD_FOR
        if self.watch.next_change_at is not None:
            yield self.watch.next_change_at
        position = self.plan.position_at(self.now)
        slot = None if position is None else self.plan.slot(position)
        if position is None or slot is None:
            return
        yield from (slot.slot_start, slot.slot_end, slot.startable_until + MICROSECOND)
        yield self.plan.cycle_end
        if position + 1 < len(self.plan.runners):
            yield self.plan.turn_start(position + 1)

    def _state_changes(self, members: Iterable[Member]) -> Iterator[datetime]:
        overdue = silent_after(self.policy, self.every_seconds) + MICROSECOND
        for member in members:
            if member.last_heartbeat_at is None or member.expires_at is None:
                continue
            yield member.last_heartbeat_at + overdue
            yield member.expires_at + MICROSECOND
            grace_end = self.policy.grace_end(member.first_seen_at)
            if grace_end is not None:
                yield grace_end


def _plan(live: Iterable[Member], policy: SchedulingPolicy, now: datetime) -> CyclePlan:
    runners = [
        ActiveRunnerInfo(member.runner_id, member.first_seen_at, member.last_heartbeat_at, True)
        for member in live
        if member.eligible and member.last_heartbeat_at is not None
    ]
    return plan_cycle(runners=runners, at=now, policy=policy)


def _in_order(service: Service, snapshot: FleetSnapshot, gone: Sequence[Member]) -> list[Member]:
    """Everybody once: an earlier presence of who is alive again does not count as gone."""
    alive = {member.key for member in snapshot.live}
    ended = [member for member in gone if member.key not in alive]
    known = alive.union(member.key for member in ended)
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

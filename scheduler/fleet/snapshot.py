"""A fleet at one instant: who is alive, who holds the service, and what follows for each runner."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from scheduler.core.clocks.warnings import clock_warning
from scheduler.core.instants import MICROSECOND
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.cycles.watching import pause_between_looks, watch_of, watching_now
from scheduler.fleet.members import Activity, Member, holdings_of
from scheduler.fleet.slot_records import SlotRecord
from scheduler.fleet.states import FleetRunner, RunnerState, silent_after, state_of
from scheduler.models import Execution, Service
from scheduler.policies import policy_at

# Counts leave the last 24 hours, and policies come into force, with no row and no instant of ours.
GOOD_FOR = timedelta(minutes=1)


class FleetSnapshot:
    """Who is alive and who holds the service at ``now``: what a runner's state is told from."""

    def __init__(
        self,
        service: Service,
        holding: QuerySet[Execution],
        live: Sequence[Member],
        *,
        now: datetime,
    ) -> None:
        """``holding``: the executions among which holders are looked for."""
        self.every_seconds = pause_between_looks(service, watching_now(service, now))
        self.watch = watch_of(service, now)
        self.policy = policy_at(service, now)
        self.live = live
        self.holdings = holdings_of(service, holding, now)
        self.now = now
        # Who has a seat while nobody watches is not known.
        self.plan = _plan(live if self.watch.is_on else (), self.policy, now)
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
        # Nothing that was seen speaks against it.
        if until is None or member.key in self.holdings or member.expires_at is None:
            return True
        return member.expires_at >= until

    def position(self, member: Member) -> int | None:
        """Its seat; None for who has none."""
        return self._positions.get(member.runner_id)

    def is_alive(self, member: Member) -> bool:
        return member.expires_at is not None and self.now <= member.expires_at

    def runner(
        self,
        member: Member,
        activity: Activity | None,
        record: SlotRecord | None,
        lost_starts: int = 0,
    ) -> FleetRunner:
        position = self.position(member)
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
            lost_starts=lost_starts,
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
        # The last turn ends with the cycle.
        if position + 1 < len(self.plan.runners):
            yield self.plan.turn_start(position + 1)

    def _state_changes(self, members: Iterable[Member]) -> Iterator[datetime]:
        # Silent is who is older than that, not as old.
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

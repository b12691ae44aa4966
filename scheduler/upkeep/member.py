"""A worker as a runner of the upkeep: it joins, asks for a lease, stays, and leaves.

A lease is one run of the service, in its runner's window. Asking is a heartbeat, too, and so a
member that waits asks now and then: it stays a member and learns where its window is now.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.db.connections import database_expected
from scheduler.intake.claims import ClaimResult, RunIdTaken, UnknownRun, claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Presence, Service
from scheduler.policies import policy_at
from scheduler.upkeep.service import upkeep_service

# A heartbeat may come late twice.
_BEATS_A_LIFE = 3
# How often a member that waits looks whether somebody came or went. That writes nothing.
_LOOK_SECONDS = 2.0
# What is kept free before the next window, where the policy's margin does not: time to finish.
_ROOM_SECONDS = 1.0
# A question that comes a moment after an instant, rather than before it.
_SLACK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A run that this worker holds. It is to be over at ``ends_at``; the window after its own
    begins at ``next_at``, and before that it is not worth asking again. Instants of the database's
    clock."""

    run_id: str
    started_at: datetime
    ends_at: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """It is not this worker's turn: it asks again after so many seconds, or when there is news."""

    seconds: float


class Member:
    """One worker process. Every method raises Unavailable where the database does not answer."""

    def __init__(self, *, host: str, pid: int) -> None:
        # Host and process alone would do for people, but in a container that starts anew they are
        # those of the dead one.
        self.runner_id = f"{host}:{pid}:{uuid4().hex[:8]}"
        self._host, self._pid = host, pid
        self._service: Service | None = None
        self._policy: SchedulingPolicy | None = None
        self._run_id = str(uuid4())
        self._seats: frozenset[int] = frozenset()

    @property
    def beat_seconds(self) -> float:
        """How often it has to be heard of, as far as is known."""
        return _ROOM_SECONDS if self._policy is None else _beat_seconds(self._policy)

    @property
    def look_seconds(self) -> float:
        """How often it looks whether there is news."""
        return min(_LOOK_SECONDS, self.beat_seconds)

    def join(self) -> Rest:
        """Become a member. Whoever holds the lease sees it, and makes room before the first
        question.

        Raises:
            Refused: there can be no such service.
        """
        with database_expected():
            service, _ = self._known()
            # As it was before joining: where others are, the holder gets the time to see a
            # newcomer.
            others = _seats(service)
            beat(service, self._beat())
            self._seats = _seats(service)
        return Rest(seconds=self.look_seconds if others else 0.0)

    def ask(self) -> Lease | Rest:
        """Ask for a lease.

        Raises:
            Refused: there can be no such service.
        """
        with database_expected():
            service, policy = self._known()
            # Before the question: whoever comes after it is news.
            self._seats = _seats(service)
            result = self._claim(service)
            if result is None:
                return Rest(seconds=0.0)
            if result.execution is None:
                return Rest(seconds=_rest_seconds(result, policy, clock.now()))
        run = result.execution
        # The next question is for another run.
        self._run_id = str(uuid4())
        lease = Lease(
            run_id=run.run_id,
            started_at=run.started_at,
            ends_at=run.started_at,
            next_at=run.started_at,
        )
        if run.slot_start is None or run.slot_end is None:
            return lease
        ends_at, next_at = _ends(run.slot_start, run.slot_end, run.stable_runner_count, policy)
        return replace(lease, ends_at=ends_at, next_at=next_at)

    def stay(self, lease: Lease) -> Lease | None:
        """Be heard of during a lease. It ends sooner where its window does now, and never later.

        None: its run is not RUNNING any more; another worker took this one for dead.
        """
        with database_expected():
            try:
                service, policy = self._known()
                self._seats = _seats(service)
                # To claim the run that it holds is a heartbeat, and tells where its window is now.
                result = claim(service, self._beat(), run_id=lease.run_id)
            except RunIdTaken:
                return None
        if result.execution is None:
            return None
        return _as_decided(lease, result.claim, policy)

    def end(self, lease: Lease, status: Status, reason: str = "") -> None:
        """End its run; nothing happens where another worker has, or where its service is gone."""
        with database_expected():
            try:
                finish(upkeep_service(), lease.run_id, status, reason=reason)
            except (UnknownRun, Service.DoesNotExist):
                return

    def leave(self) -> None:
        """Give up its window at once, instead of when its heartbeat expires."""
        if self._service is None:
            return
        with database_expected():
            try:
                beat(self._service, self._beat(eligible=False))
            except Service.DoesNotExist:
                return

    def has_news(self) -> bool:
        """Whether somebody joined or left since it asked, so that windows are others."""
        if self._service is None:
            return False
        with database_expected():
            return _seats(self._service) != self._seats

    def _known(self) -> tuple[Service, SchedulingPolicy]:
        self._service = upkeep_service()
        # Read each time: a policy that was changed is followed from the next question on.
        self._policy = policy_at(self._service, clock.now())
        return self._service, self._policy

    def _claim(self, service: Service) -> ClaimResult | None:
        """The answer; the same run id until there is one. None: ask anew, with another."""
        try:
            return claim(service, self._beat(), run_id=self._run_id)
        except RunIdTaken:
            # The answer to an earlier question was lost, and then the run was given up.
            self._run_id = str(uuid4())
            return None

    def _beat(self, *, eligible: bool = True) -> Beat:
        return Beat(runner_id=self.runner_id, host=self._host, pid=self._pid, eligible=eligible)


def _beat_seconds(policy: SchedulingPolicy) -> float:
    """Whoever misses a check is soon shown as silent, long before it counts as dead."""
    return min(policy.check_interval_seconds, policy.dead_after_seconds / _BEATS_A_LIFE)


def _seats(service: Service) -> frozenset[int]:
    seated = Presence.objects.filter(service=service, position__isnull=False)
    return frozenset(seated.values_list("pk", flat=True))


def _ends(
    slot_start: datetime, slot_end: datetime, count: int | None, policy: SchedulingPolicy
) -> tuple[datetime, datetime]:
    """When a lease in this window ends, and when the next window begins.

    The room between the two is the policy's margin, or time enough to finish where that is less.
    """
    window = slot_end - slot_start
    # A single runner has no margin.
    margin = timedelta(seconds=0.0 if count == 1 else policy.spread_seconds)
    room = max(policy.spread_seconds, min(_ROOM_SECONDS, window.total_seconds() / 4))
    next_at = slot_end + margin
    # However little there is, half of the window is worked in.
    return max(slot_start + window / 2, next_at - timedelta(seconds=room)), next_at


def _as_decided(lease: Lease, decision: AtomicServiceClaim, policy: SchedulingPolicy) -> Lease:
    if not decision.is_slot_owner_now or decision.slot_start is None or decision.slot_end is None:
        # The windows are others now, and this is another's: it is waiting.
        return replace(lease, ends_at=lease.started_at, next_at=lease.started_at)
    ends_at, next_at = _ends(
        decision.slot_start, decision.slot_end, decision.stable_runner_count, policy
    )
    return replace(lease, ends_at=min(lease.ends_at, ends_at), next_at=min(lease.next_at, next_at))


def _rest_seconds(result: ClaimResult, policy: SchedulingPolicy, now: datetime) -> float:
    """Until its next window begins, and no longer than until the next heartbeat."""
    most = _beat_seconds(policy)
    decision = result.claim
    if result.blocked is not None and result.blocked.reason == BlockReason.PRIOR_RUNNING:
        # Its turn, but the lease before is not ended yet: soon again.
        return min(_LOOK_SECONDS, most)
    if decision.slot_start is None or decision.slot_end is None:
        return most
    start = decision.slot_start
    if start <= now and not (
        now < decision.slot_end and decision.reason is Reason.NOT_ASSIGNED_SLOT
    ):
        # That window is over, or nothing more begins in it: the next cycle's.
        start += timedelta(seconds=policy.interval_seconds)
    return min(max((start - now).total_seconds(), 0.0) + _SLACK_SECONDS, most)

"""The store without a database: the rules of the claim path, told again in plain Python.

What it collects are unsaved rows, to be inserted in bulk (history.py). A test holds that both
stores end in the same rows; the reasons for the rules are in scheduler.intake: claims, heartbeats,
seats.
"""

from bisect import bisect_left, insort
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.clocks.offset import kept_offset
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import EndReason
from scheduler.core.slots import assigned_position
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.door import split_reason
from scheduler.intake.attempt_rows import attempted, refusal
from scheduler.intake.heartbeats import Beat, measured_clock
from scheduler.models import Execution, Presence, Runner
from scheduler.simulation.store import Answer

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemoryStore:
    """One coordinated service. Rows are in the order in which the database would number them.

    Every run id is taken to be fresh: a claim that is repeated is another claim.
    """

    def __init__(self, policy: SchedulingPolicy) -> None:
        self.runners: dict[str, Runner] = {}
        self.presences: list[Presence] = []
        self.executions: list[Execution] = []
        self.policy_changes: list[tuple[datetime, SchedulingPolicy]] = []
        self.longest_run = timedelta()
        self._take(policy)
        self._holder: Execution | None = None
        self._blocked: dict[tuple[str, datetime, str], Execution] = {}
        self._latest: dict[str, Presence] = {}
        # The seats in order, as (creation, runner id), and whose presence sits on each.
        self._seats: list[tuple[datetime, str]] = []
        self._seated: dict[str, Presence] = {}
        # No seat expires before this instant; so most beats need not look.
        self._next_expiry = _NEVER

    def beat(self, beat: Beat, *, now: datetime) -> None:
        self._beat(beat, now)

    def claim(self, beat: Beat, *, now: datetime, run_id: str) -> Answer:
        presence = self._beat(beat, now)
        current_time = now.timestamp()
        decision = decide_seat_claim(
            runner_id=beat.runner_id,
            seat=self._seat_of(beat.runner_id, current_time),
            current_time=current_time,
            run_id=run_id,
            **self._arguments,
        )
        self._end_dead_holder(now)
        refused = refusal(decision, self._holder)
        if refused is not None:
            self._block(presence, decision, now, *refused)
            return Answer(claim=decision, blocked=refused[0])
        if decision.should_try_start:
            self._holder = self._attempt(presence, decision, now, run_id, Status.RUNNING)
        return Answer(claim=decision)

    def finish(self, run_id: str, status: Status, reason: str, *, now: datetime) -> None:
        """End the run that holds the service; one that has ended before stays as it is."""
        if self._holder is not None and self._holder.run_id == run_id:
            self._end(self._holder, status, reason, now)

    def change_policy(self, policy: SchedulingPolicy, *, now: datetime) -> None:
        if policy != self._policy:
            self._take(policy)
            self.policy_changes.append((now, policy))

    def lay_seats(self) -> None:
        """Write each seat's number into its presence."""
        for number, (_, runner_id) in enumerate(self._seats):
            self._seated[runner_id].position = number

    def _take(self, policy: SchedulingPolicy) -> None:
        self._policy = policy
        self._arguments = policy.decision_arguments()
        self._good_for = timedelta(seconds=policy.dead_after_seconds)

    def _beat(self, beat: Beat, now: datetime) -> Presence:
        runner = self._runner(beat, now)
        expires_at = now + self._good_for
        presence = self._latest.get(beat.runner_id)
        if presence is not None and presence.expires_at >= now:
            if presence.eligible == beat.eligible:
                # Simulated time never runs backwards: no beat is older than the last one.
                presence.last_heartbeat_at = now
                presence.expires_at = expires_at
                # Another policy may keep runners alive for less long than before.
                self._next_expiry = min(self._next_expiry, expires_at)
                self._free_expired(now)
                return presence
            self._end_before(presence, now)
        self._free_expired(now)
        presence = Presence(
            runner=runner,
            started_at=now,
            last_heartbeat_at=now,
            expires_at=expires_at,
            eligible=beat.eligible,
        )
        self.presences.append(presence)
        self._latest[beat.runner_id] = presence
        if beat.eligible:
            insort(self._seats, (runner.first_seen_at, beat.runner_id))
            self._seated[beat.runner_id] = presence
            self._next_expiry = min(self._next_expiry, expires_at)
        return presence

    def _runner(self, beat: Beat, now: datetime) -> Runner:
        runner = self.runners.get(beat.runner_id)
        if runner is None:
            runner = self.runners[beat.runner_id] = Runner(
                runner_id=beat.runner_id, first_seen_at=now
            )
        runner.host = beat.host or runner.host
        runner.pid = runner.pid if beat.pid is None else beat.pid
        measured = measured_clock(beat, now)
        if measured is not None:
            runner.clock = kept_offset(runner.clock, measured)
        return runner

    def _end_before(self, presence: Presence, now: datetime) -> None:
        runner_id = presence.runner.runner_id
        if runner_id in self._seated:
            self._free(runner_id)
        if presence.started_at >= now:
            self.presences.remove(presence)
            return
        presence.end_before(now)

    def _free_expired(self, now: datetime) -> None:
        if self._next_expiry >= now:
            return
        expired = [each for each, row in self._seated.items() if row.expires_at < now]
        for runner_id in expired:
            self._free(runner_id)
        self._next_expiry = min(
            (presence.expires_at for presence in self._seated.values()), default=_NEVER
        )

    def _free(self, runner_id: str) -> None:
        del self._seated[runner_id]
        self._seats.remove((self.runners[runner_id].first_seen_at, runner_id))

    def _seat_of(self, runner_id: str, current_time: float) -> Seat | None:
        count = len(self._seats)
        if count == 0:
            return None
        creation_time, assigned = self._seats[
            assigned_position(
                current_time=current_time,
                service_interval_minutes=self._policy.service_interval_minutes,
                runner_count=count,
            )
        ]
        position: int | None = None
        if runner_id in self._seated:
            own = self.runners[runner_id].first_seen_at, runner_id
            position = bisect_left(self._seats, own)
        return Seat(
            position=position,
            runner_count=count,
            assigned_runner_id=assigned,
            assigned_creation_time=creation_time,
        )

    def _end_dead_holder(self, now: datetime) -> None:
        if self._holder is None:
            return
        expires_at = self._latest[self._holder.runner.runner_id].expires_at
        if expires_at < now:
            self._end(self._holder, Status.ABANDONED, EndReason.RUNNER_DEAD, expires_at)

    def _end(self, execution: Execution, status: Status, reason: str, at: datetime) -> None:
        execution.status = status.value
        execution.ended_at = max(at, execution.started_at)
        execution.reason, execution.reason_detail = split_reason(reason)
        self.longest_run = max(self.longest_run, execution.ended_at - execution.started_at)
        self._holder = None

    def _block(
        self,
        presence: Presence,
        decision: AtomicServiceClaim,
        now: datetime,
        reason: str,
        detail: str,
    ) -> None:
        """One more attempt of the same (runner, cycle, reason), or the first one."""
        key = decision.runner_id, decision.cycle_start, reason
        execution = self._blocked.get(key)
        if execution is None:
            # Named after what it is, so that the same history has the same ids.
            run_id = str(uuid5(NAMESPACE_OID, " ".join(map(str, key))))
            execution = self._attempt(presence, decision, now, run_id, Status.BLOCKED)
            execution.ended_at = now
            execution.reason = reason
            self._blocked[key] = execution
        else:
            execution.last_attempt_at = now
            execution.attempts += 1
        execution.reason_detail = detail

    def _attempt(
        self,
        presence: Presence,
        decision: AtomicServiceClaim,
        now: datetime,
        run_id: str,
        status: Status,
    ) -> Execution:
        execution = attempted(presence.runner, decision, now, run_id, status)
        self.executions.append(execution)
        return execution

"""A fleet that decides for itself, each claim by the pure core, and tells what it did.

Like pynenc 0.4 it forgets late starts, grace and invalid windows, knows no way out of a dead
holder, and its gate is no lock: two may run at once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import BlockReason
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.simulation.store import Answer

type Report = HeartbeatReport | ExecutionReport


class ObservedStore:
    """What the fleet knows of itself. `reports` are what it tells of it, in order of time.

    `leak_chance` (0..1) is how often its gate lets a start through though another run holds.
    """

    def __init__(
        self, policy: SchedulingPolicy, *, seed: int | str, leak_chance: float = 0.0
    ) -> None:
        self.reports: list[Report] = []
        self.policy_changes: list[tuple[datetime, SchedulingPolicy]] = []
        self._policy = policy
        # Not the numbers of the fleet itself, which may have the same seed.
        self._random = Random(f"gate {seed}")  # noqa: S311 - a story, no secret
        self._leak_chance = leak_chance
        self._first_seen: dict[str, datetime] = {}
        # The last beat of each runner, and how long it is good.
        self._last: dict[str, tuple[Beat, datetime]] = {}
        self._running: dict[str, ExecutionReport] = {}

    def beat(self, beat: Beat, *, now: datetime) -> None:
        first_seen = self._first_seen.setdefault(beat.runner_id, now)
        good_until = now + timedelta(seconds=self._policy.dead_after_seconds)
        self._last[beat.runner_id] = beat, good_until
        self.reports.append(
            HeartbeatReport(
                runner_id=beat.runner_id,
                at=now,
                eligible=beat.eligible,
                creation_time=first_seen,
                host=beat.host,
                pid=beat.pid,
            )
        )

    def claim(self, beat: Beat, *, now: datetime, run_id: str) -> Answer:
        self.beat(beat, now=now)
        decision = decide_atomic_service_claim(
            runner_id=beat.runner_id,
            active_runners=self._active(now),
            current_time=now.timestamp(),
            **self._policy.decision_arguments(),
        )
        if not decision.should_try_start:
            return Answer(claim=decision)
        holder = next(iter(self._running.values()), None)
        if holder is not None and self._random.random() >= self._leak_chance:
            self._tell_blocked(beat.runner_id, holder, now)
            return Answer(claim=decision, blocked=BlockReason.PRIOR_RUNNING)
        self._running[run_id] = ExecutionReport(
            run_id=run_id, runner_id=beat.runner_id, status=Status.RUNNING, started_at=now
        )
        self.reports.append(self._running[run_id])
        return Answer(claim=decision)

    def finish(self, run_id: str, status: Status, reason: str, *, now: datetime) -> None:
        run = self._running.pop(run_id)
        self.reports.append(replace(run, status=status, ended_at=now, reason=reason))

    def change_policy(self, policy: SchedulingPolicy, *, now: datetime) -> None:
        if policy != self._policy:
            self._policy = policy
            self.policy_changes.append((now, policy))

    def _active(self, now: datetime) -> list[ActiveRunnerInfo]:
        active = [
            # A decision reads ids and first heartbeats, never the last one.
            ActiveRunnerInfo(runner_id, self._first_seen[runner_id], now, True)
            for runner_id, (beat, good_until) in self._last.items()
            if beat.eligible and now <= good_until
        ]
        return sorted(active, key=lambda each: (each.creation_time, each.runner_id))

    def _tell_blocked(self, runner_id: str, holder: ExecutionReport, now: datetime) -> None:
        self.reports.append(
            ExecutionReport(
                run_id=str(UUID(int=self._random.getrandbits(128), version=4)),
                runner_id=runner_id,
                status=Status.BLOCKED,
                started_at=now,
                ended_at=now,
                reason=f"{BlockReason.PRIOR_RUNNING}:{holder.run_id} runner:{holder.runner_id}",
            )
        )

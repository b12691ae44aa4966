"""Rows as the core knows them: revisions of a policy, presences, attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRevision:
    """A policy and the instant from which it is in force.

    `recorded_at` is since when anybody could know of it; None: since it is in force.
    """

    effective_from: datetime
    policy: SchedulingPolicy
    recorded_at: datetime | None = None

    @property
    def known_since(self) -> datetime:
        return self.recorded_at or self.effective_from


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSpan:
    """An unbroken lifespan of a runner; alive in the closed [started_at, expires_at].

    A runner is a member at an instant when one of its eligible spans holds it. All its spans tell
    the same `creation_time`.
    """

    runner_id: str
    creation_time: datetime
    started_at: datetime
    last_heartbeat_at: datetime
    expires_at: datetime
    eligible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExecution:
    """One stored attempt. What its claim knew is None where it was reported rather than claimed."""

    execution_id: int
    run_id: str
    runner_id: str
    status: AtomicServiceExecutionStatus
    started_at: datetime
    ended_at: datetime | None
    reason: str
    reason_detail: str
    attempts: int
    # Two instants for all repeats of a refusal: those in between are only counted.
    first_attempt_at: datetime
    last_attempt_at: datetime
    cycle_start: datetime | None
    slot_start: datetime | None
    slot_end: datetime | None
    runner_position: int | None
    stable_runner_count: int | None
    assigned_runner_id: str | None
    late_start_fraction: float | None
    origin: str

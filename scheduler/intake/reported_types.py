"""What a fleet can tell: the items of a report, as values."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.errors import Conflict


class ConflictingRun(Conflict):
    """One run id was reported for two runners."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatReport:
    """A runner was alive at ``at``. ``creation_time``: since when the fleet knows it, if told.

    ``runner_time`` is what the runner's own clock showed when it sent the beat that was received at
    ``at``; ``round_trip_seconds`` is how long its call before took, by its own stopwatch.
    ``good_for_seconds`` is how long the beat keeps its runner alive, where that is not what the
    policy says; of several that are told of one beat, the shortest counts.
    """

    runner_id: str
    at: datetime
    eligible: bool = True
    creation_time: datetime | None = None
    host: str = ""
    pid: int | None = None
    runner_time: datetime | None = None
    round_trip_seconds: float | None = None
    good_for_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """One attempt as the fleet tells it. ``reason`` is free text, split at its first colon."""

    run_id: str
    runner_id: str
    status: Status
    started_at: datetime
    ended_at: datetime | None = None
    reason: str = ""

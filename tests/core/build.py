"""Short ways to build what the core takes, and times in seconds after T0 (a cycle start)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.types import ActiveRunnerInfo, AtomicServiceExecutionStatus

# A multiple of 1, 5, 6, 7 and 60 minutes counted from the epoch: 2,100 s × 840,000.
T0 = datetime.fromtimestamp(2_100 * 840_000, UTC)
MICROSECOND = timedelta(microseconds=1)
YEAR = 366 * 86_400


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def runner(runner_id: str, created: float = -YEAR) -> ActiveRunnerInfo:
    return ActiveRunnerInfo(runner_id, at(created), T0, True)


def fleet(count: int) -> list[ActiveRunnerInfo]:
    return [runner(f"r{number:04}") for number in range(count)]


def span(
    runner_id: str,
    start: float = -YEAR,
    end: float = YEAR,
    *,
    created: float | None = None,
    eligible: bool = True,
) -> PresenceSpan:
    return PresenceSpan(
        runner_id=runner_id,
        creation_time=at(start if created is None else created),
        started_at=at(start),
        last_heartbeat_at=at(start),
        expires_at=at(end),
        eligible=eligible,
    )


def revision(policy: SchedulingPolicy, start: float = -YEAR) -> PolicyRevision:
    return PolicyRevision(effective_from=at(start), policy=policy)


def execution(
    runner_id: str, start: float, end: float | None = None, *, number: int = 1
) -> RecordedExecution:
    running = AtomicServiceExecutionStatus.RUNNING
    return RecordedExecution(
        execution_id=number,
        run_id=f"run-{number}",
        runner_id=runner_id,
        status=running if end is None else AtomicServiceExecutionStatus.COMPLETED,
        started_at=at(start),
        ended_at=None if end is None else at(end),
        reason="",
        reason_detail="",
        attempts=1,
        first_attempt_at=at(start),
        last_attempt_at=at(start),
        cycle_start=None,
        slot_start=None,
        slot_end=None,
        runner_position=None,
        stable_runner_count=None,
        assigned_runner_id=None,
        late_start_fraction=None,
        origin="reported",
    )


def around(instants: Iterable[datetime]) -> list[datetime]:
    """Each instant, and the microseconds before and after it."""
    return sorted(
        {each + step * MICROSECOND for each in instants for step in (-1, 0, 1)},
    )

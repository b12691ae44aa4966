"""Short ways to build what the core takes, and times in seconds after T0 (a cycle start)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline, RunLimits
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


def seconds(instant: datetime) -> float:
    """The other way round: seconds after T0."""
    return (instant - T0).total_seconds()


def heard(presence: PresenceSpan, last: float) -> PresenceSpan:
    """The same interval of life with its last heartbeat at `last`."""
    return replace(presence, last_heartbeat_at=at(last))


def abandoned(
    runner_id: str, start: float, end: float, *, reason: str = "crashed", number: int = 1
) -> RecordedExecution:
    status = AtomicServiceExecutionStatus.ABANDONED
    run = execution(runner_id, start, end, number=number)
    return replace(run, status=status, reason=reason)


def refusal(
    runner_id: str,
    first: float,
    last: float | None = None,
    *,
    reason: str = "late_start",
    attempts: int = 1,
    number: int = 1,
) -> RecordedExecution:
    """A refused attempt; its repeats reach to `last`."""
    end = first if last is None else last
    return replace(
        execution(runner_id, first, end, number=number),
        status=AtomicServiceExecutionStatus.BLOCKED,
        reason=reason,
        attempts=attempts,
        last_attempt_at=at(end),
    )


def claimed(
    run: RecordedExecution, *, slot_end: float | None = None, runner_count: int | None = None
) -> RecordedExecution:
    """The same run, decided by us: the claim's facts are known."""
    return replace(
        run,
        origin="claimed",
        slot_end=None if slot_end is None else at(slot_end),
        stable_runner_count=runner_count,
    )


def watch(start: float, end: float, *, every: float = 0.0) -> WatchSpan:
    return WatchSpan(started_at=at(start), ended_at=at(end), every_seconds=every)


def cycle(
    *presences: PresenceSpan,
    executions: Iterable[RecordedExecution] = (),
    revisions: Iterable[PolicyRevision] = (),
    watches: Iterable[WatchSpan] | None = None,
    limits: Mapping[int, RunLimits] | None = None,
    start: float = 0,
    now: float = 300,
) -> CycleTimeline:
    """A cycle, of the default policy unless told otherwise."""
    return reconstruct(
        cycle_start=at(start),
        policies=[*revisions] or [revision(SchedulingPolicy())],
        presences=presences,
        executions=[*executions],
        now=at(now),
        watches=None if watches is None else [*watches],
        limits=limits,
    )

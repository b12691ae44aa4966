"""Reports: what a fleet that decides for itself tells us, in any order, any number of times.

A report's rows are facts, and facts merge: the same set of reports ends in the same rows, however
it was cut into batches, shuffled or repeated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.claims import split_reason
from scheduler.core.clock_offset import clock_problem
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.heartbeats import WrongServiceMode
from scheduler.late_changes import note_changes
from scheduler.models import Service, Watch
from scheduler.reported_beats import take_heartbeats
from scheduler.reported_runs import take_executions
from scheduler.reported_types import ExecutionReport, HeartbeatReport
from scheduler.runners import known_runners
from scheduler.services import policy_book
from scheduler.texts import host_problem, id_problem, text_problem
from scheduler.turns import turn

# Of its pause, a collector that looks alone finds that at least so much has passed.
_ALONE = 0.75
_EXAMPLE = "2026-01-31T14:05:09Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProblem:
    """What is wrong with the item at ``index``; ``kind`` is ``heartbeat`` or ``execution``."""

    kind: str
    index: int
    message: str


class InvalidReport(ValueError):
    """Items of a batch are wrong; nothing of the batch was stored."""

    def __init__(self, problems: Sequence[ReportProblem]) -> None:
        self.problems = tuple(problems)
        shown = "; ".join(f"{one.kind} {one.index}: {one.message}" for one in self.problems[:5])
        more = f"; and {len(self.problems) - 5} more" if len(self.problems) > 5 else ""
        super().__init__(f"Nothing was stored. {shown}{more}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """How many rows the batch made or changed; all zero for a repeat."""

    heartbeats: int
    executions: int


def report(
    service: Service,
    *,
    heartbeats: Sequence[HeartbeatReport] = (),
    executions: Sequence[ExecutionReport] = (),
    now: datetime | None = None,
) -> ReportResult:
    """Take a batch, whole or not at all.

    Raises:
        ConflictingRun: a run id is already known as another runner's.
        InvalidReport: an item is wrong; says which and why.
        WrongServiceMode: the service is coordinated: it is asked with ``claim()``.
    """
    if service.is_coordinated:
        raise WrongServiceMode(
            f"Service {service.slug!r} is coordinated: its runners ask with claim()."
        )
    problems = [*_heartbeat_problems(heartbeats), *_execution_problems(executions)]
    if problems:
        raise InvalidReport(problems)
    with turn(service, now) as (held, instant):
        policies = policy_book(held)
        runners = known_runners(held, _first_sights(heartbeats, executions), now=instant)
        beats = take_heartbeats(held, runners, policies, heartbeats)
        runs = take_executions(held, runners, policies, executions)
        changed = [(start, end or instant) for start, end in (*beats.changed, *runs.changed)]
        note_changes(held, changed, now=instant)
        if runs.stored or beats.drawn:
            held.touch()
    return ReportResult(heartbeats=beats.stored, executions=runs.stored)


def watched(
    service: Service,
    collector: str,
    *,
    at: datetime,
    good_for_seconds: float,
    every_seconds: float | None = None,
) -> None:
    """Record that ``collector`` looked at ``at``, as it does every ``every_seconds``; a look speaks
    for ``good_for_seconds``."""
    expires_at = at + timedelta(seconds=good_for_seconds)
    with turn(service, at) as (held, _):
        current = (
            Watch.objects.filter(service=held, collector=collector, started_at__lte=at)
            .order_by("-started_at")
            .first()
        )
        if current is None or current.expires_at < at:
            Watch.objects.create(
                service=held,
                collector=collector,
                started_at=at,
                last_seen_at=at,
                expires_at=expires_at,
                every_seconds=every_seconds,
            )
            held.touch()
        elif current.last_seen_at < at:
            pause = _pause_between(current, every_seconds, at)
            if pause != current.every_seconds:
                current.every_seconds = pause
                held.touch()
            current.last_seen_at, current.expires_at = at, expires_at
            current.save(update_fields=("last_seen_at", "expires_at", "every_seconds"))


def _pause_between(current: Watch, every_seconds: float | None, at: datetime) -> float | None:
    """The collector's own pause, unless another one looked meanwhile, and does so more often."""
    since_last = (at - current.last_seen_at).total_seconds()
    if every_seconds is None or current.every_seconds is None:
        return every_seconds
    if since_last < _ALONE * every_seconds:
        return min(current.every_seconds, every_seconds)
    return every_seconds


def _heartbeat_problems(reports: Sequence[HeartbeatReport]) -> Iterable[ReportProblem]:
    for index, one in enumerate(reports):
        message = (
            id_problem("runner_id", one.runner_id)
            or host_problem(one.host)
            or _naive_problem(at=one.at, creation_time=one.creation_time)
            or clock_problem(
                runner_time=one.runner_time,
                received_at=one.at,
                round_trip_seconds=one.round_trip_seconds,
            )
        )
        if message:
            yield ReportProblem(kind="heartbeat", index=index, message=message)


def _execution_problems(reports: Sequence[ExecutionReport]) -> Iterable[ReportProblem]:
    for index, one in enumerate(reports):
        message = (
            id_problem("runner_id", one.runner_id)
            or id_problem("run_id", one.run_id)
            or text_problem("reason", one.reason)
            or _naive_problem(started_at=one.started_at, ended_at=one.ended_at)
            or _ending_problem(one)
        )
        if message:
            yield ReportProblem(kind="execution", index=index, message=message)


def _naive_problem(**instants: datetime | None) -> str:
    for name, instant in instants.items():
        if instant is not None and instant.tzinfo is None:
            return f"{name} {instant.isoformat()} has no time zone; send UTC, such as {_EXAMPLE}"
    return ""


def _ending_problem(one: ExecutionReport) -> str:
    if one.status == Status.RUNNING:
        return "a running execution has no ended_at" if one.ended_at else ""
    if one.ended_at is None:
        return f"a {one.status} execution needs ended_at"
    if one.ended_at < one.started_at:
        return "ended_at is before started_at"
    if one.status == Status.BLOCKED and not split_reason(one.reason)[0]:
        return "a blocked execution needs a reason, such as prior_running:<run id>"
    return ""


def _first_sights(
    heartbeats: Sequence[HeartbeatReport], executions: Sequence[ExecutionReport]
) -> dict[str, datetime]:
    """The earliest instant at which this batch knows each runner."""
    first: dict[str, datetime] = {}
    sights = [(one.runner_id, one.creation_time or one.at) for one in heartbeats]
    sights += [(one.runner_id, one.started_at) for one in executions]
    for runner_id, at in sights:
        first[runner_id] = min(first.get(runner_id, at), at)
    return first

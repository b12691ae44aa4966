"""The items of a report as they are kept: each value past the door, and what must fit together."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from scheduler import door
from scheduler.core.findings import LEAST_SECONDS, MAX_SECONDS
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.door import Unacceptable
from scheduler.intake.clock_times import clock_problem
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport


def kept_heartbeat(told: object, now: datetime) -> HeartbeatReport:
    """A reported heartbeat as it is kept.

    Raises:
        Unacceptable: what of it is wrong, and what would be right.
    """
    one = door.instance("a heartbeat", told, HeartbeatReport)
    runner_id = door.identifier("runner_id", one.runner_id)
    host, pid = door.host(one.host), door.process_id(one.pid)
    eligible = door.flag("eligible", one.eligible)
    at = door.happened("at", one.at, now)
    created = one.creation_time
    if created is not None:
        created = door.happened("creation_time", created, now)
    # Of a reported beat, `at` is when the fleet received it.
    runner_time, round_trip = kept_clock(one.runner_time, one.round_trip_seconds, at)
    good_for = one.good_for_seconds
    if good_for is not None:
        # In the place of `dead_after_seconds`, and with its bounds.
        good_for = door.number(
            "good_for_seconds", good_for, least=LEAST_SECONDS, most=MAX_SECONDS, example="30"
        )
    return _with(
        one,
        runner_id=runner_id,
        at=at,
        eligible=eligible,
        creation_time=created,
        host=host,
        pid=pid,
        runner_time=runner_time,
        round_trip_seconds=round_trip,
        good_for_seconds=good_for,
    )


def kept_clock(
    runner_time: object, round_trip_seconds: object, received_at: datetime
) -> tuple[datetime | None, float | None]:
    """What a beat tells of its runner's clock, as it is kept.

    Raises:
        Unacceptable: it can't be; says what would be right.
    """
    at = None if runner_time is None else door.instant("runner_time", runner_time)
    trip = None
    if round_trip_seconds is not None:
        trip = door.real("round_trip_seconds", round_trip_seconds, example="0.12")
    if problem := clock_problem(runner_time=at, received_at=received_at, round_trip_seconds=trip):
        raise Unacceptable(problem)
    return at, trip


def kept_execution(told: object, now: datetime) -> ExecutionReport:
    """A reported execution as it is kept.

    Raises:
        Unacceptable: what of it is wrong, and what would be right.
    """
    one = door.instance("an execution", told, ExecutionReport)
    runner_id = door.identifier("runner_id", one.runner_id)
    run_id = door.identifier("run_id", one.run_id)
    reason = door.text("reason", one.reason)
    status = door.choice("status", one.status, Status)
    started_at = door.happened("started_at", one.started_at, now)
    ended_at = None
    if one.ended_at is not None:
        ended_at = door.happened("ended_at", one.ended_at, now)
    _check_ending(status, started_at, ended_at, reason)
    return _with(
        one,
        run_id=run_id,
        runner_id=runner_id,
        status=status,
        started_at=started_at,
        ended_at=ended_at,
        reason=reason,
    )


def _check_ending(
    status: Status, started_at: datetime, ended_at: datetime | None, reason: str
) -> None:
    # The rules of the table, with words for a fleet that breaks them.
    if status is Status.RUNNING:
        if ended_at is not None:
            raise Unacceptable("a running execution has no ended_at")
        return
    if ended_at is None:
        raise Unacceptable(f"a {status} execution needs ended_at")
    if ended_at < started_at:
        raise Unacceptable("ended_at is before started_at")
    if status is Status.BLOCKED and not door.split_reason(reason)[0]:
        raise Unacceptable("a blocked execution needs a reason, such as prior_running:<run id>")


def _with[R: (HeartbeatReport, ExecutionReport)](told: R, **kept: Any) -> R:
    """The report with these values; itself where they are its own, as those of most are."""
    if all(getattr(told, name) is value for name, value in kept.items()):
        return told
    return replace(told, **kept)

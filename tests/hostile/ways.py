"""Every way in from Python: each takes drawn values and does what a caller would."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from hypothesis import strategies as st

from scheduler.blocks.acknowledgements import NothingToAcknowledge, acknowledge
from scheduler.core.policy import InvalidPolicy, SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.door import Unacceptable
from scheduler.intake.claims import RunIdTaken, UnknownRun, claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ConflictingRun, ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.intake.sources import SourceAddress, replace_source, require_source, tell_notices
from scheduler.models import Execution, Service
from scheduler.retention.archive import archive, unarchive
from scheduler.retention.limits import Retention, change_retention
from scheduler.services import (
    PolicyInForce,
    UnknownService,
    change_policy,
    create_service,
    get_service,
    rename_service,
)
from tests.conftest import T0
from tests.hostile.values import (
    anything,
    flags,
    ids,
    moments,
    mostly,
    near,
    numbers,
    statuses,
    told_texts,
)

# What a caller may be told. Whatever else is raised is a fault of ours.
REFUSALS = (
    *(Unacceptable, ConflictingRun, RunIdTaken, UnknownRun, PolicyInForce, InvalidPolicy),
    *(NothingToAcknowledge, UnknownService, ValidationError),
)

type Draw = Callable[[st.SearchStrategy[Any]], Any]
type Way = Callable[[Draw, Service, Service], object]
_maybe = st.one_of(st.none(), moments)
_seconds = mostly(st.floats(0.0, 80_000.0), numbers)
_intervals = mostly(st.floats(0.01, 600_000.0), numbers)
_days = mostly(st.floats(0.5, 36_000.0), numbers)


def told_beats(draw: Draw, coordinated: Service, observed: Service) -> None:
    beat(coordinated, Beat(**_beat(draw)), now=draw(moments))


def asked_for_a_start(draw: Draw, coordinated: Service, observed: Service) -> object:
    run_id = draw(st.one_of(st.none(), ids))
    return claim(coordinated, Beat(**_beat(draw)), now=draw(near), run_id=run_id)


def ended_a_run(draw: Draw, coordinated: Service, observed: Service) -> object:
    started = claim(coordinated, "a", now=T0).execution
    run_id = draw(mostly(st.just(started.run_id if started else "x"), ids))
    reason = draw(told_texts)
    return finish(coordinated, run_id, draw(statuses), reason=reason, now=draw(near))


def reported(draw: Draw, coordinated: Service, observed: Service) -> object:
    status, started_at = draw(statuses), draw(moments)
    lasts = timedelta(seconds=draw(st.floats(0.0, 90_000.0)))
    is_over = status != Status.RUNNING and isinstance(started_at, datetime)
    ended_at = started_at + lasts if is_over and started_at.year < 9999 else None
    heartbeat = HeartbeatReport(**_beat(draw), at=draw(moments), creation_time=draw(_maybe))
    execution = ExecutionReport(
        run_id=draw(ids),
        runner_id=draw(ids),
        status=status,
        started_at=started_at,
        ended_at=draw(mostly(st.just(ended_at), _maybe)),
        reason=draw(told_texts),
    )
    heartbeats = [heartbeat] if draw(st.booleans()) else []
    return report(observed, heartbeats=heartbeats, executions=[execution])


def looked(draw: Draw, coordinated: Service, observed: Service) -> None:
    good_for = draw(_seconds)
    at = draw(moments)
    every = draw(st.one_of(st.none(), _seconds))
    watched(observed, draw(ids), at=at, good_for_seconds=good_for, every_seconds=every)


def made_a_service(draw: Draw, coordinated: Service, observed: Service) -> object:
    return create_service(
        draw(mostly(st.from_regex(r"[a-z0-9_-]{1,80}", fullmatch=True), told_texts)),
        name=draw(told_texts),
        mode=draw(mostly(st.sampled_from(("coordinated", "observed")), anything)),
        changed_by=draw(told_texts),
        effective_from=draw(_maybe),
    )


def changed_the_policy(draw: Draw, coordinated: Service, observed: Service) -> object:
    policy = SchedulingPolicy(
        service_interval_minutes=draw(_intervals),
        max_start_slot_fraction=draw(mostly(st.floats(-2.0, 2.0), numbers)),
        dead_after_seconds=draw(mostly(st.floats(0.001, 1e9), numbers)),
    )
    by, since = draw(told_texts), draw(_maybe)
    return change_policy(observed, policy, changed_by=by, effective_from=since)


def changed_what_is_kept(draw: Draw, coordinated: Service, observed: Service) -> object:
    days, summaries = draw(_days), draw(st.one_of(st.none(), _days))
    executions = draw(st.one_of(st.none(), mostly(st.integers(1, 10**15), numbers)))
    retention = Retention(days=days, executions=executions, summary_days=summaries)
    return change_retention(coordinated, retention)


def acknowledged(draw: Draw, coordinated: Service, observed: Service) -> object:
    rows = Execution.objects.all()
    by, note = draw(told_texts), draw(told_texts)
    return acknowledge(observed, executions=rows, seen=None, by=by, note=note)


def renamed(draw: Draw, coordinated: Service, observed: Service) -> object:
    return rename_service(observed, draw(told_texts))


def looked_up(draw: Draw, coordinated: Service, observed: Service) -> object:
    return get_service(draw(told_texts))


def archived_for_a_moment(draw: Draw, coordinated: Service, observed: Service) -> None:
    try:
        archive(observed, by=draw(told_texts), now=draw(moments))
    finally:
        unarchive(observed)


def watched_from_an_app(draw: Draw, coordinated: Service, observed: Service) -> None:
    address = SourceAddress(
        kind=draw(mostly(st.just("pynenc"), told_texts)),
        app_id=draw(told_texts),
        store=draw(told_texts),
    )
    replace_source(observed, address, at=draw(moments))
    require_source(observed, address, at=draw(moments))
    tell_notices(observed, draw(st.lists(told_texts, max_size=3)), at=draw(moments))


WAYS: tuple[Way, ...] = (
    *(told_beats, asked_for_a_start, ended_a_run, reported, looked),
    *(made_a_service, changed_the_policy, changed_what_is_kept, acknowledged),
    *(renamed, looked_up, archived_for_a_moment, watched_from_an_app),
)


def _beat(draw: Draw) -> dict[str, Any]:
    return {
        "runner_id": draw(ids),
        "eligible": draw(flags),
        "host": draw(told_texts),
        "pid": draw(st.one_of(st.none(), mostly(st.integers(0, 2**32 - 1), numbers))),
        "runner_time": draw(_maybe),
        "round_trip_seconds": draw(st.one_of(st.none(), _seconds)),
    }

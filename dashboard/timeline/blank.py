"""Traces without data: how a replay draws what the page's own figure may not have."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from dashboard.plot.instants import TimeScale
from dashboard.plot.traces import Trace
from dashboard.text.signals import BLOCKED
from dashboard.text.words import TimeWords
from dashboard.timeline.lanes import lane_traces
from dashboard.timeline.ribbon import ribbon_traces
from dashboard.timeline.runs import run_traces
from dashboard.timeline.verdicts import verdict_traces
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.timeline import (
    CycleTimeline,
    PolicyRevision,
    PresenceSpan,
    RecordedExecution,
    reconstruct,
)
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import SlotVerdict, Verdict

_DATA = ("x", "y", "base", "customdata", "text")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_RUNNERS = ("a", "b", "c")


@cache
def blank_traces() -> dict[str, Trace]:
    """The traces of windows, ribbon, running runs and verdicts, by what they show; without their
    data.

    Taken from a drawing of a small cycle, so that they look as every other page's do.
    """
    timeline = _example()
    scale = TimeScale(start=timeline.cycle_start, end=timeline.cycle_end, zone=UTC)
    words = TimeWords(zone=UTC, now=timeline.now)
    names = {runner_id: runner_id for runner_id in _RUNNERS}
    even, odd, nobody, present, ribbon_grace, _ = ribbon_traces(timeline, scale, words, names)
    _, _, window, late, grace, _ = lane_traces(timeline, scale, words, names, ())
    drawn = {trace["name"]: trace for trace in run_traces(timeline, scale, words, names)}
    traces = {
        "owner_even": even,
        "owner_odd": odd,
        "nobody": nobody,
        "present": present,
        "ribbon_grace": ribbon_grace,
        "window": window,
        "late": late,
        "grace": grace,
        "running": drawn["running"],
        "aim": drawn["aim"],
        **{trace["name"]: trace for trace in verdict_traces(timeline, _derived(timeline), scale)},
    }
    return {key: _without_data(trace) for key, trace in traces.items()}


def _without_data(trace: Trace) -> Trace:
    return {name: value for name, value in trace.items() if name not in _DATA}


def _example() -> CycleTimeline:
    """Three turns of 20 s, seen in the last one; one run goes on, one was too short."""
    now = _START + timedelta(seconds=50)
    policy = SchedulingPolicy(service_interval_minutes=1, spread_margin_minutes=0)
    return reconstruct(
        cycle_start=_START,
        policies=[PolicyRevision(effective_from=_START, policy=policy)],
        presences=[_presence(runner_id) for runner_id in _RUNNERS],
        executions=[
            _run(1, now - timedelta(seconds=30), timedelta(milliseconds=100)),
            _run(2, now - timedelta(seconds=5), None),
        ],
        now=now,
    )


def _derived(timeline: CycleTimeline) -> list[SlotVerdict]:
    """A derived refusal for each reason; that somebody came late, no rule can tell."""
    return [
        SlotVerdict(
            runner_id=_RUNNERS[0],
            position=0,
            slot=None,
            start=timeline.cycle_start,
            end=timeline.cycle_end,
            verdict=Verdict.BLOCKED,
            reason=reason,
        )
        for reason in BLOCKED
        if reason != Reason.LATE_START
    ]


def _presence(runner_id: str) -> PresenceSpan:
    return PresenceSpan(
        runner_id=runner_id,
        creation_time=_START,
        started_at=_START,
        last_heartbeat_at=_START,
        expires_at=_START + timedelta(hours=1),
        eligible=True,
    )


def _run(number: int, started_at: datetime, length: timedelta | None) -> RecordedExecution:
    unknown: dict[str, Any] = dict.fromkeys(
        (
            *("cycle_start", "slot_start", "slot_end", "runner_position"),
            *("stable_runner_count", "assigned_runner_id", "late_start_fraction"),
        )
    )
    return RecordedExecution(
        execution_id=number,
        run_id="run",
        runner_id="c",
        status=Status.RUNNING if length is None else Status.COMPLETED,
        started_at=started_at,
        ended_at=None if length is None else started_at + length,
        reason="",
        reason_detail="",
        attempts=1,
        first_attempt_at=started_at,
        last_attempt_at=started_at,
        origin="",
        **unknown,
    )

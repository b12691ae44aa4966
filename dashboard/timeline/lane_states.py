"""How each lane of a cycle stands: the worst that is true of its runner, in a word.

The chart draws all that is on a lane. This is for lanes that have no room on it, and for which of
them come first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from dashboard.rows.judgement import VERDICTS, is_derived, verdict_signal
from dashboard.rows.log import WHEN_LAST_WATCHED
from dashboard.text.signals import STATUSES, Signal, execution_signal
from scheduler.core.incidents import Incident, IncidentKind
from scheduler.core.judging.outcomes import JudgedCycle
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.timeline import CycleTimeline, Lane, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.incidents import incident_word


class Standing(IntEnum):
    """The worst first, and trouble before everything else."""

    RUN_IN_TROUBLE = 0
    ABANDONED = 1
    BLOCKED = 2
    NO_START = 3
    UNSTABLE = 4
    RUNNING = 5
    # Before what went well: what nobody saw is not calm.
    UNKNOWN = 6
    COMPLETED = 7
    TO_COME = 8
    IDLE = 9
    GONE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """``word`` may say more than that of the ``signal``, which has the mark and the colour."""

    standing: Standing
    signal: Signal
    word: str

    @property
    def is_trouble(self) -> bool:
        return self.standing <= Standing.UNSTABLE


def _state(standing: Standing, signal: Signal, word: str = "") -> LaneState:
    return LaneState(standing=standing, signal=signal, word=word or signal.word)


# Incidents of one run. The others are of the fleet: whom they name has trouble of its own (no
# start, no window), or comes and goes.
_OF_RUNS = frozenset(
    {
        IncidentKind.OVERLAP,
        IncidentKind.DEAD_HOLDER,
        IncidentKind.STUCK_RUN,
        IncidentKind.RUN_OUTSIDE_SLOT,
    }
)
_INCIDENT = Signal(key="warning", word="Incident")
_STANDINGS = {
    Status.ABANDONED: Standing.ABANDONED,
    Status.BLOCKED: Standing.BLOCKED,
    Status.RUNNING: Standing.RUNNING,
    Status.COMPLETED: Standing.COMPLETED,
}
_MISSED = _state(Standing.NO_START, VERDICTS[Verdict.UNSERVED])
_TO_COME = _state(Standing.TO_COME, VERDICTS[Verdict.UPCOMING])
# A block has its reason, and what explains a window without a start is no trouble.
_OF_VERDICTS = {
    Verdict.ABANDONED: _state(Standing.ABANDONED, VERDICTS[Verdict.ABANDONED]),
    Verdict.SERVED: _state(Standing.COMPLETED, STATUSES[Status.COMPLETED]),
    Verdict.UNKNOWN: _state(Standing.UNKNOWN, VERDICTS[Verdict.UNKNOWN]),
    Verdict.OPEN: _TO_COME,
    Verdict.UPCOMING: _TO_COME,
}
_IDLE = _state(Standing.IDLE, Signal(key="waiting", word="No run"))
_GONE = _state(Standing.GONE, Signal(key="waiting", word="Gone"))


def lane_states(timeline: CycleTimeline, judged: JudgedCycle) -> Mapping[str, LaneState]:
    """The state of each runner that has a lane, by its id.

    In trouble is who has an abandoned run, a block (recorded or derived), an incident that names
    it, or a window without a start that nothing explains.
    """
    states = {lane.runner_id: _at_first(lane, timeline) for lane in timeline.lanes}
    for runner_id, state in _told(timeline, judged):
        known = states.get(runner_id)
        # Of two alike, the first.
        if known is not None and state.standing < known.standing:
            states[runner_id] = state
    return states


def _at_first(lane: Lane, timeline: CycleTimeline) -> LaneState:
    at = min(timeline.now, timeline.cycle_end)
    return _IDLE if any(each.expires_at >= at for each in lane.presences) else _GONE


def _told(timeline: CycleTimeline, judged: JudgedCycle) -> Iterator[tuple[str, LaneState]]:
    is_watched = timeline.watched_until == timeline.now
    # Each of these has a mark on its lane. Refusals that were written down outside of any window
    # are in no verdict, so that the rows are asked as well.
    for execution in timeline.executions:
        yield execution.runner_id, _of_execution(execution, is_watched=is_watched)
    for verdict in judged.verdicts:
        state = _of_verdict(verdict)
        if state is not None:
            yield verdict.runner_id, state
    for incident in judged.incidents:
        state = _of_incident(incident)
        for runner_id in incident.runner_ids:
            yield runner_id, state


def _of_execution(execution: RecordedExecution, *, is_watched: bool) -> LaneState:
    signal = execution_signal(execution.status, execution.reason)
    is_known = is_watched or execution.status != Status.RUNNING
    word = "" if is_known else f"{signal.word} {WHEN_LAST_WATCHED}"
    return _state(_STANDINGS[execution.status], signal, word)


def _of_verdict(verdict: SlotVerdict) -> LaneState | None:
    if verdict.is_missed:
        return _MISSED
    if verdict.verdict is not Verdict.BLOCKED:
        return _OF_VERDICTS.get(verdict.verdict)
    signal = verdict_signal(verdict)
    word = f"{signal.word} (derived)" if is_derived(verdict) else ""
    return _state(Standing.BLOCKED, signal, word)


def _of_incident(incident: Incident) -> LaneState:
    standing = Standing.RUN_IN_TROUBLE if incident.kind in _OF_RUNS else Standing.UNSTABLE
    return _state(standing, _INCIDENT, incident_word(incident.kind))

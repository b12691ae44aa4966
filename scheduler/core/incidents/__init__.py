"""What went wrong in a cycle, one line each: what, when, who, how long, and what it cost.

The kinds, the worst first, and when there is one:

overlap             Two or more runs went on at once: one for each unbroken stretch of that.
dead_holder         A run was given up because its runner's heartbeat expired (`runner_dead`), or it
                    is running and its runner is not heard of: from the last heartbeat to the end of
                    the run.
stuck_run           A run went on past a limit, and `reason` says the worst: `past_slot` (its window
                    and the margin after it, which is there for that), `past_cycle`, or
                    `past_heartbeat` (its runner was not heard of for a while, and yet the run was
                    not given up): from the first limit it passed to its end. Not said of a dead
                    holder's run.
all_windows_invalid There were runners, and the margin left none of them a window.
run_outside_slot    A reported run began where its runner had no window. Not said of claimed runs,
                    whose start was cleared, nor where nobody was watching.
membership_flapping A runner came and went three times or more: one for all such runners.
unserved_slots      Slots that nobody served and nothing explains: one for all.
slot_lost_to_margin Those of them that could be started in for less than one check interval, and
                    without the margin for at least that: one for all.

An incident is told in every cycle it touches, with its true start and end. What begins after `now`,
or after the cycle, is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from scheduler.core.incidents.fleet import flapping, invalid_windows, missed_slots
from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.incidents.runs import RunIncidents
from scheduler.core.run_limits import PAST_CYCLE, PAST_HEARTBEAT, PAST_SLOT
from scheduler.core.timeline import CycleTimeline, RecordedExecution
from scheduler.core.verdicts import SlotVerdict

__all__ = [
    "PAST_CYCLE",
    "PAST_HEARTBEAT",
    "PAST_SLOT",
    "Incident",
    "IncidentKind",
    "find_incidents",
    "run_limits",
]

_RANK = {kind: rank for rank, kind in enumerate(IncidentKind)}


def run_limits(
    timeline: CycleTimeline, runs: Iterable[RecordedExecution]
) -> dict[int, dict[str, datetime | None]]:
    """When each of these runs of the timeline passes which limit, the worst limit last, as far as
    is known at its `now`; by execution id. An incident tells of those that a run has passed."""
    found = RunIncidents(timeline)
    lanes = {lane.runner_id: lane for lane in timeline.lanes}
    return {run.execution_id: found.limits(lanes[run.runner_id], run) for run in runs}


def find_incidents(
    timeline: CycleTimeline, verdicts: Sequence[SlotVerdict]
) -> tuple[Incident, ...]:
    """The incidents of a cycle whose windows were judged, the worst kind first, then by start."""
    runs = RunIncidents(timeline)
    found = [
        *runs.overlaps(),
        *runs.overdue(),
        *runs.outside_slots(),
        *invalid_windows(timeline),
        *flapping(timeline),
        *missed_slots(timeline, verdicts),
    ]
    return tuple(sorted(found, key=lambda each: (_RANK[each.kind], each.start)))

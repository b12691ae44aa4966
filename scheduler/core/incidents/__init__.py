"""What went wrong in a cycle, one line each: what, when, who, how long, and what it cost.

The kinds, the worst first, and when there is one:

overlap             Two or more runs went on at once: one for each unbroken interval of that.
dead_holder         A run was given up because its runner's heartbeat expired (`runner_dead`), or
                    its runner is not heard of and it is running, or it was ended as abandoned
                    and its runner was not heard again: from the last heartbeat to the end of the
                    run.
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

Nothing is told from what nobody watched: a run goes on, and its runner is silent, up to the last
instant that was watched, and what happened meanwhile counts as soon as it is known. Nor from what
is known no better than this (resolution.py): a start that cost nothing and may have been within its
window, an overlap shorter than clocks agree; and where looks are further apart than cycles are
long, nothing that depends on who was a member when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.incidents.fleet import flapping, invalid_windows, missed_slots
from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.incidents.overdue import all_limits, overdue_runs
from scheduler.core.incidents.resolution import resolution_of
from scheduler.core.incidents.runs import RunIncidents
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.timeline import CycleTimeline, RecordedExecution

__all__ = [
    "FoundIncidents",
    "Incident",
    "IncidentKind",
    "find_incidents",
    "run_limits",
]

# The enum has the worst first.
_RANK = {kind: rank for rank, kind in enumerate(IncidentKind)}


def run_limits(
    timeline: CycleTimeline, runs: Iterable[RecordedExecution]
) -> dict[int, dict[RunLimit, datetime | None]]:
    """When each of these runs of the timeline passes which limit, the worst limit last, as far as
    is known at its `now`; by execution id. An incident tells of those that a run has passed."""
    lanes = {lane.runner_id: lane for lane in timeline.lanes}
    return {run.execution_id: all_limits(timeline, lanes[run.runner_id], run) for run in runs}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIncidents:
    """The incidents of a cycle, the worst kind first, then by start.

    `outlived`: a run went on past its cycle or its runner's heartbeat in it; `held_on`: such a run
    went on when the cycle ended.
    """

    incidents: tuple[Incident, ...]
    outlived: bool
    held_on: bool


def find_incidents(timeline: CycleTimeline, verdicts: Sequence[SlotVerdict]) -> FoundIncidents:
    """The incidents of a cycle whose windows were judged."""
    resolution = resolution_of(timeline)
    runs = RunIncidents(timeline, resolution)
    overdue = list(overdue_runs(timeline))
    found = [*runs.overlaps(), *map(runs.overdue, overdue), *runs.outside_slots()]
    found += invalid_windows(timeline)
    # Both ask who was a member when, which looks further apart than cycles can't tell.
    if not resolution.blurs_plan:
        found += [*flapping(timeline), *missed_slots(timeline, verdicts)]
    return FoundIncidents(
        incidents=tuple(sorted(found, key=lambda each: (_RANK[each.kind], each.start))),
        outlived=any(each.outlived for each in overdue),
        held_on=any(each.outlived and each.held_on for each in overdue),
    )

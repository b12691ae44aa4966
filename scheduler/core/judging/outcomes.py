"""A cycle judged: its verdicts, its incidents, and in one word how it went.

The outcomes; the first that applies counts. A *start* is a run that began in the cycle. A *missed*
window was abandoned, blocked, or unserved with nothing to explain it.

| # | outcome       | when                                                                        |
|---|---------------|-----------------------------------------------------------------------------|
| 1 | `in_progress` | The cycle is not over.                                                      |
| 2 | `stuck`       | A run outlived its cycle or its runner's heartbeat (a `dead_holder`, or a   |
|   |               | `stuck_run` past more than its slot, as far as this cycle knows), and it    |
|   |               | goes on still (and was seen to when the cycle ended), or a window of this   |
|   |               | cycle was blocked by `prior_running`.                                       |
| 3 | `failed`      | There were starts, and all of them were abandoned.                          |
| 4 | `blocked`     | There was no start, and a window was blocked.                               |
| 5 | `partial`     | There was a start, and a window was missed or a start abandoned.            |
| 6 | `unknown`     | A window is unknown, or there was a gap in watching and no window at all.   |
| 7 | `served`      | There was a start.                                                          |
| 8 | `empty`       | Nothing of this: windows that nobody used, or no runner at all.             |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.core.incidents import FoundIncidents, Incident, find_incidents
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.reasons import BlockReason
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleCounts:
    """The numbers of a cycle. A run or a refusal counts in the cycle in which it began.

    `started` are all runs, whatever became of them: `completed` and `abandoned` are those that have
    ended. `blocked` has the refused attempts by reason, repeats included; `slots` the windows by
    verdict. Neither has zeros.
    """

    started: int
    completed: int
    abandoned: int
    blocked: dict[str, int]
    slots: dict[Verdict, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCycle:
    """What a timeline says about itself, as known at its `now`."""

    verdicts: tuple[SlotVerdict, ...]
    incidents: tuple[Incident, ...]
    outcome: Outcome
    counts: CycleCounts


def judge_cycle(timeline: CycleTimeline) -> JudgedCycle:
    """The verdicts (in the order of the lanes), incidents, outcome and counts of a cycle."""
    verdicts = judge_slots(timeline)
    found = find_incidents(timeline, verdicts)
    counts = _count(timeline, verdicts)
    return JudgedCycle(
        verdicts=verdicts,
        incidents=found.incidents,
        outcome=_outcome(timeline, verdicts, found, counts),
        counts=counts,
    )


def _count(timeline: CycleTimeline, verdicts: Sequence[SlotVerdict]) -> CycleCounts:
    statuses: Counter[Status] = Counter()
    blocked: Counter[str] = Counter()
    for each in timeline.executions:
        # A run from before is in the timeline for its incidents; it is counted where it began.
        if not timeline.cycle_start <= each.started_at < timeline.cycle_end:
            continue
        if each.status == Status.BLOCKED:
            # A row stands for all of its repeats.
            blocked[each.reason] += each.attempts
        else:
            statuses[each.status] += 1
    return CycleCounts(
        started=statuses.total(),
        completed=statuses[Status.COMPLETED],
        abandoned=statuses[Status.ABANDONED],
        blocked=dict(blocked),
        slots=dict(Counter(each.verdict for each in verdicts)),
    )


def _outcome(
    timeline: CycleTimeline,
    verdicts: Sequence[SlotVerdict],
    found: FoundIncidents,
    counts: CycleCounts,
) -> Outcome:
    """The table of the module, row by row."""
    if timeline.now < timeline.cycle_end:
        return Outcome.IN_PROGRESS
    if _is_stuck(verdicts, found):
        return Outcome.STUCK
    blocked, missed = counts.slots.get(Verdict.BLOCKED, 0), _missed(verdicts)
    if counts.started:
        if counts.started == counts.abandoned:
            return Outcome.FAILED
        if missed or counts.abandoned:
            return Outcome.PARTIAL
    elif blocked:
        return Outcome.BLOCKED
    # Only now: what was seen to go wrong stays wrong, whatever else went unseen.
    if Verdict.UNKNOWN in counts.slots or (timeline.unwatched and not verdicts):
        return Outcome.UNKNOWN
    return Outcome.SERVED if counts.started else Outcome.EMPTY


def _is_stuck(verdicts: Sequence[SlotVerdict], found: FoundIncidents) -> bool:
    return found.held_on or (
        found.outlived
        and any(
            each.verdict is Verdict.BLOCKED and each.reason == BlockReason.PRIOR_RUNNING
            for each in verdicts
        )
    )


def _missed(verdicts: Sequence[SlotVerdict]) -> bool:
    return any(
        each.verdict in (Verdict.ABANDONED, Verdict.BLOCKED) or each.is_missed for each in verdicts
    )

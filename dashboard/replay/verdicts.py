"""What was said of every window, as steps: each holds from its instant until the window's next one.

As far as the finished cycle tells. The live page may have said otherwise where rows came late, and

- of a window with several starts, between the first and the one that counts in the end;
- of a window whose runner started after its last instant to start at, between these two;
- of a refusal that was repeated, about how often, before its last repeat;
- of a window explained by a run that was abandoned in the end, before that end;
- of a stretch without windows that somebody began to watch, before that;
- of a window laid too late to be started in, before nobody watched any more.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.core.instants import MICROSECOND
from scheduler.core.refusals import Stretch, unwatched_in
from scheduler.core.timeline import CycleTimeline, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.verdicts import (
    OVERRAN,
    SlotJudge,
    SlotVerdict,
    Verdict,
    judge_slots,
    overrun_words,
    startable_end,
    startable_words,
)

# How the detail of a start goes on (verdicts.py) once its run has ended.
_RAN = ", ran for "


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictStep:
    """From ``at`` on, that was said of the window, known by its runner and its start; nothing was
    said while it is `Verdict.OPEN`."""

    at: datetime
    verdict: SlotVerdict


def verdict_steps(
    timeline: CycleTimeline, verdicts: Iterable[SlotVerdict], runner_ids: Collection[str]
) -> Iterator[VerdictStep]:
    """The steps of the windows of ``runner_ids``, window by window.

    Args:
        verdicts: those of the timeline, whose cycle is over.
    """
    rows = {each.execution_id: each for each in timeline.executions}
    shown = [each for each in verdicts if each.runner_id in runner_ids]
    unrefused = _unrefused(timeline, shown, rows)
    gaps = unwatched_in(timeline)
    judge = SlotJudge(timeline)
    for each in shown:
        steps = list(_steps(each, rows, unrefused, judge))
        yield from _unwatched(each, gaps, steps[0].at, timeline.cycle_end)
        yield from steps


def _steps(
    verdict: SlotVerdict,
    rows: Mapping[int, RecordedExecution],
    unrefused: Mapping[int, SlotVerdict],
    judge: SlotJudge,
) -> Iterator[VerdictStep]:
    """From the first that was said of a window by what happened or did not."""
    row = rows.get(verdict.execution_id or 0) if verdict.recorded else None
    if row is None:
        yield VerdictStep(at=_settled_at(verdict), verdict=verdict)
    elif row.status == Status.BLOCKED:
        yield from _refused(verdict, row, unrefused)
    else:
        yield from _started(verdict, row, judge)


def _settled_at(verdict: SlotVerdict) -> datetime:
    """From when on a window has a verdict that needs no row."""
    return max(verdict.start, startable_end(verdict.slot)) if verdict.slot else verdict.start


def _started(
    verdict: SlotVerdict, run: RecordedExecution, judge: SlotJudge
) -> Iterator[VerdictStep]:
    slot = verdict.slot
    overran_at = None if slot is None else judge.overran_at(slot, run)
    going_on = overrun_words(slot, replace(run, ended_at=None)) if slot else ""
    so_far = verdict.detail.partition(_RAN)[0].removesuffix(going_on)
    served = replace(verdict, verdict=Verdict.SERVED, reason="", detail=so_far)
    yield VerdictStep(at=run.started_at, verdict=served)
    if overran_at is not None:
        # Known only once an instant has passed.
        at = overran_at + MICROSECOND
        if run.ended_at is None or at < run.ended_at:
            overran = replace(served, reason=OVERRAN, detail=so_far + going_on)
            yield VerdictStep(at=at, verdict=overran)
    if run.ended_at is not None:
        yield VerdictStep(at=run.ended_at, verdict=verdict)


def _refused(
    verdict: SlotVerdict, row: RecordedExecution, unrefused: Mapping[int, SlotVerdict]
) -> Iterator[VerdictStep]:
    settled, told = _settled_at(verdict), _told_at(verdict, row)
    if settled < told:
        yield VerdictStep(at=settled, verdict=unrefused[id(verdict)])
    yield VerdictStep(at=max(settled, told), verdict=verdict)


def _told_at(verdict: SlotVerdict, row: RecordedExecution) -> datetime:
    """When the refusal was first told within the window."""
    first = row.first_attempt_at
    return first if verdict.start <= first < verdict.end else row.last_attempt_at


def _unrefused(
    timeline: CycleTimeline,
    verdicts: Sequence[SlotVerdict],
    rows: Mapping[int, RecordedExecution],
) -> dict[int, SlotVerdict]:
    """What was said, before anybody was refused, of the windows in which that came after it could
    have been told without; by the identity of what was said in the end."""
    late = {
        (each.runner_id, each.start): id(each)
        for each in verdicts
        if each.recorded
        and each.verdict is Verdict.BLOCKED
        and _settled_at(each) < _told_at(each, rows[each.execution_id or 0])
    }
    if not late:
        return {}
    lanes = tuple(
        replace(
            lane, executions=tuple(row for row in lane.executions if row.status != Status.BLOCKED)
        )
        for lane in timeline.lanes
    )
    return {
        late[each.runner_id, each.start]: each
        for each in judge_slots(replace(timeline, lanes=lanes))
        if (each.runner_id, each.start) in late
    }


def _unwatched(
    verdict: SlotVerdict, gaps: Iterable[Stretch], until: datetime, cycle_end: datetime
) -> Iterator[VerdictStep]:
    """While a window could be started in and nobody watched, that was said; and nothing while it
    could and somebody did."""
    missed = [gap for gap in gaps if verdict.start < gap.end and gap.start < until]
    if verdict.slot is None or not missed:
        return
    # That its plan would end before its window was not known yet.
    planned = replace(verdict.slot, end=min(verdict.slot.slot_end, cycle_end))
    unknown = replace(
        verdict, verdict=Verdict.UNKNOWN, reason="", recorded=False, detail=startable_words(planned)
    )
    for gap in missed:
        yield VerdictStep(at=max(verdict.start, gap.start), verdict=unknown)
        if gap.end < until:
            yield VerdictStep(at=gap.end, verdict=replace(verdict, verdict=Verdict.OPEN))

"""Until when a run may go on, and which of the limits it passed."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.core.judging.run_limits import RunLimit, planned_limits
from scheduler.core.timeline import CycleTimeline, LaneSlot, RecordedExecution, RunLimits


def begun_limits(
    timeline: CycleTimeline, run: RecordedExecution, slots: Iterable[LaneSlot]
) -> RunLimits:
    """The limits of a run that began in this cycle, of whose runner `slots` are the windows."""
    plan = timeline.plan_at(run.started_at)
    # What its claim knew beats what is reconstructed; a reported run has only the latter.
    slot_end = run.slot_end or next(
        (slot.slot_end for slot in slots if slot.start <= run.started_at < slot.end), None
    )
    limits = planned_limits(
        run.started_at,
        slot_end=slot_end,
        policy=plan.policy,
        runner_count=run.stable_runner_count or len(plan.runners),
    )
    return RunLimits(slot=limits[RunLimit.PAST_SLOT], cycle=plan.policy.cycle_end(run.started_at))


def limits_in(
    timeline: CycleTimeline, run: RecordedExecution, slots: Iterable[LaneSlot]
) -> RunLimits:
    """The limits of any run of the timeline."""
    known = timeline.limits.get(run.execution_id)
    # Of a run from before the cycle: the plan it began under is not in this timeline.
    if known is not None:
        return known
    limits = begun_limits(timeline, run, slots)
    if run.started_at >= timeline.cycle_start:
        return limits
    # Another policy may have had another grid; its cycle was over before this one anyway.
    return RunLimits(slot=limits.slot, cycle=min(limits.cycle, timeline.cycle_start))

"""One lane a runner: its windows in every epoch, its presences and its executions.

What a lane says about them (a slot served, missed, lost) is not decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from scheduler.core.instants import MICROSECOND
from scheduler.core.rows import PresenceSpan, RecordedExecution
from scheduler.core.timeline import Epoch, Lane, LaneSlot


def lay_lanes(
    epochs: Sequence[Epoch],
    presences: Sequence[PresenceSpan],
    executions: Sequence[RecordedExecution],
) -> tuple[Lane, ...]:
    """The lanes in slot order of the last epoch, then those who left, then mere executors."""
    slots = _slots(epochs)
    positions: dict[str, int] = {}
    # From the last epoch backwards: its runners come first, and a position once set is the latest.
    for epoch in reversed(epochs):
        for position, runner in enumerate(epoch.plan.runners):
            positions.setdefault(runner.runner_id, position)
    spans: defaultdict[str, list[PresenceSpan]] = defaultdict(list)
    # Rows come in any order; a lane is judged and drawn in order of time.
    for span in sorted(presences, key=attrgetter("started_at")):
        spans[span.runner_id].append(span)
    runs: defaultdict[str, list[RecordedExecution]] = defaultdict(list)
    # In order already: `reconstruct` sorts them once for all lanes.
    for execution in executions:
        runs[execution.runner_id].append(execution)
    return tuple(
        Lane(
            runner_id=runner_id,
            position=positions.get(runner_id),
            slots=tuple(slots.get(runner_id, ())),
            presences=tuple(spans.get(runner_id, ())),
            executions=tuple(runs.get(runner_id, ())),
        )
        # A dict is the ordered set here: members in their order, then mere executors by id.
        for runner_id in {**positions, **dict.fromkeys(sorted(runs))}
    )


def _slots(epochs: Iterable[Epoch]) -> Mapping[str, list[LaneSlot]]:
    """Each runner's windows, clipped to the epochs that have them, in order of time."""
    slots: defaultdict[str, list[LaneSlot]] = defaultdict(list)
    for epoch in epochs:
        for slot in _windows(epoch):
            mine = slots[slot.runner_id]
            # The change left this window as it was: one window, one verdict.
            if mine and mine[-1].end == slot.start and _same_window(mine[-1], slot):
                mine[-1] = replace(mine[-1], end=slot.end)
            else:
                mine.append(slot)
    return slots


def _windows(epoch: Epoch) -> Iterator[LaneSlot]:
    # Only what the epoch touches: all windows of all epochs would be runners × changes.
    first = epoch.plan.position_at(epoch.start)
    last = epoch.plan.position_at(epoch.end - MICROSECOND)
    if first is None or last is None:
        return
    # A window can reach, by rounding, a microsecond into the turns beside its own.
    for position in range(max(0, first - 1), min(last + 2, len(epoch.plan.runners))):
        slot = epoch.plan.slot(position)
        # One position without a window means all: they are equally long.
        if slot is None:
            return
        start, end = max(slot.slot_start, epoch.start), min(slot.slot_end, epoch.end)
        if start < end:
            yield LaneSlot(
                runner_id=slot.runner_id,
                position=position,
                slot_start=slot.slot_start,
                slot_end=slot.slot_end,
                startable_until=slot.startable_until,
                start=start,
                end=end,
            )


_window_of = attrgetter("position", "slot_start", "slot_end", "startable_until")


def _same_window(one: LaneSlot, other: LaneSlot) -> bool:
    return bool(_window_of(one) == _window_of(other))

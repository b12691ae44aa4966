"""One cycle as it really was, from plain rows: epochs, owners, lanes of slots and executions.

How a cycle is cut into epochs is in epochs.py, what goes into a lane in lanes.py. Rows are loaded,
and figures drawn, in the layers above.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from scheduler.core.epochs import (
    CycleSpan,
    Epoch,
    Ownership,
    PolicyRevision,
    PresenceSpan,
    cut_epochs,
    cycle_policy,
    cycle_spans,
    owners,
    policy_in_force,
)
from scheduler.core.instants import MICROSECOND
from scheduler.core.lanes import Lane, LaneSlot, RecordedExecution, lay_lanes
from scheduler.core.plan import CyclePlan
from scheduler.core.policy import SchedulingPolicy

__all__ = [
    "CycleSpan",
    "CycleTimeline",
    "Epoch",
    "Lane",
    "LaneSlot",
    "Ownership",
    "PolicyRevision",
    "PresenceSpan",
    "RecordedExecution",
    "WatchSpan",
    "cycle_policy",
    "cycle_spans",
    "policy_in_force",
    "reconstruct",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpan:
    """A stretch [started_at, ended_at] in which somebody was, or was not, watching."""

    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleTimeline:
    """The cycle [cycle_start, cycle_end) as seen at `now`.

    `policy` and `plan` are those in force at `now`, or at the nearest instant of the cycle; a past
    cycle tells the policy it began under. `epochs` and `ownership` tile the cycle. `lanes` are in
    slot order of the last epoch, then those who left. `unwatched` are the gaps that the `watches`
    of the cycle leave up to `now`; a service that nothing of can go unseen has neither.
    `next_change_at` is the next instant at which decisions or drawing change without a new row;
    None for a past cycle.
    """

    cycle_start: datetime
    cycle_end: datetime
    now: datetime
    policy: SchedulingPolicy
    plan: CyclePlan
    epochs: tuple[Epoch, ...]
    ownership: tuple[Ownership, ...]
    lanes: tuple[Lane, ...]
    executions: tuple[RecordedExecution, ...]
    watches: tuple[WatchSpan, ...]
    unwatched: tuple[WatchSpan, ...]
    next_change_at: datetime | None


def reconstruct(
    *,
    cycle_start: datetime,
    policies: Sequence[PolicyRevision],
    presences: Sequence[PresenceSpan],
    executions: Sequence[RecordedExecution],
    now: datetime,
    watches: Sequence[WatchSpan] | None = None,
) -> CycleTimeline:
    """The cycle that begins at `cycle_start`, from the rows that touch it, in any order.

    What lies after `now` is drawn from the membership of `now` and the policies known.
    No `watches` means that nothing can go unseen (a coordinated service).

    Raises:
        ValueError: no policy is given, or none has a cycle that begins at `cycle_start`.
    """
    revisions = sorted(policies, key=attrgetter("effective_from"))
    cycle_end = cycle_policy(revisions, cycle_start).cycle_end(cycle_start)
    epochs = cut_epochs(
        start=cycle_start, end=cycle_end, revisions=revisions, presences=presences, now=now
    )
    current = epochs[max(0, bisect_right(epochs, now, key=attrgetter("start")) - 1)]
    inside = cycle_start <= now < cycle_end
    ordered = tuple(sorted(executions, key=attrgetter("started_at", "execution_id")))
    return CycleTimeline(
        cycle_start=cycle_start,
        cycle_end=cycle_end,
        now=now,
        policy=policy_in_force(revisions, now if inside else cycle_start),
        plan=current.plan,
        epochs=epochs,
        ownership=owners(epochs),
        lanes=lay_lanes(epochs, presences, ordered),
        executions=ordered,
        watches=tuple(
            watch
            for watch in sorted(watches or (), key=attrgetter("started_at", "ended_at"))
            if watch.ended_at >= cycle_start and watch.started_at < cycle_end
        ),
        unwatched=tuple(_gaps(watches, cycle_start, min(now, cycle_end))),
        next_change_at=min(
            (
                instant
                for instant in _changes(epochs, current, presences, watches or (), now)
                if now < instant <= cycle_end
            ),
            default=None,
        ),
    )


def _gaps(
    watches: Sequence[WatchSpan] | None, start: datetime, end: datetime
) -> Iterator[WatchSpan]:
    """What no watch covers of [start, end], which may be one instant."""
    if watches is None:
        return
    seen = start
    for watch in sorted(watches, key=attrgetter("started_at")):
        if seen < min(watch.started_at, end):
            yield WatchSpan(started_at=seen, ended_at=min(watch.started_at, end))
        seen = max(seen, watch.ended_at)
    spoken_for = any(watch.started_at <= start <= watch.ended_at for watch in watches)
    if seen < end or (start == end and not spoken_for):
        yield WatchSpan(started_at=min(seen, end), ended_at=end)


def _changes(
    epochs: Sequence[Epoch],
    current: Epoch,
    presences: Iterable[PresenceSpan],
    watches: Iterable[WatchSpan],
    now: datetime,
) -> Iterator[datetime]:
    """The instants at which something changes by itself; some of them may be past."""
    for epoch in epochs:
        yield from (epoch.start, epoch.end)
    for span in presences:
        if span.eligible:
            yield from (span.started_at, span.expires_at + MICROSECOND)
    for watch in watches:
        yield from (watch.started_at, watch.ended_at + MICROSECOND)
    plan = current.plan
    # The youngest come last: before the first that is settled, all are.
    for runner in reversed(plan.runners):
        grace_end = plan.policy.grace_end(runner.creation_time)
        if grace_end is None or grace_end <= now:
            break
        yield grace_end
    position = plan.position_at(max(now, current.start))
    if position is None:
        return
    for near in range(max(0, position - 1), min(position + 2, len(plan.runners))):
        yield plan.turn_start(near)
        slot = plan.slot(near)
        if slot is not None:
            yield from (slot.slot_start, slot.startable_until + MICROSECOND, slot.slot_end)

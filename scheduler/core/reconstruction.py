"""One cycle as it really was, from plain rows.

How a cycle is cut into epochs is in epochs.py, what goes into a lane in lanes.py. Rows are loaded,
and figures drawn, in the layers above.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import attrgetter

from scheduler.core.cycle.epochs import cut_epochs, owners
from scheduler.core.cycle.grid import cycle_policy, policy_in_force
from scheduler.core.cycle.lanes import lay_lanes
from scheduler.core.cycle.watching import WatchSpan, gaps_between, watched_until
from scheduler.core.instants import MICROSECOND
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline, Epoch, RunLimits


def reconstruct(
    *,
    cycle_start: datetime,
    policies: Sequence[PolicyRevision],
    presences: Sequence[PresenceSpan],
    executions: Sequence[RecordedExecution],
    now: datetime,
    watches: Sequence[WatchSpan] | None = None,
    limits: Mapping[int, RunLimits] | None = None,
) -> CycleTimeline:
    """The cycle that begins at `cycle_start`, from the rows that touch it, in any order.

    What lies after `now` is drawn from the membership of `now` and the policies known.
    No `watches` means that nothing can go unseen (a coordinated service). Presences and watches of
    other times than the cycle's tell more of the runs that reach beyond it.

    Raises:
        ValueError: no policy is given, or none has a cycle that begins at `cycle_start`.
    """
    revisions = sorted(policies, key=attrgetter("effective_from"))
    cycle_end = cycle_policy(revisions, cycle_start).cycle_end(cycle_start)
    epochs = cut_epochs(
        start=cycle_start, end=cycle_end, revisions=revisions, presences=presences, now=now
    )
    current = _epoch_at(epochs, now)
    inside = cycle_start <= now < cycle_end
    # By id where starts are equal: either database gives the same timeline.
    ordered = tuple(sorted(executions, key=attrgetter("started_at", "execution_id")))
    touching = [
        each
        for each in presences
        # One that was over just before the cycle tells who left at its start.
        if each.expires_at >= cycle_start - MICROSECOND and each.started_at < cycle_end
    ]
    return CycleTimeline(
        cycle_start=cycle_start,
        cycle_end=cycle_end,
        now=now,
        policy=policy_in_force(revisions, now if inside else cycle_start),
        plan=current.plan,
        epochs=epochs,
        ownership=owners(epochs),
        lanes=lay_lanes(epochs, touching, ordered),
        executions=ordered,
        watches=tuple(
            watch
            for watch in sorted(watches or (), key=attrgetter("started_at", "ended_at"))
            if watch.ended_at >= cycle_start and watch.started_at < cycle_end
        ),
        # Up to now: what is still to come is not unwatched yet.
        unwatched=tuple(gaps_between(watches, cycle_start, min(now, cycle_end))),
        watching=None if watches is None else tuple(watches),
        watched_until=watched_until(watches, now),
        lives=_lives(presences),
        limits=limits or {},
        next_change_at=_next_change(epochs, presences, watches or (), now),
    )


def carried_on(timeline: CycleTimeline, now: datetime) -> CycleTimeline:
    """The timeline as `reconstruct` makes it of the same rows at a later `now` before
    `rows_change_at`: whose turn it is may be another, who is there is not."""
    watches, presences = timeline.watching, chain.from_iterable(timeline.lives.values())
    seen_until = min(now, timeline.cycle_end)
    return replace(
        timeline,
        now=now,
        unwatched=tuple(gaps_between(watches, timeline.cycle_start, seen_until)),
        watched_until=watched_until(watches, now),
        next_change_at=_next_change(timeline.epochs, presences, watches or (), now),
    )


def rows_change_at(timeline: CycleTimeline) -> datetime | None:
    """The first instant after the `now` of the timeline at which its rows, as they are, tell
    something else: of the cycle, or, after it, of the runs that reach beyond it."""
    spans = chain.from_iterable(timeline.lives.values())
    return _first_after(
        timeline.now,
        None,
        (edge for epoch in timeline.epochs for edge in (epoch.start, epoch.end)),
        (edge for span in spans for edge in (span.started_at, span.expires_at + MICROSECOND)),
        (
            edge
            for watch in timeline.watching or ()
            for edge in (watch.started_at, watch.ended_at + MICROSECOND)
        ),
    )


def _epoch_at(epochs: Sequence[Epoch], at: datetime) -> Epoch:
    return epochs[max(0, bisect_right(epochs, at, key=attrgetter("start")) - 1)]


def _next_change(
    epochs: Sequence[Epoch],
    presences: Iterable[PresenceSpan],
    watches: Iterable[WatchSpan],
    now: datetime,
) -> datetime | None:
    """The next instant of the cycle at which something changes by itself."""
    rows, turns = _changes_of_rows(epochs, presences, watches), _turns(_epoch_at(epochs, now), now)
    return _first_after(now, epochs[-1].end, rows, turns)


def _first_after(
    now: datetime, until: datetime | None, *instants: Iterable[datetime]
) -> datetime | None:
    later = (each for each in chain.from_iterable(instants) if each > now)
    return min((each for each in later if until is None or each <= until), default=None)


def _lives(presences: Iterable[PresenceSpan]) -> Mapping[str, Sequence[PresenceSpan]]:
    lives: defaultdict[str, list[PresenceSpan]] = defaultdict(list)
    for span in sorted(presences, key=attrgetter("started_at")):
        lives[span.runner_id].append(span)
    return dict(lives)


def _changes_of_rows(
    epochs: Sequence[Epoch], presences: Iterable[PresenceSpan], watches: Iterable[WatchSpan]
) -> Iterator[datetime]:
    """The instants at which rows begin to count, or cease to; some of them may be past."""
    for epoch in epochs:
        yield from (epoch.start, epoch.end)
    for span in presences:
        if span.eligible:
            yield from (span.started_at, span.expires_at + MICROSECOND)
    for watch in watches:
        yield from (watch.started_at, watch.ended_at + MICROSECOND)


def _turns(current: Epoch, now: datetime) -> Iterator[datetime]:
    """The instants at which the plan of the present epoch decides otherwise, the nearest."""
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
    # The nearest turns alone: any further edge comes after one of these.
    for near in range(max(0, position - 1), min(position + 2, len(plan.runners))):
        yield plan.turn_start(near)
        slot = plan.slot(near)
        if slot is not None:
            yield from (slot.slot_start, slot.startable_until + MICROSECOND, slot.slot_end)

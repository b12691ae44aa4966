"""Which cycles a service has: the grid of each policy, and where one takes the place of another.

`revisions` are in the order of `effective_from` everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from scheduler.core.interval import CycleSpan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision

_effective_from = attrgetter("effective_from")


def policy_in_force(revisions: Sequence[PolicyRevision], at: datetime) -> SchedulingPolicy:
    """The policy of the latest revision not after `at`; before all of them, that of the first.

    `revisions` are in the order of `effective_from`. ValueError when there is none.
    """
    if not revisions:
        raise ValueError("a service without a policy has no cycles")
    index = bisect_right(revisions, at, key=_effective_from)
    return revisions[max(0, index - 1)].policy


def cycle_policy(revisions: Sequence[PolicyRevision], cycle_start: datetime) -> SchedulingPolicy:
    """The policy whose grid the cycle that begins at `cycle_start` belongs to.

    Of the policies with a cycle that begins there, it is the last one to come into force before
    that cycle ends. So a cycle with a change of interval inside is found by either grid, and where
    both begin a cycle there, the changed one counts. ValueError when no policy of the time begins
    one; `revisions` as for `policy_in_force`.
    """
    found: SchedulingPolicy | None = None
    in_force = policy_in_force(revisions, cycle_start)
    if in_force.cycle_start(cycle_start) == cycle_start:
        found = in_force
    for revision in revisions[bisect_right(revisions, cycle_start, key=_effective_from) :]:
        policy = revision.policy
        if policy.cycle_start(cycle_start) != cycle_start:
            # It begins no cycle here, but one that comes into force later still may.
            continue
        if revision.effective_from < policy.cycle_end(cycle_start):
            found = policy
    if found is None:
        raise ValueError(f"no cycle of the service begins at {cycle_start.isoformat()}")
    return found


def cycle_spans(revisions: Sequence[PolicyRevision], since: datetime) -> Iterator[CycleSpan]:
    """The cycles that end after `since`, one after the other and without end.

    Each begins where the one before ends, by the policy in force at that instant. After a change of
    interval it can begin earlier than that: on the grid of the new one. Whatever `since` is, they
    are the same cycles. `revisions` as for `policy_in_force`.
    """
    at = _common_edge(revisions, since)
    turning_points = _turning_points(revisions)
    while True:
        # Behind `since` every cycle is wanted, so nothing may be skipped there.
        if at < since:
            at = _skip_alike(revisions, turning_points, at, since)
        start = policy_in_force(revisions, at).cycle_start(at)
        end = cycle_policy(revisions, start).cycle_end(start)
        if end > since:
            yield CycleSpan(start=start, end=end)
        at = end


def _turning_points(revisions: Sequence[PolicyRevision]) -> list[datetime]:
    """Where a walk over the cycles may come into another grid: a policy's own edge before it comes
    into force, and that instant."""
    edges = (each.policy.cycle_start(each.effective_from) for each in revisions)
    return sorted({*edges, *map(_effective_from, revisions)})


def _skip_alike(
    revisions: Sequence[PolicyRevision],
    turning_points: Sequence[datetime],
    at: datetime,
    since: datetime,
) -> datetime:
    """The last edge up to `since` to which the cycles from `at` on are of one grid, without a walk:
    a second's cycles before a year's would be millions."""
    policy = policy_in_force(revisions, at)
    following = bisect_left(turning_points, policy.cycle_start(at))
    until = min([since, *turning_points[following : following + 1]])
    # The grid's last edge before a turning point may lie before `at`: never walk backwards.
    return max(at, policy.cycle_start(until))


def _common_edge(revisions: Sequence[PolicyRevision], since: datetime) -> datetime:
    """An edge not after `since` that every walk over the cycles comes by.

    A walk from inside of a cycle that a change of interval made longer would find the cycles of the
    old grid. Far enough from every such change there is one grid only.
    """
    # Called for its ValueError: without a revision there is no grid to look for.
    policy_in_force(revisions, since)
    grids = [
        each
        for before, each in pairwise([None, *revisions])
        if each
        and (before is None or before.policy.interval_seconds != each.policy.interval_seconds)
    ]
    # No cycle with a change inside began longer before that change than this.
    longest = timedelta(seconds=max(each.policy.interval_seconds for each in grids))
    number = max(1, bisect_right(grids, since, key=_effective_from))
    while True:
        until = since
        if number < len(grids):
            # Closer to the next change, a cycle may belong to the changed grid (see
            # `cycle_policy`).
            until = min(since, grids[number].effective_from - longest)
        edge = grids[number - 1].policy.cycle_start(until)
        # The first walk into this grid may come from a cycle of the one before, and be one cycle on
        # before it is at an edge.
        if number == 1 or edge >= grids[number - 1].effective_from + 2 * longest:
            return edge
        number -= 1

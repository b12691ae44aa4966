"""A cycle cut where its plan changed: epochs of one membership and policy, and who owned what.

Membership is what was stored (presences), never what a runner believed. What happened inside the
epochs, lane by lane, is in timeline.py.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, pairwise
from operator import attrgetter

from scheduler.core.claim import in_grace
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import Interval
from scheduler.core.plan import CyclePlan, plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo

_effective_from = attrgetter("effective_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRevision:
    """A policy and the instant from which it is in force.

    `recorded_at` is since when anybody could know of it; None: since it is in force.
    """

    effective_from: datetime
    policy: SchedulingPolicy
    recorded_at: datetime | None = None

    @property
    def known_since(self) -> datetime:
        return self.recorded_at or self.effective_from


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSpan:
    """An unbroken lifespan of a runner; alive in the closed [started_at, expires_at].

    A runner is a member at an instant when one of its eligible spans holds it. All its spans tell
    the same `creation_time`.
    """

    runner_id: str
    creation_time: datetime
    started_at: datetime
    last_heartbeat_at: datetime
    expires_at: datetime
    eligible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A part [start, end) of a cycle in which membership and policy stayed the same.

    `joined` and `left` are the runners whose coming and going opened it, and `is_new_policy` tells
    whether another policy came into force with it. It never outlasts the cycle of its plan: a
    policy with a shorter interval cuts the rest into cycles of its own.
    """

    start: datetime
    end: datetime
    plan: CyclePlan
    joined: tuple[str, ...]
    left: tuple[str, ...]
    is_new_policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """An interval [start, end) with one assigned runner (None: nobody was there), in grace or
    not."""

    runner_id: str | None
    start: datetime
    end: datetime
    in_grace: bool


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
            continue
        if revision.effective_from < policy.cycle_end(cycle_start):
            found = policy
    if found is None:
        raise ValueError(f"no cycle of the service begins at {cycle_start.isoformat()}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSpan(Interval):
    """One cycle."""


def cycle_spans(revisions: Sequence[PolicyRevision], since: datetime) -> Iterator[CycleSpan]:
    """The cycles that end after `since`, one after the other and without end.

    Each begins where the one before ends, by the policy in force at that instant. After a change of
    interval it can begin earlier than that: on the grid of the new one. Whatever `since` is, they
    are the same cycles. `revisions` as for `policy_in_force`.
    """
    at = _common_edge(revisions, since)
    turning_points = _turning_points(revisions)
    while True:
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
    return max(at, policy.cycle_start(until))


def _common_edge(revisions: Sequence[PolicyRevision], since: datetime) -> datetime:
    """An edge not after `since` that every walk over the cycles comes by.

    A walk from inside of a cycle that a change of interval made longer would find the cycles of the
    old grid. Far enough from every such change there is one grid only.
    """
    policy_in_force(revisions, since)
    grids = [
        each
        for before, each in pairwise([None, *revisions])
        if each
        and (before is None or before.policy.interval_seconds != each.policy.interval_seconds)
    ]
    longest = timedelta(seconds=max(each.policy.interval_seconds for each in grids))
    number = max(1, bisect_right(grids, since, key=_effective_from))
    while True:
        until = since
        if number < len(grids):
            until = min(since, grids[number].effective_from - longest)
        edge = grids[number - 1].policy.cycle_start(until)
        # The first walk into this grid may come from a cycle of the one before, and be one cycle on
        # before it is at an edge.
        if number == 1 or edge >= grids[number - 1].effective_from + 2 * longest:
            return edge
        number -= 1


def cut_epochs(
    *,
    start: datetime,
    end: datetime,
    revisions: Sequence[PolicyRevision],
    presences: Sequence[PresenceSpan],
    now: datetime,
) -> tuple[Epoch, ...]:
    """The epochs that tile [start, end). After `now`, the membership of `now` is taken to stay."""
    before = min(start - MICROSECOND, now)
    changes = _changes(presences, after=before, until=min(now, end - MICROSECOND))
    policies = {
        each.effective_from: each.policy for each in revisions if start < each.effective_from < end
    }
    policy = policy_in_force(revisions, start)
    is_new = policy != policy_in_force(revisions, start - MICROSECOND)
    members = _Members(span for span in presences if _is_member(span, before))
    joined, left = members.change(changes.get(start))
    opened, runners = start, members.runners()
    epochs: list[Epoch] = []
    for cut in sorted({*changes, *policies} - {start}):
        came, went = members.change(changes.get(cut))
        following = policies.get(cut, policy)
        if came or went or following != policy:
            epochs += _epochs(opened, cut, runners, policy, joined, left, is_new)
            opened, runners, joined, left = cut, members.runners(), came, went
            policy, is_new = following, following != policy
    return (*epochs, *_epochs(opened, end, runners, policy, joined, left, is_new))


def owners(epochs: Sequence[Epoch]) -> tuple[Ownership, ...]:
    """Who was assigned at every instant of these epochs; equal neighbours are merged."""
    merged: list[Ownership] = []
    for part in chain.from_iterable(map(_turns, epochs)):
        last = merged[-1] if merged else None
        if last and (last.runner_id, last.in_grace) == (part.runner_id, part.in_grace):
            merged[-1] = replace(last, end=part.end)
        else:
            merged.append(part)
    return tuple(merged)


def _turns(epoch: Epoch) -> Iterator[Ownership]:
    """The turns of one epoch, each cut where its runner came out of grace."""
    plan = epoch.plan
    position = plan.position_at(epoch.start)
    if position is None:
        yield Ownership(runner_id=None, start=epoch.start, end=epoch.end, in_grace=False)
        return
    opened, grace = epoch.start, plan.policy.membership_stabilization_seconds
    while opened < epoch.end:
        last = position + 1 == len(plan.runners)
        closed = epoch.end if last else min(plan.turn_start(position + 1), epoch.end)
        runner = plan.runners[position]
        settled = opened
        if in_grace(runner.creation_time, opened.timestamp(), grace):
            settled = min(plan.policy.grace_end(runner.creation_time) or opened, closed)
        for start, end, new in ((opened, settled, True), (settled, closed, False)):
            if start < end:
                yield Ownership(runner_id=runner.runner_id, start=start, end=end, in_grace=new)
        opened, position = closed, position + 1


def _epochs(
    start: datetime,
    end: datetime,
    runners: tuple[ActiveRunnerInfo, ...],
    policy: SchedulingPolicy,
    joined: tuple[str, ...],
    left: tuple[str, ...],
    is_new_policy: bool,
) -> Iterator[Epoch]:
    """One epoch, or one for each cycle of the policy's grid that [start, end) touches."""
    while start < end:
        plan = plan_cycle(runners=runners, at=start, policy=policy)
        edge = min(plan.cycle_end, end)
        yield Epoch(
            start=start, end=edge, plan=plan, joined=joined, left=left, is_new_policy=is_new_policy
        )
        start, joined, left, is_new_policy = edge, (), (), False


@dataclass(slots=True)
class _Change:
    """The spans that begin and the spans that are over at one instant."""

    came: list[PresenceSpan] = field(default_factory=list)
    went: list[PresenceSpan] = field(default_factory=list)


def _is_member(span: PresenceSpan, at: datetime) -> bool:
    return span.eligible and span.started_at <= at <= span.expires_at


def _changes(
    presences: Iterable[PresenceSpan], *, after: datetime, until: datetime
) -> dict[datetime, _Change]:
    """What begins and ends in (after, until], by instant. A span is over just after it expires."""
    changes: defaultdict[datetime, _Change] = defaultdict(_Change)
    for span in presences:
        over = span.expires_at + MICROSECOND
        if not span.eligible or over <= max(after, span.started_at):
            continue
        if after < span.started_at <= until:
            changes[span.started_at].came.append(span)
        if over <= until:
            changes[over].went.append(span)
    return changes


class _Members:
    """The members at the instant a sweep has reached, in order of creation time, then id."""

    def __init__(self, spans: Iterable[PresenceSpan]) -> None:
        self._order: list[tuple[datetime, str]] = []
        self._spans: dict[str, list[PresenceSpan]] = {}
        self._infos: dict[str, ActiveRunnerInfo] = {}
        self.change(_Change(came=list(spans)))

    def runners(self) -> tuple[ActiveRunnerInfo, ...]:
        return tuple([self._infos[runner_id] for _, runner_id in self._order])

    def change(self, change: _Change | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Apply what changes at one instant; returns who joined and who left by it."""
        if change is None:
            return (), ()
        # Spans of one runner may overlap, or follow each other without a gap: only whether it has
        # any makes it a member.
        touched = {span.runner_id: span.creation_time for span in (*change.came, *change.went)}
        before = {runner_id for runner_id in touched if runner_id in self._spans}
        for span in change.went:
            self._spans[span.runner_id].remove(span)
        for span in change.came:
            self._spans.setdefault(span.runner_id, []).append(span)
            self._infos[span.runner_id] = ActiveRunnerInfo(
                span.runner_id, span.creation_time, span.last_heartbeat_at, True
            )
        joined, left = [], []
        for runner_id, creation in touched.items():
            if not self._spans[runner_id]:
                del self._spans[runner_id]
                self._order.remove((creation, runner_id))
                left.append(runner_id)
            elif runner_id not in before:
                insort(self._order, (creation, runner_id))
                joined.append(runner_id)
        return tuple(sorted(joined)), tuple(sorted(left))

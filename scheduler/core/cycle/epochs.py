"""A cycle cut where its plan changed: epochs of one membership and policy, and who owned what.

Membership is what was stored (presences), never what a runner believed. What happened inside the
epochs, lane by lane, is in lanes.py.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from scheduler.core.cycle.grid import policy_in_force
from scheduler.core.instants import MICROSECOND
from scheduler.core.plan import plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PolicyRevision, PresenceSpan
from scheduler.core.slots import in_grace
from scheduler.core.timeline import Epoch, Ownership
from scheduler.core.types import ActiveRunnerInfo


def cut_epochs(
    *,
    start: datetime,
    end: datetime,
    revisions: Sequence[PolicyRevision],
    presences: Sequence[PresenceSpan],
    now: datetime,
) -> tuple[Epoch, ...]:
    """The epochs that tile [start, end). After `now`, the membership of `now` is taken to stay."""
    # As it was just before the cycle: who comes or goes at its very start is told as a change.
    before = min(start - MICROSECOND, now)
    # A presence that runs out after `now` may yet be prolonged: that is no change so far.
    changes = _changes(presences, after=before, until=min(now, end - MICROSECOND))
    # One that comes into force at the very start cuts nothing: `is_new` tells of it.
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
        # A runner that left and came back in one instant, or a revision that says the same, cuts
        # nothing.
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
            # A change elsewhere in the order leaves this owner as it was: one bar on the ribbon.
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
    # Only the assigned runner's grace shows: in its turn nobody may start.
    opened, grace = epoch.start, plan.policy.membership_stabilization_seconds
    while opened < epoch.end:
        last = position + 1 == len(plan.runners)
        # The last turn lasts to the end: n × slot can miss the cycle's end by rounding.
        closed = epoch.end if last else min(plan.turn_start(position + 1), epoch.end)
        runner = plan.runners[position]
        settled = opened
        if in_grace(runner.creation_time, opened.timestamp(), grace):
            # Never None here: who is in grace has an end of it.
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
        # What opened this interval happened once, at the first of its epochs.
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
        # Over before the sweep begins, or (which no stored row is) before it has begun.
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
        # By first appearance and id, not by arrival: who comes back takes its old place.
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
        # Presences come in any order: sorted, equal cycles are equal values.
        return tuple(sorted(joined)), tuple(sorted(left))

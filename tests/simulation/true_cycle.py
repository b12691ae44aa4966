"""A cycle as it truly was: members, owners and windows, worked out instant by instant.

It asks the truth who was a member and the decision what each of them would have been told, at every
instant at which an answer can change, and knows no plan, epoch, lane or stored row. What became of
the windows is in oracle.py. No test is here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo, AtomicServiceClaim
from tests.simulation.truth import Truth

TICK = timedelta(microseconds=1)


class Situation(NamedTuple):
    """Who was a member, in order, and under which policy."""

    members: tuple[ActiveRunnerInfo, ...]
    policy: SchedulingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The instants [start, end) in which a runner had one window, or (no `slot`) none at all.

    `key` is what makes it one; `situation` is that at its start.
    """

    runner_id: str
    start: datetime
    end: datetime
    key: tuple[Any, ...]
    position: int
    slot: tuple[datetime, datetime] | None
    cycle_start: datetime
    situation: Situation

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


class TrueCycle:
    """The cycle [start, end) as it truly was, seen at `now`; later, the members of `now` stay."""

    def __init__(self, truth: Truth, start: datetime, *, now: datetime) -> None:
        self.truth = truth
        self.now = now
        self._situations: dict[datetime, Situation] = {}
        self.start = start
        self.end = start + timedelta(seconds=_policy_of_grid(truth, start).interval_seconds)

    def situation(self, at: datetime) -> Situation:
        known = self._situations.get(at)
        if known is None:
            members = tuple(
                ActiveRunnerInfo(each, self.truth.first_beat_at(each), at, True)
                for each in self.truth.members_at(min(at, self.now))
            )
            known = self._situations[at] = Situation(members, self.truth.policy_at(at))
        return known

    def members(self, at: datetime) -> set[str]:
        return {each.runner_id for each in self.situation(at).members}

    @cached_property
    def instants(self) -> list[datetime]:
        """Every instant of the cycle from which on something may be otherwise than just before."""
        truth = self.truth
        told = {self.start, self.now, *(at for at, _ in truth.policies)}
        told |= {each for at in truth.changes() for each in (at, at + TICK)}
        told |= {at for look in truth.looks for at in (look.at, look.good_until + TICK)}
        for run in truth.runs:
            told.add(run.started_at)
            if run.ended_at is not None:
                told |= {run.ended_at, run.ended_at + TICK}
        return sorted({*self._inside(told), *self._turns_of_plans(sorted(self._inside(told)))})

    def owner(self, at: datetime) -> tuple[str | None, bool]:
        """Whose turn it was, and whether it was too new for that."""
        members, policy = self.situation(at)
        if not members:
            return None, False
        endless = replace(policy, spread_margin_minutes=0)
        claim = claim_at(Situation(members, endless), members[0].runner_id, at)
        return claim.assigned_runner_id, claim.reason == "scheduled_runner_in_grace"

    def parts(self) -> list[Part]:
        """Every lifespan in which a runner had the same window, or none, in no order."""
        parts: defaultdict[str, list[Part]] = defaultdict(list)
        for at, until in pairwise([*self.instants, self.end]):
            for part in self._parts_at(at, until):
                mine = parts[part.runner_id]
                if mine and mine[-1].end == at and mine[-1].key == part.key:
                    mine[-1] = replace(mine[-1], end=until)
                else:
                    mine.append(part)
        return [part for mine in parts.values() for part in mine]

    def _inside(self, instants: Iterable[datetime]) -> Iterator[datetime]:
        return (at for at in instants if self.start <= at < self.end)

    def _turns_of_plans(self, told: list[datetime]) -> Iterator[datetime]:
        starts = [next(group) for _, group in groupby(told, key=self._same_situation)]
        for start, end in pairwise([*starts, self.end]):
            yield from (at for at in _turns(self.situation(start), start, end) if start <= at < end)

    def _same_situation(self, at: datetime) -> tuple[Any, ...]:
        members, policy = self.situation(at)
        return tuple(each.runner_id for each in members), policy

    def _parts_at(self, at: datetime, until: datetime) -> Iterator[Part]:
        situation = self.situation(at)
        policy = situation.policy
        latest = policy.max_start_slot_fraction if policy.limits_late_starts else None
        for position, member in enumerate(situation.members):
            claim = claim_at(situation, member.runner_id, at)
            key: tuple[Any, ...]
            if claim.reason == "slot_window_invalid":
                slot, key = None, (claim.cycle_start,)
            elif claim.slot_start and claim.slot_end and claim.slot_start <= at < claim.slot_end:
                slot = claim.slot_start, claim.slot_end
                key = (position, *slot, latest)
            else:
                continue
            yield Part(
                runner_id=member.runner_id,
                start=at,
                end=until,
                key=key,
                position=position,
                slot=slot,
                cycle_start=claim.cycle_start,
                situation=situation,
            )


def _policy_of_grid(truth: Truth, start: datetime) -> SchedulingPolicy:
    """The last policy that has a cycle which begins at `start`, and was in force during it."""
    began = [datetime.min.replace(tzinfo=start.tzinfo), *(at for at, _ in truth.policies[1:])]
    over = [*began[1:], datetime.max.replace(tzinfo=start.tzinfo)]
    found = [
        policy
        for (_, policy), since, until in zip(truth.policies, began, over, strict=True)
        if start.timestamp() % policy.interval_seconds == 0
        and since < start + timedelta(seconds=policy.interval_seconds)
        and start < until
    ]
    return found[-1]


def _turns(situation: Situation, start: datetime, end: datetime) -> Iterator[datetime]:
    """Around which instants of [start, end) the answers change, for want of a plan."""
    members, policy = situation
    interval = timedelta(seconds=policy.interval_seconds)
    at = start
    while members and at < end:
        for position, member in enumerate(members):
            claim = claim_at(situation, member.runner_id, at)
            yield from around(claim.cycle_start + position * interval / len(members))
            grace = timedelta(seconds=policy.membership_stabilization_seconds)
            yield from around(member.creation_time + grace)
            if claim.slot_start and claim.slot_end:
                length = claim.slot_end - claim.slot_start
                yield from (claim.slot_start, claim.slot_end)
                yield from around(claim.slot_start + length * policy.max_start_slot_fraction)
        at = claim.cycle_start + interval
        yield at


def around(at: datetime) -> list[datetime]:
    """Where rounding may have put an instant that was computed another way."""
    return [at + step * TICK for step in range(-2, 3)]


def claim_at(situation: Situation, runner_id: str, at: datetime) -> AtomicServiceClaim:
    return decide_atomic_service_claim(
        runner_id=runner_id,
        active_runners=situation.members,
        current_time=at.timestamp(),
        **situation.policy.decision_arguments(),
    )

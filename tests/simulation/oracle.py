"""What the verdicts of a cycle must be, worked out from the truth, instant by instant.

The rules are those of scheduler.core.judging.slot_judge, told again in the plainest way: every
instant is asked. No test is here.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.core.types import AtomicServiceClaim
from tests.simulation.true_cycle import TICK, Part, Situation, TrueCycle, around, claim_at
from tests.simulation.truth import TrueRun


class Refusal(NamedTuple):
    """What is kept of the refusals of one runner, for one reason, in one cycle."""

    reason: str
    first: datetime
    last: datetime
    attempts: int


class TrueVerdict(NamedTuple):
    """`startable_until` is the last instant of the window that is not late, or the window's end.

    `run_ids`: the runs that a derived verdict may name, or the one that a recorded one names.
    """

    runner_id: str
    start: datetime
    end: datetime
    position: int
    slot: tuple[datetime, datetime] | None
    startable_until: datetime | None
    verdict: str
    reason: str = ""
    recorded: bool = False
    attempts: int = 0
    run_ids: frozenset[str] = frozenset()


class Oracle:
    """The verdicts of one cycle. What is asked of an instant holds until the next one."""

    def __init__(self, cycle: TrueCycle) -> None:
        self._cycle = cycle
        self._truth = cycle.truth
        self._now = cycle.now

    def verdicts(self) -> list[TrueVerdict]:
        return [self._judge(part) for part in self._cycle.parts()]

    def _judge(self, part: Part) -> TrueVerdict:
        if part.slot is None:
            return self._windowless(part)
        starts = [each for each in self._runs(part.runner_id) if part.holds(each.started_at)]
        good = [each for each in starts if each.status != "abandoned"]
        if starts:
            overran = [each for each in good if self._overran(part, each)]
            run = (overran or good or starts)[0]
            served = "overran" if overran else ""
            verdict, reason = ("served", served) if good else ("abandoned", _code(run.reason))
            return _told(part, verdict, reason, True, len(starts), run.run_id)
        if self._now < part.start:
            return _told(part, "upcoming")
        startable = [at for at in self._instants_of(part) if not _is_late(part, at)]
        if part.holds(self._now) and not _is_late(part, self._now):
            return _told(part, "open" if self._truth.watched_at(self._now) else "unknown")
        refused = [each for each in self._refusals(part.runner_id) if _ends_in(part, each)]
        if refused:
            last = max(
                refused, key=lambda each: (each.reason != "late_start", _last_in(part, each))
            )
            return _told(part, "blocked", last.reason, True, last.attempts)
        unseen = [at for at in startable or self._instants_of(part) if at <= self._now]
        if not all(map(self._truth.watched_at, unseen)):
            return _told(part, "unknown")
        return self._unserved(part, startable)

    def _overran(self, part: Part, run: TrueRun) -> bool:
        """Whether it went on past the window and the margin after it, as far as this cycle knows:
        one that goes on is known to do so up to the last instant that somebody watched."""
        assert part.slot is not None
        members, policy = self._cycle.situation(run.started_at)
        closed, count = part.slot[1], len(members)
        if self._truth.coordinated:
            claim = self._claim_of(run)
            assert claim.slot_end is not None
            closed, count = claim.slot_end, claim.stable_runner_count
        margin = timedelta(seconds=policy.spread_seconds if count > 1 else 0)
        until = run.ended_at
        if until is None:
            until = min(self._last_watched(), self._cycle.end)
        return until > closed + margin

    def _claim_of(self, run: TrueRun) -> AtomicServiceClaim:
        """What it was cleared with: it may have been alone when it asked."""
        return next(
            each.answer.claim
            for each in self._truth.answers
            if each.answer.started and (each.runner_id, each.at) == (run.runner_id, run.started_at)
        )

    def _last_watched(self) -> datetime:
        if self._truth.coordinated:
            return self._now
        seen = [
            min(look.good_until, self._now) for look in self._truth.looks if look.at <= self._now
        ]
        return max(seen, default=datetime.min.replace(tzinfo=self._now.tzinfo))

    def _unserved(self, part: Part, startable: list[datetime]) -> TrueVerdict:
        since = max(part.cycle_start, self._cycle.start)
        earlier = [
            each
            for each in self._runs(part.runner_id)
            if since <= each.started_at < part.start and each.status != "abandoned"
        ]
        if earlier:
            return _told(part, "unserved", "already_served", False, 0, earlier[-1].run_id)
        if not startable:
            return _told(part, "unserved", "replanned")
        if all(self._in_grace(part, at) or self._truth.holders_at(at) for at in startable):
            if self._in_grace(part, startable[-1]):
                return _told(part, "blocked", "scheduled_runner_in_grace")
            holders = [each.run_id for each in self._truth.holders_at(startable[-1])]
            return _told(part, "blocked", "prior_running", False, 0, *holders)
        if _is_cut_short(part):
            return _told(part, "unserved", "replanned")
        return _told(part, "unserved")

    def _windowless(self, part: Part) -> TrueVerdict:
        for each in self._refusals(part.runner_id):
            if each.reason == "slot_window_invalid" and _ends_in(part, each):
                return _told(part, "blocked", each.reason, True, each.attempts)
        if self._now < part.start:
            return _told(part, "upcoming")
        past = [at for at in self._instants_of(part) if at < self._now] or [part.start]
        if not any(map(self._truth.watched_at, past)):
            return _told(part, "unknown")
        return _told(part, "blocked", "slot_window_invalid")

    def _instants_of(self, part: Part) -> list[datetime]:
        return [at for at in self._cycle.instants if part.holds(at)]

    def _in_grace(self, part: Part, at: datetime) -> bool:
        claim = claim_at(self._cycle.situation(at), part.runner_id, at)
        return claim.reason == "scheduled_runner_in_grace"

    def _runs(self, runner_id: str) -> list[TrueRun]:
        return [each for each in self._truth.runs if each.runner_id == runner_id]

    def _refusals(self, runner_id: str) -> list[Refusal]:
        """What is written down: only a coordinated fleet counts repeats in one row."""
        refused: defaultdict[Any, list[datetime]] = defaultdict(list)
        for each in self._truth.answers:
            if each.runner_id == runner_id and (reason := each.answer.blocked):
                cycle = each.answer.claim.cycle_start if self._truth.coordinated else each.at
                refused[reason, cycle].append(each.at)
        return [
            Refusal(reason, instants[0], instants[-1], len(instants))
            for (reason, _), instants in refused.items()
        ]


def _is_late(part: Part, at: datetime) -> bool:
    """Whether a start at `at` is late in the part's window, grace apart."""
    members, policy = part.situation
    settled = replace(policy, membership_stabilization_seconds=0)
    return claim_at(Situation(members, settled), part.runner_id, at).reason == "late_start"


def startable_until(part: Part) -> datetime | None:
    """As it would be had the window gone by as planned; None without a window."""
    policy = part.situation.policy
    if part.slot is None or not policy.limits_late_starts:
        return part.slot and part.slot[1]
    opened, closed = part.slot
    limit = opened + (closed - opened) * policy.max_start_slot_fraction
    return max(at for at in around(limit) if not _is_late(part, at))


def _is_cut_short(part: Part) -> bool:
    """Whether an instant of its window at which a start was not late is not in the part."""
    assert part.slot is not None
    opened, closed = part.slot
    members, policy = part.situation
    limit = opened + (closed - opened) * policy.max_start_slot_fraction
    settled = Situation(members, replace(policy, membership_stabilization_seconds=0))
    for at in (opened, *around(limit), closed - TICK):
        claim = claim_at(settled, part.runner_id, at)
        in_window = opened <= at < closed and claim.cycle_start == part.cycle_start
        if in_window and claim.reason != "late_start" and not part.holds(at):
            return True
    return False


def _ends_in(part: Part, refusal: Refusal) -> bool:
    return part.holds(refusal.first) or part.holds(refusal.last)


def _last_in(part: Part, refusal: Refusal) -> datetime:
    return refusal.last if part.holds(refusal.last) else refusal.first


def _code(reason: str) -> str:
    return reason.partition(":")[0]


def _told(
    part: Part,
    verdict: str,
    reason: str = "",
    recorded: bool = False,
    attempts: int = 0,
    *run_ids: str,
) -> TrueVerdict:
    return TrueVerdict(
        runner_id=part.runner_id,
        start=part.start,
        end=part.end,
        position=part.position,
        slot=part.slot,
        startable_until=startable_until(part),
        verdict=verdict,
        reason=reason,
        recorded=recorded,
        attempts=attempts,
        run_ids=frozenset(run_ids),
    )

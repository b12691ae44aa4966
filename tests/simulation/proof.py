"""How a reconstruction is held against the truth, and what a truth has in it. No test is here."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from scheduler.core.claim import decide_atomic_service_claim
from scheduler.core.judging.slot_judge import judge_slots
from scheduler.core.judging.verdicts import SlotVerdict
from scheduler.core.reasons import BlockReason, EndReason
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import ActiveRunnerInfo
from tests.simulation.build import second
from tests.simulation.oracle import Oracle, TrueVerdict, startable_until
from tests.simulation.stories import Story
from tests.simulation.true_cycle import TICK, TrueCycle
from tests.simulation.truth import TrueAnswer, TrueBeat, TrueRun, Truth


def prove(
    story: Story, truth: Truth, load: Callable[[datetime, datetime], CycleTimeline]
) -> Iterator[TrueVerdict]:
    """Every cycle up to the current one, seen at the end of the story; the last two, later too.

    `load` gives the cycle that begins at an instant, as seen at another. Yields what was proved.
    """
    seen = [(story.now, cycle_starts(truth, story.now))]
    seen += [(now, cycle_starts(truth, now)[-2:]) for now in _turns_after(story, truth)]
    for now, starts in seen:
        for start in starts:
            timeline, cycle = load(start, now), TrueCycle(truth, start, now=now)
            assert (timeline.cycle_start, timeline.cycle_end) == (cycle.start, cycle.end)
            true = Oracle(cycle).verdicts()
            _prove_owners(timeline, cycle)
            _prove_verdicts(judge_slots(timeline), true, f"{second(start)}, seen at {second(now)}")
            yield from true


def _turns_after(story: Story, truth: Truth) -> set[datetime]:
    """Instants at, or next to, which something changes by itself after the story.

    One of any kind, one at which a window may be startable for the last time, one of a look's end.
    """
    (*_, start) = cycle_starts(truth, story.now)
    cycle, random = TrueCycle(truth, start, now=story.now), Random(story.seed)
    limits = filter(None, map(startable_until, cycle.parts()))
    kinds = [
        cycle.instants,
        [at for limit in limits for at in (limit - TICK, limit, limit + TICK)],
        [at for look in truth.looks for at in (look.good_until, look.good_until + TICK)],
    ]
    later = [sorted({at for at in kind if at > story.now}) for kind in kinds]
    return {random.choice(kind) for kind in later if kind} or {story.now + timedelta(seconds=9)}


def cycle_starts(truth: Truth, now: datetime) -> list[datetime]:
    """The cycles of every policy while it was in force, up to the one of `now`."""
    starts = set()
    edges = [*(at for at, _ in truth.policies), now + TICK]
    for (_, policy), (since, until) in zip(truth.policies, pairwise(edges), strict=True):
        start = policy.cycle_start(since)
        while start < until:
            starts.add(start)
            start += timedelta(seconds=policy.interval_seconds)
    return sorted(starts)


def _prove_owners(timeline: CycleTimeline, cycle: TrueCycle) -> None:
    """At every instant: the members in their order, whose turn it was, and whether in grace.

    And who came and went at the start of every epoch.
    """
    wrong: list[str] = []
    for each in timeline.epochs:
        now_there, before = cycle.members(each.start), cycle.members(each.start - TICK)
        assert set(each.joined) == now_there - before, second(each.start)
        assert set(each.left) == before - now_there, second(each.start)
    epochs, owners = iter(timeline.epochs), iter(timeline.ownership)
    epoch, owner = next(epochs), next(owners)
    for at in cycle.instants:
        while at >= epoch.end:
            epoch = next(epochs)
        while at >= owner.end:
            owner = next(owners)
        shown = [each.runner_id for each in epoch.plan.runners], owner.runner_id, owner.in_grace
        true = [each.runner_id for each in cycle.situation(at).members], *cycle.owner(at)
        if shown != true:
            wrong.append(f"at {second(at)}: {shown}, but it was {true}")
    assert not wrong, "\n  ".join(["members, owner, and whether in grace,", *wrong])


def _prove_verdicts(found: tuple[SlotVerdict, ...], true: list[TrueVerdict], cycle: str) -> None:
    shown = {_line(_shown(each)): each for each in found}
    expected = {_line(each): each for each in true}
    told, untold = sorted(shown.keys() - expected), sorted(expected.keys() - shown)
    assert told == untold == [], "\n  ".join(
        [f"the cycle of {cycle}", "tells:", *told, "but it was:", *untold]
    )
    assert len(found) == len(shown) == len(true)
    for line, each in expected.items():
        # The row of a refusal has an id that only the store knows.
        if not (each.recorded and each.verdict == "blocked"):
            assert shown[line].run_id in (each.run_ids or {None}), line


def _shown(slot: SlotVerdict) -> TrueVerdict:
    return TrueVerdict(
        runner_id=slot.runner_id,
        start=slot.start,
        end=slot.end,
        position=slot.position,
        slot=None if slot.slot is None else (slot.slot.slot_start, slot.slot.slot_end),
        startable_until=None if slot.slot is None else slot.slot.startable_until,
        verdict=slot.verdict,
        reason=slot.reason,
        recorded=slot.recorded,
        attempts=slot.attempts,
    )


def _line(one: TrueVerdict) -> str:
    """Everything but the run, to be compared and to be read; in seconds after T0."""
    window = "no window"
    if one.slot is not None and one.startable_until is not None:
        window = "window {}–{}".format(*map(second, one.slot))
        window += f", startable until {second(one.startable_until)}"
    told = f"recorded ×{one.attempts}" if one.recorded else f"derived ×{one.attempts}"
    return (
        f"{one.runner_id} {second(one.start)}–{second(one.end)}: {one.verdict} {one.reason} {told}"
        f" (seat {one.position}, {window})"
    )


def prove_answers(truth: Truth) -> None:
    """Each check was told what the members of that instant make of it, and one run holds at most.

    Only of a coordinated fleet: another one's gate may fail.
    """
    for told in truth.answers:
        claim, blocked = told.answer.claim, told.answer.blocked
        assert (claim.reason, claim.assigned_runner_id, claim.slot_start, claim.slot_end) == (
            _true_answer(truth, told)
        ), told
        assert len(told.holders) <= 1, told
        may_start = claim.should_try_start
        assert told.answer.started == (may_start and not told.holders), told
        assert (blocked == BlockReason.PRIOR_RUNNING) == (may_start and bool(told.holders)), told


def _true_answer(truth: Truth, told: TrueAnswer) -> tuple[object, ...]:
    claim = decide_atomic_service_claim(
        runner_id=told.runner_id,
        active_runners=[
            ActiveRunnerInfo(each, truth.first_beat_at(each), told.at, True)
            for each in told.members
        ],
        current_time=told.at.timestamp(),
        **truth.policy_at(told.at).decision_arguments(),
    )
    return claim.reason, claim.assigned_runner_id, claim.slot_start, claim.slot_end


def happened(story: Story, truth: Truth) -> Iterator[str]:
    """What befell a fleet that makes its reconstruction hard; each once."""
    beats = [pair for told in truth.beats.values() for pair in pairwise(told)]
    first = min((told[0].at for told in truth.beats.values()), default=story.now)
    policies = [policy for _, policy in truth.policies]
    lengths = [(run.ended_at or story.now) - run.started_at for run in truth.runs]
    found = {
        "a join": any(told[0].at > first for told in truth.beats.values()),
        "a death": any(told[-1].good_until < story.now for told in truth.beats.values()),
        "a return after a gap": any(one.good_until < other.at for one, other in beats),
        "a beat at the last instant": any(one.good_until == other.at for one, other in beats),
        "a loss of eligibility": any(_turns(pair, eligible=False) for pair in beats),
        "a gain of eligibility": any(_turns(pair, eligible=True) for pair in beats),
        "a change of policy": len(policies) > 1,
        "a change of interval": len({each.interval_seconds for each in policies}) > 1,
        "a clock offset": any(each.clock_offset_seconds for each in story.scenario.members),
        "a run longer than a cycle": any(
            length.total_seconds() > policy.interval_seconds
            for length in lengths
            for policy in policies
        ),
        "an overlap": any(len(truth.holders_at(run.started_at)) > 1 for run in truth.runs),
        "a dead holder": any(run.reason == EndReason.RUNNER_DEAD for run in truth.runs),
        "a silent holder heard of again": any(_returns(truth, run) for run in truth.runs),
        "a gap in watching": not all(truth.watched_at(told.at) for told in truth.answers),
    }
    return (name for name, did in found.items() if did)


def _turns(pair: tuple[TrueBeat, TrueBeat], *, eligible: bool) -> bool:
    return pair[0].eligible is not eligible and pair[1].eligible is eligible


def _returns(truth: Truth, run: TrueRun) -> bool:
    """Whether its runner was silent in the middle of it."""
    return any(
        run.started_at <= one.good_until < other.at
        and (run.ended_at is None or other.at < run.ended_at)
        for one, other in pairwise(truth.beats[run.runner_id])
    )

"""Incidents of the fleet: no window for anybody, runners that flap, slots that nobody served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from scheduler.core.cycle.watching import WatchSpan, gaps_between, speaks_for
from scheduler.core.incidents.cost import BlockedAttempts
from scheduler.core.incidents.kinds import (
    Incident,
    IncidentFacts,
    IncidentKind,
    MarginFacts,
    names_of,
)
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import overlapping
from scheduler.core.judging.verdicts import SlotVerdict, startable_end
from scheduler.core.reasons import BlockReason
from scheduler.core.refusals import unwatched_in
from scheduler.core.timeline import CycleTimeline, Epoch

# Comings and goings of one runner in one cycle that are no mere restart, which is two.
_FLAPPING = 3


def invalid_windows(timeline: CycleTimeline) -> Iterator[Incident]:
    """Each interval of epochs with runners and no window, as far as it has come and was watched."""
    interval: list[Epoch] = []
    for epoch in timeline.epochs:
        plan = epoch.plan
        # All windows of a plan are equally long: the first speaks for all.
        if plan.runners and plan.slot(0) is None and epoch.start <= timeline.now:
            interval.append(epoch)
        elif interval:
            yield from _no_windows(timeline, interval)
            interval = []
    if interval:
        yield from _no_windows(timeline, interval)


def _no_windows(timeline: CycleTimeline, epochs: Sequence[Epoch]) -> Iterator[Incident]:
    """One for each part that was watched: who is there meanwhile is not known."""
    start, end = epochs[0].start, min(epochs[-1].end, timeline.now)
    is_open = timeline.now < epochs[-1].end
    if timeline.watching is None:
        yield _no_window(timeline, epochs, start, None if is_open else end, end)
        return
    for part in _watched_parts(timeline.watching, start, end):
        # Only the part that reaches the last look can be going on.
        goes_on = is_open and part.ended_at == timeline.watched_until
        yield _no_window(
            timeline,
            [each for each in epochs if each.start <= part.ended_at and part.started_at < each.end],
            part.started_at,
            None if goes_on else part.ended_at,
            part.ended_at,
        )


def _watched_parts(
    watches: Sequence[WatchSpan], start: datetime, end: datetime
) -> Iterator[WatchSpan]:
    at = start
    for gap in gaps_between(watches, start, end):
        if at < gap.started_at:
            yield WatchSpan(started_at=at, ended_at=gap.started_at)
        at = gap.ended_at
    # At the first instant of an epoch, one watched instant is all there is to tell.
    if at < end or (at == start == end and speaks_for(watches, at)):
        yield WatchSpan(started_at=at, ended_at=end)


def _no_window(
    timeline: CycleTimeline,
    epochs: Sequence[Epoch],
    start: datetime,
    end: datetime | None,
    until: datetime,
) -> Incident:
    # Told by the largest fleet of the interval, whose windows were furthest from fitting.
    plan = max((each.plan for each in epochs), key=lambda plan: len(plan.runners))
    count = len(plan.runners)
    refused = BlockedAttempts(timeline.executions, BlockReason.SLOT_WINDOW_INVALID)
    return Incident(
        kind=IncidentKind.ALL_WINDOWS_INVALID,
        start=start,
        end=end,
        known_until=until if end is None and until < timeline.now else None,
        seconds=(until - start).total_seconds(),
        runner_ids=names_of(each.runner_id for epoch in epochs for each in epoch.plan.runners),
        reason=BlockReason.SLOT_WINDOW_INVALID,
        count=count,
        blocked_attempts=refused.between(start, until),
        facts=plan.policy.no_window(count),
    )


def flapping(timeline: CycleTimeline) -> Iterator[Incident]:
    changes = list(_seen_changes(timeline))
    counts = Counter(runner_id for _, runner_id in changes)
    restless = {each: number for each, number in counts.items() if number >= _FLAPPING}
    if not restless:
        return
    instants = [at for at, runner_id in changes if runner_id in restless]
    yield Incident(
        kind=IncidentKind.MEMBERSHIP_FLAPPING,
        start=instants[0],
        end=instants[-1],
        seconds=(instants[-1] - instants[0]).total_seconds(),
        runner_ids=tuple(sorted(restless)),
        count=sum(restless.values()),
    )


def _seen_changes(timeline: CycleTimeline) -> Iterator[tuple[datetime, str]]:
    """Who came and who went, and when: in order of time, as far as that was watched.

    Who is not heard of while nobody watches has not left, and who is there when somebody watches
    again has not come back.
    """
    gaps = unwatched_in(timeline)
    left_at: dict[str, datetime] = {}
    for epoch in timeline.epochs:
        at = epoch.start
        for runner_id in epoch.left:
            left_at[runner_id] = at
            if not overlapping(gaps, at, at + MICROSECOND):
                yield at, runner_id
        for runner_id in epoch.joined:
            # Away since it was seen to leave, or since the cycle began; a gap within hides whether
            # it was.
            away_since = min(left_at.get(runner_id, timeline.cycle_start), at)
            if not overlapping(gaps, away_since, at + MICROSECOND):
                yield at, runner_id


def missed_slots(timeline: CycleTimeline, verdicts: Sequence[SlotVerdict]) -> Iterator[Incident]:
    lost: list[SlotVerdict] = []
    rest: list[SlotVerdict] = []
    for each in verdicts:
        if each.is_missed:
            (lost if _is_lost_to_margin(timeline, each) else rest).append(each)
    if rest:
        yield _of_slots(IncidentKind.UNSERVED_SLOTS, rest)
    if lost:
        yield _of_slots(IncidentKind.SLOT_LOST_TO_MARGIN, lost, _margin_facts(timeline, lost[0]))


def _is_lost_to_margin(timeline: CycleTimeline, verdict: SlotVerdict) -> bool:
    plan = timeline.plan_at(verdict.start)
    policy, count = plan.policy, len(plan.runners)
    capacity = policy.capacity(count)
    # Without the margin, the late-start limit would hold all the same.
    share = policy.max_start_slot_fraction if policy.limits_late_starts else 1.0
    least = policy.check_interval_seconds
    # A check may miss what is left, and could not have missed what the margin took it from.
    return capacity.startable_seconds < least <= capacity.slot_seconds * share


def _margin_facts(timeline: CycleTimeline, verdict: SlotVerdict) -> MarginFacts:
    policy, slot = timeline.plan_at(verdict.start).policy, verdict.slot
    length = startable_end(slot) - slot.start if slot else timedelta()
    return MarginFacts(
        startable_seconds=length.total_seconds(),
        check_interval_seconds=policy.check_interval_seconds,
        margin_seconds=policy.spread_seconds,
    )


def _of_slots(
    kind: IncidentKind, slots: Sequence[SlotVerdict], facts: IncidentFacts | None = None
) -> Incident:
    start, end = min(map(attrgetter("start"), slots)), max(map(attrgetter("end"), slots))
    return Incident(
        kind=kind,
        start=start,
        end=end,
        seconds=(end - start).total_seconds(),
        runner_ids=names_of(each.runner_id for each in slots),
        count=len(slots),
        facts=facts,
    )

"""Incidents of the fleet: no window for anybody, runners that flap, slots that nobody served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import attrgetter

from scheduler.core.findings import plain
from scheduler.core.incidents.cost import BlockedAttempts
from scheduler.core.incidents.kinds import (
    Incident,
    IncidentKind,
    listed,
    names_of,
    slots_of,
    unserved,
)
from scheduler.core.timeline import CycleTimeline, Epoch
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.verdicts import SlotVerdict, plan_at, startable_end

# Comings and goings of one runner in one cycle that are no mere restart, which is two.
_FLAPPING = 3


def invalid_windows(timeline: CycleTimeline) -> Iterator[Incident]:
    """Each stretch of epochs with runners and no window, as far as it has come."""
    stretch: list[Epoch] = []
    for epoch in timeline.epochs:
        plan = epoch.plan
        if plan.runners and plan.slot(0) is None and epoch.start <= timeline.now:
            stretch.append(epoch)
        elif stretch:
            yield _no_windows(timeline, stretch)
            stretch = []
    if stretch:
        yield _no_windows(timeline, stretch)


def _no_windows(timeline: CycleTimeline, epochs: Sequence[Epoch]) -> Incident:
    start, end = epochs[0].start, min(epochs[-1].end, timeline.now)
    plan = max((each.plan for each in epochs), key=lambda plan: len(plan.runners))
    policy, count = plan.policy, len(plan.runners)
    refused = BlockedAttempts(timeline.executions, Reason.SLOT_WINDOW_INVALID)
    return Incident(
        kind=IncidentKind.ALL_WINDOWS_INVALID,
        start=start,
        end=None if timeline.now < epochs[-1].end else end,
        seconds=(end - start).total_seconds(),
        runner_ids=names_of(each.runner_id for epoch in epochs for each in epoch.plan.runners),
        reason=Reason.SLOT_WINDOW_INVALID,
        count=count,
        blocked_attempts=refused.between(start, end),
        # Of the warnings, the worst comes first: that there is no window.
        sentence=policy.findings(count)[0].message,
    )


def flapping(timeline: CycleTimeline) -> Iterator[Incident]:
    changes = Counter(
        runner_id for epoch in timeline.epochs for runner_id in (*epoch.joined, *epoch.left)
    )
    restless = {each: number for each, number in changes.items() if number >= _FLAPPING}
    if not restless:
        return
    instants = [
        epoch.start
        for epoch in timeline.epochs
        if not restless.keys().isdisjoint((*epoch.joined, *epoch.left))
    ]
    names, count = tuple(sorted(restless)), sum(restless.values())
    yield Incident(
        kind=IncidentKind.MEMBERSHIP_FLAPPING,
        start=instants[0],
        end=instants[-1],
        seconds=(instants[-1] - instants[0]).total_seconds(),
        runner_ids=names,
        count=count,
        sentence=f"{listed(names)} came and went {count:,} times in one cycle, and every time the"
        " slots were laid anew. See whether heartbeats come often enough.",
    )


def missed_slots(timeline: CycleTimeline, verdicts: Sequence[SlotVerdict]) -> Iterator[Incident]:
    lost: list[SlotVerdict] = []
    rest: list[SlotVerdict] = []
    for each in verdicts:
        if each.is_missed:
            (lost if _is_lost_to_margin(timeline, each) else rest).append(each)
    if rest:
        sentence = unserved(len(rest), names_of(each.runner_id for each in rest))
        yield _of_slots(IncidentKind.UNSERVED_SLOTS, rest, sentence)
    if lost:
        policy = plan_at(timeline, lost[0].start).policy
        yield _of_slots(
            IncidentKind.SLOT_LOST_TO_MARGIN,
            lost,
            f"{slots_of(len(lost), names_of(each.runner_id for each in lost))}"
            f" passed without a start: startable for {_startable(lost[0])}, while checks come every"
            f" {plain(policy.check_interval_seconds)} s. Lower the margin of"
            f" {plain(policy.spread_seconds)} s, or check more often.",
        )


def _is_lost_to_margin(timeline: CycleTimeline, verdict: SlotVerdict) -> bool:
    plan = plan_at(timeline, verdict.start)
    policy, count = plan.policy, len(plan.runners)
    capacity = policy.capacity(count)
    share = policy.max_start_slot_fraction if policy.limits_late_starts else 1.0
    least = policy.check_interval_seconds
    return capacity.startable_seconds < least <= capacity.slot_seconds * share


def _of_slots(kind: IncidentKind, slots: Sequence[SlotVerdict], sentence: str) -> Incident:
    start, end = min(map(attrgetter("start"), slots)), max(map(attrgetter("end"), slots))
    return Incident(
        kind=kind,
        start=start,
        end=end,
        seconds=(end - start).total_seconds(),
        runner_ids=names_of(each.runner_id for each in slots),
        count=len(slots),
        sentence=sentence,
    )


def _startable(verdict: SlotVerdict) -> str:
    slot = verdict.slot
    length = startable_end(slot) - slot.start if slot else timedelta()
    return f"{plain(length.total_seconds())} s"

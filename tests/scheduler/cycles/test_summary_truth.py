"""Random stories, with summaries kept all along: in the end they say what a fresh look says."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from scheduler.core.cycle.grid import cycle_spans
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.judging.verdicts import Verdict
from scheduler.cycles.loading import load_cycle
from scheduler.cycles.summaries import keep_summaries
from scheduler.cycles.summary_json import incident_from_json, tally_slots
from scheduler.models import (
    CycleSummary,
    DerivedBlock,
    Execution,
    LateChange,
    Presence,
    ServiceMode,
    Watch,
)
from scheduler.policies import policy_revisions
from tests.lengths import first_of
from tests.scheduler.cycles.stories import tell_of_a_fleet, tell_of_claims

pytestmark = pytest.mark.django_db


def keep_all(service, now):
    while (kept := keep_summaries(service, now=now)).due_at is not None and kept.due_at <= now:
        pass


def kept_facts(service):
    for row in CycleSummary.objects.filter(service=service).order_by("cycle_start"):
        yield {
            "cycle": (row.cycle_start, row.cycle_end, row.outcome, row.runner_count),
            "runs": (row.started, row.completed, row.abandoned),
            "blocked": (row.blocked, row.blocked_by_reason),
            "incidents": [lasting(incident_from_json(each)) for each in row.incidents],
            "incident_count": row.incident_count,
            "slots": tally_slots([row.slots]),
            "derived": kept_blocks(service, row),
        }


def kept_blocks(service, row):
    blocks = DerivedBlock.objects.filter(service=service, cycle_start=row.cycle_start)
    return Counter(
        (
            one.runner_id,
            (one.started_at, one.ended_at),
            (one.reason, one.prior_run_id),
            (one.runner_position, one.stable_runner_count),
            (one.slot_start, one.slot_end),
        )
        for one in blocks
    )


def fresh_blocks(service, timeline, verdicts, keys):
    """The derived ones, with the numbers of the epoch that each begins in."""
    if service.is_coordinated:
        return Counter()
    return Counter(
        (
            keys[one.runner_id],
            (one.start, one.end),
            (one.reason, one.run_id or ""),
            numbers_at(timeline, one),
            (one.slot.slot_start, one.slot.slot_end) if one.slot else (None, None),
        )
        for one in verdicts
        if one.verdict is Verdict.BLOCKED and not one.recorded
    )


def numbers_at(timeline, verdict):
    (epoch,) = [each for each in timeline.epochs if each.start <= verdict.start < each.end]
    names = [runner.runner_id for runner in epoch.plan.runners]
    return names.index(verdict.runner_id), len(names)


def fresh_facts(service, now):
    """The same, of every cycle from the first row on."""
    keys = dict(service.runners.values_list("runner_id", "pk"))
    firsts = [
        model.objects.filter(service=service).order_by("started_at").first()
        for model in (Presence, Execution, Watch)
    ]
    first = min(each.started_at for each in firsts if each)
    for span in cycle_spans(policy_revisions(service), first):
        if span.end > now:
            return
        timeline = load_cycle(service, span.start, now=now)
        judged = judge_cycle(timeline)
        counts = judged.counts
        most = max(len(epoch.plan.runners) for epoch in timeline.epochs)
        slots: dict[int, Counter[tuple[str, str]]] = {}
        for each in judged.verdicts:
            slots.setdefault(keys[each.runner_id], Counter())[(each.verdict, each.reason)] += 1
        yield {
            "cycle": (span.start, span.end, judged.outcome.value, most),
            "runs": (counts.started, counts.completed, counts.abandoned),
            "blocked": (sum(counts.blocked.values()), counts.blocked),
            "incidents": [lasting(each) for each in judged.incidents],
            "incident_count": len(judged.incidents),
            "slots": slots,
            "derived": fresh_blocks(service, timeline, judged.verdicts, keys),
        }


def lasting(incident):
    """Without the length of what goes on, which grows, and is said just as the cycle ends."""
    if incident.end:
        return incident
    return replace(incident, seconds=0.0, known_until=None)


def told(service, random, story, *, often):
    """The instant after the story, with summaries kept now and then while it was told."""
    for now in story:
        if random.random() < often:
            keep_summaries(service, now=now)
    return now


@pytest.mark.parametrize("intervals", [(1.0,), (0.5, 1.0, 2.0, 3.0)])
@pytest.mark.parametrize("seed", first_of(1, [5, 6, 7, 12]))
def test_whatever_was_claimed(service, monkeypatch, seed, intervals):
    random = Random(seed)
    now = told(service, random, tell_of_claims(service, random, monkeypatch, intervals), often=0.15)
    keep_all(service, now)

    assert list(kept_facts(service)) == list(fresh_facts(service, now))
    assert not LateChange.objects.exists()


@pytest.mark.parametrize("seed", first_of(1, range(8)))
def test_whatever_was_reported(observed, monkeypatch, seed):
    random = Random(seed)
    now = told(observed, random, tell_of_a_fleet(observed, random, monkeypatch), often=0.1)
    keep_all(observed, now)

    assert list(kept_facts(observed)) == list(fresh_facts(observed, now))
    assert not LateChange.objects.exists()


@pytest.mark.parametrize("seed", first_of(1, [0, 1]))
@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        # Three runners have no window, two have one of 6 s.
        ({"spread_margin_minutes": 0.4}, "slot_window_invalid"),
        # Longer than any of them is told to have lived.
        ({"membership_stabilization_seconds": 7_000.0}, "scheduled_runner_in_grace"),
    ],
)
def test_whatever_was_derived(make_service, monkeypatch, seed, policy, reason):
    observed = make_service(ServiceMode.OBSERVED, **policy)
    random = Random(seed)
    now = told(observed, random, tell_of_a_fleet(observed, random, monkeypatch), often=0.1)
    keep_all(observed, now)

    assert list(kept_facts(observed)) == list(fresh_facts(observed, now))
    assert observed.derived_blocks.filter(reason=reason).exists()

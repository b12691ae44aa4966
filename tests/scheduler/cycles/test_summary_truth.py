"""Random stories, with summaries kept all along: in the end they say what a fresh look says."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from scheduler.core.cycle.grid import cycle_spans
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.judging.verdicts import Verdict
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle
from scheduler.cycles.summaries import keep_summaries
from scheduler.cycles.summary_json import incident_from_json, tally_slots
from scheduler.intake.claims import claim, end_dead_holder, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import (
    CycleSummary,
    DerivedBlock,
    Execution,
    LateChange,
    Presence,
    ServiceMode,
    Watch,
)
from scheduler.policies import policy_at, policy_revisions
from scheduler.services import change_policy
from tests.conftest import after
from tests.lengths import first_of

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


def change(service, random, second, monkeypatch, **values):
    """Another policy, now or from some past instant on."""
    back = random.choice((0.0, 40.0, 200.0))
    at, now = after(second - back), after(second)
    if service.policies.filter(effective_from=at).exists():
        return
    monkeypatch.setattr("scheduler.db.clock.now", lambda: now)
    policy = replace(policy_at(service, at), **values)
    change_policy(service, policy, changed_by="", effective_from=at if back else None)


def tell_of_claims(service, random, monkeypatch, intervals):
    """Four runners that come, go and ask, by one clock; the instant after the story."""
    second, runs, alive = 0.0, [], dict.fromkeys("abcd", True)
    while second < 900:
        # Edges of cycles are met now and then.
        second += random.choice((0.5, 3.0, 7.0, 12.0, 60.0 - second % 60))
        now, asker = after(second), random.choice("abcd")
        if random.random() < 0.05:
            alive[asker] = not alive[asker]
        for each in alive:
            if alive[each] and random.random() < 0.6:
                beat(service, Beat(runner_id=each, eligible=random.random() < 0.93), now=now)
        if alive[asker] and random.random() < 0.5:
            execution = claim(service, asker, now=now).execution
            runs += [execution.run_id] if execution else []
        if runs and random.random() < 0.2:
            ending = random.choice((Status.COMPLETED, Status.ABANDONED))
            finish(service, random.choice(runs), ending, now=now)
        if random.random() < 0.03:
            end_dead_holder(service, now=now)
        if random.random() < 0.03:
            values = {
                "spread_margin_minutes": random.choice((0.0, 0.1, 0.5)),
                "dead_after_seconds": random.choice((10.0, 30.0, 90.0)),
                "service_interval_minutes": random.choice(intervals),
            }
            change(service, random, second, monkeypatch, **values)
        if random.random() < 0.3:
            keep_summaries(service, now=now)
    return after(second + 1)


@pytest.mark.parametrize("intervals", [(1.0,), (0.5, 1.0, 2.0, 3.0)])
@pytest.mark.parametrize("seed", first_of(1, [5, 6, 7, 12]))
def test_whatever_was_claimed(service, monkeypatch, seed, intervals):
    now = tell_of_claims(service, Random(seed), monkeypatch, intervals)
    keep_all(service, now)

    assert list(kept_facts(service)) == list(fresh_facts(service, now))
    assert not LateChange.objects.exists()


ENDINGS = (
    (Status.COMPLETED, ""),
    (Status.ABANDONED, "runner_dead"),
    (Status.ABANDONED, "outcome_unknown"),
    (Status.BLOCKED, "prior_running:x"),
)


def facts_of_a_fleet(random):
    """What may be told of three runners and 14 runs, each with the instant it was known at."""
    for name in "abc":
        for second in range(100 if name == "c" else 0, 900, 20):
            if random.random() < random.choice((0.3, 0.9)):
                created = after(-random.choice((0, 100, 5_000)))
                told = HeartbeatReport(
                    runner_id=name,
                    at=after(second),
                    eligible=random.random() < 0.9,
                    creation_time=created if random.random() < 0.05 else None,
                )
                yield second, told
    for number in range(14):
        start = random.uniform(0, 900)
        begun = ExecutionReport(
            run_id=f"run-{number}",
            runner_id=random.choice("abc"),
            status=Status.RUNNING,
            started_at=after(start),
        )
        status, reason = random.choice(ENDINGS)
        end = start + random.choice((3.0, 50.0, 200.0))
        ended = replace(begun, status=status, reason=reason, ended_at=after(end))
        yield start, begun
        if random.random() < 0.8:
            yield end, ended
        if random.random() < 0.2:
            yield start, replace(ended, ended_at=ended.started_at)
        if random.random() < 0.2:
            yield start, replace(begun, started_at=after(start - 90))


def tell_of_a_fleet(observed, random, monkeypatch):
    """Facts told late and in any order; the instant after the story."""
    facts = list(facts_of_a_fleet(random))
    random.shuffle(facts)
    second = 180.0
    for known_at, fact in facts:
        second = max(second + 720 / len(facts), known_at)
        now = after(second)
        if isinstance(fact, HeartbeatReport):
            report(observed, heartbeats=[fact], now=now)
        else:
            report(observed, executions=[fact], now=now)
        if random.random() < 0.4:
            watched(observed, "pynenc", at=now, good_for_seconds=random.choice((5.0, 60.0, 90.0)))
        if random.random() < 0.02:
            lasts = random.choice((10.0, 30.0, 50.0))
            change(observed, random, second, monkeypatch, dead_after_seconds=lasts)
        if random.random() < 0.2:
            keep_summaries(observed, now=now)
    return after(second + 1)


@pytest.mark.parametrize("seed", first_of(2, range(8)))
def test_whatever_was_reported(observed, monkeypatch, seed):
    now = tell_of_a_fleet(observed, Random(seed), monkeypatch)
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
    now = tell_of_a_fleet(observed, Random(seed), monkeypatch)
    keep_all(observed, now)

    assert list(kept_facts(observed)) == list(fresh_facts(observed, now))
    assert observed.derived_blocks.filter(reason=reason).exists()

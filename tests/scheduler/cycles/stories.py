"""Random stories of a service: claims as they happen, by one clock, or reports in any order."""

from contextlib import suppress
from dataclasses import replace

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.claims import UnknownRun, claim, end_dead_holder, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import after


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
    """Four runners that come, go and ask, by one clock; each instant before and after something is
    told then, and the one after the story."""
    second, runs, alive = 0.0, [], dict.fromkeys("abcd", True)
    while second < 900:
        # Edges of cycles are met now and then.
        second += random.choice((0.5, 3.0, 7.0, 12.0, 60.0 - second % 60))
        now, asker = after(second), random.choice("abcd")
        yield now
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
            with suppress(UnknownRun):  # it may be pruned
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
        yield now
    yield after(second + 1)


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
    """Facts told late and in any order; each instant before and after one is told then, and the one
    after the story."""
    facts = list(facts_of_a_fleet(random))
    random.shuffle(facts)
    second = 180.0
    for known_at, fact in facts:
        second = max(second + 720 / len(facts), known_at)
        now = after(second)
        yield now
        if isinstance(fact, HeartbeatReport):
            report(observed, heartbeats=[fact], now=now)
        else:
            report(observed, executions=[fact], now=now)
        if random.random() < 0.4:
            watched(observed, "pynenc", at=now, good_for_seconds=random.choice((5.0, 60.0, 90.0)))
        if random.random() < 0.02:
            lasts = random.choice((10.0, 30.0, 50.0))
            change(observed, random, second, monkeypatch, dead_after_seconds=lasts)
        yield now
    yield after(second + 1)

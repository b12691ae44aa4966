"""The incidents of runs that outlast their slot, their cycle or their runner's heartbeat."""

from dataclasses import replace

from scheduler.core.incidents.kinds import Incident, LimitFacts
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.core.build import at, execution, revision, span

US = 0.000001
# 30 s for three runners: slots of 10 s, windows of 7 s.
POLICY = SchedulingPolicy(
    service_interval_minutes=0.5,
    spread_margin_minutes=0.05,
    check_interval_seconds=1.0,
    dead_after_seconds=12.0,
)


def the_incident(
    *executions: RecordedExecution, presences: tuple[PresenceSpan, ...], cycle: float, now: float
) -> Incident:
    timeline = reconstruct(
        cycle_start=at(cycle),
        policies=(revision(POLICY),),
        presences=presences,
        executions=executions,
        now=at(now),
    )
    (incident,) = (each for each in judge_cycle(timeline).incidents if each.run_ids)
    return incident


def refusal(number: int, seconds: float) -> RecordedExecution:
    row = execution("b", seconds, seconds, number=number)
    return replace(row, status=Status.BLOCKED, reason="prior_running")


def test_it_knows_when_the_limit_was_passed_that_it_names() -> None:
    # Its slot and the margin end at 10 s, its heartbeat is worth nothing after 12.5 s.
    incident = the_incident(
        execution("a", 0.5, 25.5),
        refusal(2, 10.2),
        refusal(3, 16.2),
        presences=(
            span("a", -90, 12.5),
            span("a", 26, created=-90),
            span("b", -80),
            span("c", -70),
        ),
        cycle=0,
        now=30,
    )

    assert (incident.kind, incident.reason) == ("stuck_run", "past_heartbeat")
    assert (incident.start, incident.end) == (at(10), at(25.5))
    assert incident.facts == LimitFacts(passed_at=at(12.5 + US))
    assert incident.blocked_attempts == 2


def test_a_run_is_past_its_own_cycle_in_every_later_one() -> None:
    # It began at 20 s; the cycle of that time ended at 30 s.
    incident = the_incident(execution("a", 20), presences=(span("a"),), cycle=60, now=90)

    assert (incident.kind, incident.reason) == ("stuck_run", "past_cycle")
    assert (incident.start, incident.seconds) == (at(30), 60.0)
    assert incident.facts == LimitFacts(passed_at=at(30))

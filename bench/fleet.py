"""A large fleet with a past day, as the benchmarks of tabs and of the browser look at it.

Its slots take 12 s each, however many runners it has, and its present cycle is two fifths over: it
does not end while anything is measured, and what is in it is as much at any hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.core.timeline import LaneSlot
    from scheduler.models import Execution, Runner, Service

SLOT_SECONDS = 12
PART_OVER = 0.4
PAST = timedelta(days=1)
RUN = timedelta(seconds=4)
# Of so many starts, one was late, and one did not end well.
LATE_OF, ABANDONED_OF = 12, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A service of the benchmark, and what its pages are about."""

    service: "Service"
    runner_ids: tuple[str, ...]
    # The start of the last cycle that is over, and one attempt in it.
    past_cycle: datetime
    run_id: str

    @property
    def slug(self) -> str:
        return str(self.service.slug)


def coordinated(slug: str, runner_count: int) -> Fleet:
    """A service that decides itself; in every slot of its past day its runner started, or tried."""
    from scheduler.cycles.loading import load_cycle
    from scheduler.cycles.spans import cycle_start_at
    from scheduler.cycles.summaries import keep_summaries
    from scheduler.db import clock
    from scheduler.intake.heartbeats import Beat, beat
    from scheduler.models import Execution, Runner, Service
    from scheduler.services import create_service

    now = clock.now()
    policy = policy_of(runner_count, now)
    since = policy.cycle_start(now - PAST)
    service = create_service(slug, policy=policy, effective_from=since)
    runner_ids = ids_of(runner_count)
    for at in (since, now):
        beat(service, *(Beat(runner_id=each) for each in runner_ids), now=at)
    runners = {each.runner_id: each for each in Runner.objects.filter(service=service)}
    cycle = load_cycle(service, cycle_start_at(service, now), now=now)
    slots = sorted((slot for lane in cycle.lanes for slot in lane.slots), key=_start_of)
    rows = list(_past_day(service, runners, slots, policy, now))
    Execution.objects.bulk_create(rows, batch_size=2_000)
    Service.objects.filter(pk=service.pk).update(summarised_until=since)
    while keep_summaries(Service.objects.get(pk=service.pk)).written:
        pass
    past_cycle = policy.cycle_start(cycle.cycle_start - timedelta(minutes=1))
    ran = next(each for each in rows if each.cycle_start == past_cycle)
    return Fleet(service=service, runner_ids=runner_ids, past_cycle=past_cycle, run_id=ran.run_id)


def observed(slug: str, runner_count: int) -> "Service":
    """A service that a fleet decides for by itself, watched from now on."""
    from scheduler.db import clock
    from scheduler.intake.reported_types import HeartbeatReport
    from scheduler.intake.reports import report
    from scheduler.models import ServiceMode
    from scheduler.services import create_service

    now = clock.now()
    policy = policy_of(runner_count, now)
    service = create_service(slug, mode=ServiceMode.OBSERVED, policy=policy, effective_from=now)
    ids = ids_of(runner_count)
    report(service, heartbeats=[HeartbeatReport(runner_id=each, at=now) for each in ids])
    return service


def ids_of(runner_count: int) -> tuple[str, ...]:
    return tuple(f"host-{number:04}:{number + 100}" for number in range(runner_count))


def policy_of(runner_count: int, now: datetime) -> "SchedulingPolicy":
    """One whose cycles have a slot of 12 s for each, and whose present cycle is two fifths over."""
    from scheduler.core.policy import SchedulingPolicy

    # Cycles are counted from 1970, so their length decides how far into one we are.
    since_1970 = now.timestamp() / 60
    cycles = since_1970 // (runner_count * SLOT_SECONDS / 60)
    return SchedulingPolicy(
        service_interval_minutes=since_1970 / (cycles + PART_OVER),
        spread_margin_minutes=0.05,
        dead_after_seconds=2 * PAST.total_seconds(),
    )


def _start_of(slot: "LaneSlot") -> datetime:
    return slot.start


def _past_day(
    service: "Service",
    runners: dict[str, "Runner"],
    slots: list["LaneSlot"],
    policy: "SchedulingPolicy",
    now: datetime,
) -> Iterator["Execution"]:
    """One attempt in each slot that is over, in this cycle and in those before it."""
    numbers = count()
    cycle = timedelta(minutes=policy.service_interval_minutes)
    for back in range(int(PAST / cycle), -1, -1):
        over = takewhile(lambda slot, ago=back * cycle: slot.end - ago < now, slots)  # type: ignore[misc]
        for slot in over:
            at = slot.start - back * cycle + timedelta(seconds=1)
            yield _attempt(service, runners[slot.runner_id], next(numbers), at, policy)


def _attempt(
    service: "Service", runner: "Runner", number: int, at: datetime, policy: "SchedulingPolicy"
) -> "Execution":
    from scheduler.models import Execution

    status, reason = "completed", ""
    if number % LATE_OF == 0:
        status, reason = "blocked", "late_start"
    elif number % ABANDONED_OF == 1:
        status, reason = "abandoned", "exception"
    return Execution(
        service=service,
        runner=runner,
        run_id=f"{service.slug}-{number}",
        status=status,
        origin="claimed",
        reason=reason,
        started_at=at,
        ended_at=at if status == "blocked" else at + RUN,
        first_attempt_at=at,
        last_attempt_at=at,
        cycle_start=policy.cycle_start(at),
        assigned_runner_id=runner.runner_id,
    )

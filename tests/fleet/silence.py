"""What becomes of a real fleet whose holder falls silent, twice, as pynenc itself tells it.

The first time it works for 25 s and comes back; the second time it is killed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pynenc.orchestrator.atomic_service import (
    ActiveRunnerInfo,
    AtomicServiceExecution,
    decide_atomic_service_claim,
)

from scheduler.core.timeline import CycleTimeline
from tests.fleet.watched import (
    DEAD_AFTER,
    DEAD_AFTER_SECONDS,
    INTERVAL,
    INTERVAL_SECONDS,
    Fleet,
    wait_for,
)

# As docs/integration.md has it.
SERVICE_SECONDS = 25
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A run of 25 s, and when its runner counts as dead, as the app tells."""

    run_id: str
    holder: str
    started_at: datetime
    expires_at: datetime

    @property
    def left_at(self) -> datetime:
        return self.expires_at + MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the app told: `first` ended by itself and its runner came back, `second` never ends."""

    app: Any
    members: tuple[ActiveRunnerInfo, ...]
    executions: tuple[AtomicServiceExecution, ...]
    first: Held
    second: Held
    back_by: datetime
    read_at: datetime

    def within(self, timeline: CycleTimeline, *, blocked: bool) -> list[AtomicServiceExecution]:
        """The attempts of a cycle that were, or were not, blocked, in order."""
        found = [
            one
            for one in self.executions
            if timeline.cycle_start <= one.start_time < timeline.cycle_end
            and (one.status == "blocked") is blocked
        ]
        return sorted(found, key=lambda one: one.start_time)

    def run(self, held: Held) -> AtomicServiceExecution:
        (run,) = (one for one in self.executions if one.atomic_service_run_id == held.run_id)
        return run

    def holder_at(self, at: datetime) -> Held:
        """Who held the service when it was refused to somebody at ``at``."""
        return self.second if at >= self.second.started_at else self.first

    def window(
        self, runner_id: str, at: datetime, members: list[ActiveRunnerInfo]
    ) -> tuple[datetime, datetime]:
        """By the package's own decision."""
        conf = self.app.conf
        decided = decide_atomic_service_claim(
            runner_id=runner_id,
            active_runners=members,
            current_time=at.timestamp(),
            service_interval_minutes=conf.atomic_service_interval_minutes,
            spread_margin_minutes=conf.atomic_service_spread_margin_minutes,
            membership_stabilization_seconds=0.0,
            max_start_slot_fraction=conf.atomic_service_max_start_slot_fraction,
        )
        assert decided.slot_start is not None
        assert decided.slot_end is not None
        return decided.slot_start, decided.slot_end


def cycle_start(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // INTERVAL_SECONDS * INTERVAL_SECONDS, UTC)


def announce(fleet: Fleet) -> None:
    fleet.app.trigger.emit_event("delivery", {})


def wait_for_holder(fleet: Fleet, *, after: str = "") -> Held:
    """The run that is busy with a delivery: others take milliseconds."""

    def busy() -> list[AtomicServiceExecution]:
        begun = datetime.now(UTC) - timedelta(seconds=2)
        running = fleet.app.orchestrator.get_active_atomic_service_executions()
        return [
            one for one in running if one.start_time < begun and one.atomic_service_run_id != after
        ]

    wait_for(busy, within=2 * INTERVAL_SECONDS, what=fleet.situation)
    fleet.look()
    (run,) = busy()
    return Held(
        run_id=run.atomic_service_run_id,
        holder=run.runner_id,
        started_at=run.start_time,
        expires_at=fleet.members[run.runner_id].last_heartbeat + DEAD_AFTER,
    )


def wait_until(at: datetime, fleet: Fleet) -> None:
    within = (at - datetime.now(UTC)).total_seconds() + INTERVAL_SECONDS
    wait_for(lambda: datetime.now(UTC) > at, within=within, what=fleet.said)


def live_through(fleet: Fleet) -> Story:
    wait_for(lambda: len(fleet.look()) == 3, within=90, what=fleet.situation)
    # By then every window of the cycle is too late to start in: the next start is in the next one.
    wait_until(cycle_start(datetime.now(UTC)) + timedelta(seconds=25), fleet)
    announce(fleet)
    first = wait_for_holder(fleet)
    announce(fleet)
    wait_for(lambda: len(fleet.look()) == 2, within=SERVICE_SECONDS, what=fleet.situation)
    wait_for(lambda: len(fleet.look()) == 3, within=2 * SERVICE_SECONDS, what=fleet.situation)
    back_by = datetime.now(UTC)

    second = wait_for_holder(fleet, after=first.run_id)
    wait_for(
        lambda: any(second.run_id in one.reason for one in fleet.executions()),
        within=INTERVAL_SECONDS,
        what=fleet.situation,
    )
    fleet.process_of(second.holder).kill()
    assert datetime.now(UTC) - second.started_at < timedelta(seconds=SERVICE_SECONDS)
    wait_for(lambda: len(fleet.look()) == 2, within=2 * DEAD_AFTER_SECONDS, what=fleet.situation)
    wait_until(cycle_start(second.started_at) + 2 * INTERVAL, fleet)
    fleet.stop()
    return Story(
        app=fleet.app,
        members=tuple(
            sorted(fleet.members.values(), key=lambda one: (one.creation_time, one.runner_id))
        ),
        executions=tuple(fleet.executions()),
        first=first,
        second=second,
        back_by=back_by,
        read_at=datetime.now(UTC),
    )

"""How a runner stands at one instant: values in, values out. snapshot.py reads what is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.core.clocks.offset import ClockOffset
from scheduler.core.clocks.warnings import ClockWarning
from scheduler.core.cycle.looks import beat_good_for_seconds, silent_after_seconds
from scheduler.core.judging.run_limits import Overdue
from scheduler.core.policy import SchedulingPolicy
from scheduler.fleet.slot_records import SlotRecord


class RunnerState(StrEnum):
    """What a runner is, the worst word that holds.

    ``silent``: its heartbeat is older than `silent_after`, or has expired while a run of it still
    holds the service. ``gone``: its heartbeat has expired (or none is known), and it holds nothing.
    ``unknown``: it was there when its fleet was last watched, and nobody watches now.
    """

    LIVE = "live"
    IN_GRACE = "in_grace"
    INELIGIBLE = "ineligible"
    SILENT = "silent"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunner:
    """One runner at ``now``.

    ``last_heartbeat_at`` and ``expires_at`` are None where none of its heartbeats is known.
    ``position`` and ``next_turn_at`` are None for who has no seat; ``next_turn_at`` also where no
    slot has a window. ``held_since`` is the start of its oldest run that goes on, ``held_runs``
    how many do. ``runs`` and ``blocks`` count starts and blocked attempts of the last 24 hours,
    ``lost_starts`` those of others that were blocked because it held the service, and ``record``
    what became of its slots in them (None: no cycle with any is over).
    """

    runner_id: str
    host: str
    pid: int | None
    state: RunnerState
    first_seen_at: datetime
    last_heartbeat_at: datetime | None
    expires_at: datetime | None
    position: int | None
    next_turn_at: datetime | None
    clock: ClockOffset | None
    clock_warning: ClockWarning | None
    held_since: datetime | None
    held_runs: int
    overdue: Overdue | None
    runs: int
    blocks: int
    lost_starts: int
    record: SlotRecord | None


def silent_after(policy: SchedulingPolicy, every_seconds: float | None = None) -> timedelta:
    """The age from which a heartbeat is overdue; ``every_seconds`` is how often the fleet is looked
    at, where its heartbeats are found by looking."""
    return timedelta(seconds=silent_after_seconds(policy, every_seconds))


def gone_after(policy: SchedulingPolicy, every_seconds: float | None = None) -> timedelta:
    """The age at which a heartbeat expires, if no look found the runner dead before."""
    if every_seconds is None:
        return timedelta(seconds=policy.dead_after_seconds)
    return timedelta(seconds=beat_good_for_seconds(policy, every_seconds))


def state_of(
    policy: SchedulingPolicy,
    *,
    now: datetime,
    first_seen_at: datetime,
    last_heartbeat_at: datetime | None,
    expires_at: datetime | None,
    eligible: bool,
    is_holding: bool,
    every_seconds: float | None = None,
) -> RunnerState:
    """The state of a runner by its latest presence."""
    if last_heartbeat_at is None or expires_at is None or now > expires_at:
        # Not gone yet: what it holds keeps the others out.
        return RunnerState.SILENT if is_holding else RunnerState.GONE
    if now - last_heartbeat_at > silent_after(policy, every_seconds):
        return RunnerState.SILENT
    if not eligible:
        return RunnerState.INELIGIBLE
    grace_end = policy.grace_end(first_seen_at)
    if grace_end is not None and now < grace_end:
        return RunnerState.IN_GRACE
    return RunnerState.LIVE

"""Which policy the starts of a fleet fit: the fleet's own word on the settings it goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.core.plan import plan_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Presence, Service

STARTS_READ = 50
# Between what a runner decides and what it writes down.
_SLACK_SECONDS = 1.0
# In a short cycle, a whole second would fit any window.
_SLACK_OF_CYCLE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start, and whether it lies in its runner's window, by each of the policies asked for."""

    runner_id: str
    first_seen_at: datetime
    at: datetime
    fits: tuple[bool, ...]


def recent_starts(
    service: Service, since: datetime, policies: Sequence[SchedulingPolicy]
) -> list[Start]:
    """The latest starts after ``since``, in order, of runners that were known to be members."""
    rows = (
        Execution.objects.filter(service=service, started_at__gt=since)
        .exclude(status=Status.BLOCKED.value)
        .order_by("-started_at")
        .values_list("runner__runner_id", "runner__first_seen_at", "started_at")[:STARTS_READ]
    )
    told = sorted(rows, key=lambda row: row[2])
    if not told:
        return []
    members = _members(service, told[0][2], told[-1][2])
    starts = []
    for runner_id, first_seen_at, at in told:
        runners = [info for info, start, end in members if start <= at <= end]
        # Who was no member has no window under any policy: such a start tells them not apart.
        if runner_id in (one.runner_id for one in runners):
            fits = tuple(_fits(runner_id, at, runners, policy) for policy in policies)
            starts.append(Start(runner_id=runner_id, first_seen_at=first_seen_at, at=at, fits=fits))
    return starts


def _members(
    service: Service, first: datetime, last: datetime
) -> list[tuple[ActiveRunnerInfo, datetime, datetime]]:
    """Who was eligible from when to when, in seat order."""
    rows = (
        Presence.objects.filter(
            service=service, eligible=True, expires_at__gte=first, started_at__lte=last
        )
        .order_by("runner__first_seen_at", "runner__runner_id")
        .values_list(
            "runner__runner_id",
            "runner__first_seen_at",
            "last_heartbeat_at",
            "started_at",
            "expires_at",
        )
    )
    return [
        (ActiveRunnerInfo(runner_id, first_seen_at, heard_at, True), start, end)
        for runner_id, first_seen_at, heard_at, start, end in rows
    ]


def _fits(
    runner_id: str, at: datetime, runners: list[ActiveRunnerInfo], policy: SchedulingPolicy
) -> bool:
    plan = plan_cycle(runners=runners, at=at, policy=policy)
    position = next(each for each, one in enumerate(runners) if one.runner_id == runner_id)
    slot = plan.slot(position)
    slack = timedelta(seconds=min(_SLACK_SECONDS, _SLACK_OF_CYCLE * policy.interval_seconds))
    return slot is not None and slot.slot_start - slack <= at < slot.slot_end + slack

"""Rows into the core's timeline: one cycle of one service, as it really was."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from scheduler.core.instants import MICROSECOND
from scheduler.core.timeline import (
    CycleTimeline,
    PolicyRevision,
    PresenceSpan,
    RecordedExecution,
    WatchSpan,
    cycle_policy,
    reconstruct,
)
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Policy, Presence, Service, Watch
from scheduler.services import policy_at

# A drawing is capped, and says so where it is: nobody reads more marks in one cycle.
EXECUTIONS_LIMIT = 5_000


def current_cycle(service: Service, *, now: datetime) -> CycleTimeline:
    """The cycle that ``now`` is in."""
    return load_cycle(service, policy_at(service, now).cycle_start(now), now=now)


def cycle_start_at(service: Service, at: datetime) -> datetime:
    """The start of the cycle that ``at`` is in, by the policy in force then."""
    return policy_at(service, at).cycle_start(at)


def load_cycle(service: Service, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
    """The cycle that begins at ``cycle_start``, reconstructed from what is stored.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    policies = _policies(service)
    cycle_end = cycle_policy(policies, cycle_start).cycle_end(cycle_start)
    return reconstruct(
        cycle_start=cycle_start,
        policies=policies,
        presences=_presences(service, cycle_start, cycle_end),
        executions=_executions(service, cycle_start, cycle_end, _repeating_for(policies)),
        watches=None if service.is_coordinated else _watches(service, cycle_start, cycle_end),
        now=now,
    )


def _policies(service: Service) -> list[PolicyRevision]:
    """All revisions, oldest first: a later one may have changed the very grid of the cycle."""
    rows = Policy.objects.filter(service=service).order_by("effective_from")
    return [
        PolicyRevision(effective_from=row.effective_from, policy=row.scheduling_policy)
        for row in rows
    ]


def _presences(service: Service, start: datetime, end: datetime) -> list[PresenceSpan]:
    # One that was over just before the cycle tells who left at its start.
    rows = Presence.objects.filter(
        service=service, expires_at__gte=start - MICROSECOND, started_at__lt=end
    ).values_list(
        "runner__runner_id",
        "runner__first_seen_at",
        "started_at",
        "last_heartbeat_at",
        "expires_at",
        "eligible",
    )
    return [presence_span(*columns) for columns in rows]


def presence_span(
    runner_id: str,
    first_seen_at: datetime,
    started_at: datetime,
    last_heartbeat_at: datetime,
    expires_at: datetime,
    eligible: bool,
) -> PresenceSpan:
    """The columns of a presence, with its runner's, as the core knows it."""
    return PresenceSpan(
        runner_id=runner_id,
        creation_time=first_seen_at,
        started_at=started_at,
        last_heartbeat_at=last_heartbeat_at,
        expires_at=expires_at,
        eligible=eligible,
    )


def _repeating_for(policies: Sequence[PolicyRevision]) -> timedelta:
    """For how long the repeats of one block may reach into cycles of another grid.

    They stay within a cycle of their own: only a change of the interval lays another one over it.
    """
    intervals = {revision.policy.interval_seconds for revision in policies}
    return timedelta(seconds=max(intervals) if len(intervals) > 1 else 0)


def _executions(
    service: Service, start: datetime, end: datetime, repeating_for: timedelta
) -> list[RecordedExecution]:
    """What touched ``[start, end)``: began in it, or began before and ended in it or goes on.

    No run was ever longer than ``longest_run_seconds``, so the ended ones are found in a range of
    the index by start; the running ones have a small index of their own. A block counts where its
    repeats reach into the cycle, and they go on for no longer than ``repeating_for``.
    """
    longest = Service.objects.values_list("longest_run_seconds", flat=True).get(pk=service.pk)
    look_back = start - max(timedelta(seconds=longest), repeating_for)
    touching = Q(started_at__gte=start) | Q(ended_at__gt=start) | Q(last_attempt_at__gte=start)
    rows = Execution.objects.filter(service=service, started_at__lt=end).select_related("runner")
    ended = rows.filter(touching, started_at__gte=look_back).order_by("-started_at", "-id")
    running = rows.filter(status=Status.RUNNING.value, started_at__lt=start)
    newest = [*ended[:EXECUTIONS_LIMIT], *running.order_by("-started_at", "-id")[:100]]
    return [recorded(row) for row in reversed(newest)]


def recorded(row: Execution) -> RecordedExecution:
    """A row, with its runner, as the core knows it."""
    return RecordedExecution(
        execution_id=row.pk,
        run_id=row.run_id,
        runner_id=row.runner.runner_id,
        status=Status(row.status),
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        reason_detail=row.reason_detail,
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        last_attempt_at=row.last_attempt_at,
        cycle_start=row.cycle_start,
        slot_start=row.slot_start,
        slot_end=row.slot_end,
        runner_position=row.runner_position,
        stable_runner_count=row.stable_runner_count,
        assigned_runner_id=row.assigned_runner_id or None,
        late_start_fraction=row.late_start_fraction,
        origin=row.origin,
    )


def _watches(service: Service, start: datetime, end: datetime) -> list[WatchSpan]:
    rows = Watch.objects.filter(
        service=service, expires_at__gte=start, started_at__lt=end
    ).values_list("started_at", "expires_at")
    return [WatchSpan(started_at=started_at, ended_at=ended_at) for started_at, ended_at in rows]

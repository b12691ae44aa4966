"""The rows of a cycle as they were known at an instant: what came later is taken out of them again.

Drawn by `reconstruct` at that instant, they give what its live page showed then. What no row keeps
stays as it is in the end: how often a refusal was repeated between its first and its last attempt
(the first alone is known until the last), when a dead holder was noticed (its run is over from its
runner's last living instant on), what a runner's beats promised (it is alive, and no more is told).

Rows of what others report, and tell late, are taken to have been told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from scheduler.core.cycle.grid import cycle_policy, policy_in_force
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.reasons import EndReason
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status


def policies_known(revisions: Sequence[PolicyRevision], at: datetime) -> list[PolicyRevision]:
    """Those that were recorded by then, be they in force or still to come.

    Before the first was, its service was not there to be shown; it is drawn by that one.
    """
    known = [each for each in revisions if each.known_since <= at]
    if known or not revisions:
        return known
    # A cycle needs a grid to be drawn at all.
    return [min(revisions, key=lambda each: each.known_since)]


def presences_known(presences: Iterable[PresenceSpan], at: datetime) -> list[PresenceSpan]:
    """Those that had begun; one that was not over is good until then, and who knows how long."""
    return [
        each if each.expires_at < at else _alive(each, at)
        for each in presences
        if each.started_at <= at
    ]


def _alive(span: PresenceSpan, at: datetime) -> PresenceSpan:
    # By hand: `replace` takes four times as long, and a fleet may have a thousand of them.
    return PresenceSpan(
        runner_id=span.runner_id,
        creation_time=span.creation_time,
        started_at=span.started_at,
        # The row holds the last beat of all, which may have come after `at`.
        last_heartbeat_at=min(span.last_heartbeat_at, at),
        expires_at=at,
        eligible=span.eligible,
    )


def executions_known(
    executions: Iterable[RecordedExecution], at: datetime, cycle_start: datetime
) -> list[RecordedExecution]:
    """Those that had begun and, as far as was known, touch what begins at `cycle_start`."""
    begun = (_execution_known(each, at) for each in executions if each.started_at <= at)
    return [
        each
        for each in begun
        # Loaded by its last attempt of all: as known then, it may have been over before the cycle.
        if each.status != Status.BLOCKED or each.last_attempt_at >= cycle_start
    ]


def _execution_known(row: RecordedExecution, at: datetime) -> RecordedExecution:
    if row.status == Status.BLOCKED:
        return row if row.last_attempt_at <= at else _first_attempt(row)
    # A run is over in the instant it ends with; a dead holder held in that one too.
    if row.ended_at is None or row.ended_at < at or (row.ended_at == at and not _died(row)):
        return row
    # The reason of a run says how it ended, which nobody knew yet.
    return replace(row, status=Status.RUNNING, ended_at=None, reason="", reason_detail="")


def _died(row: RecordedExecution) -> bool:
    """Its runner was alive still in the instant that the run ends with."""
    return row.reason == EndReason.RUNNER_DEAD


def _first_attempt(row: RecordedExecution) -> RecordedExecution:
    """A refusal that goes on being repeated; what it says besides is the last attempt's."""
    return replace(row, attempts=1, last_attempt_at=row.first_attempt_at, reason_detail="")


def watches_known(watches: Sequence[WatchSpan] | None, at: datetime) -> list[WatchSpan] | None:
    """Those that had begun; one that was on then is good until then. Each tells how far it was good
    as of that instant (a look speaks for the time until the next one is missing)."""
    if watches is None:
        return None
    return [
        replace(each, ended_at=min(each.ended_at, at)) for each in watches if each.started_at <= at
    ]


def cycle_start_known(
    revisions: Sequence[PolicyRevision], cycle_start: datetime, at: datetime
) -> datetime:
    """The start of the cycle that was shown then in place of the one that begins at `cycle_start`:
    that one, unless its grid was not known of yet.

    Args:
        revisions: those known, in the order of `effective_from`.
    """
    try:
        # By the grids known then, that cycle may have been over already.
        if at < cycle_policy(revisions, cycle_start).cycle_end(cycle_start):
            return cycle_start
    except ValueError:
        # No policy known then begins a cycle there: its grid came with a later revision.
        pass
    return policy_in_force(revisions, at).cycle_start(at)

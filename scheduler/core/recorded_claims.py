"""The decision behind a stored attempt: as its row tells it, or derived where a fleet did not tell.

What the store's gate said after it (another run still going) is no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.claim import Seat, decide_seat_claim
from scheduler.core.explain import Explanation, explain_claim
from scheduler.core.plan import CyclePlan
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import RecordedExecution
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClaim:
    """The decision of an attempt's first instant `at`, under the `policy` in force then.

    `is_derived`: no row tells it, the membership and the policy that are known of `at` do.
    """

    claim: AtomicServiceClaim
    seat: Seat | None
    at: datetime
    policy: SchedulingPolicy
    is_derived: bool

    def explained(self) -> Explanation:
        """Its six checks, with their numbers."""
        return explain_claim(
            claim=self.claim,
            seat=self.seat,
            current_time=self.at.timestamp(),
            **self.policy.decision_arguments(),
        )


def recorded_claim(
    execution: RecordedExecution, policy: SchedulingPolicy, assigned_since: datetime
) -> RecordedClaim:
    """The decision as the row of a claim has it. `assigned_since` is when its assigned runner was
    first seen, which no row repeats.

    ValueError for a row that no claim wrote.
    """
    if execution.cycle_start is None or execution.stable_runner_count is None:
        raise ValueError(f"no decision is stored of run {execution.run_id!r}")
    assigned = execution.assigned_runner_id or execution.runner_id
    return RecordedClaim(
        claim=AtomicServiceClaim(
            runner_id=execution.runner_id,
            reason=_reason(execution),
            cycle_start=execution.cycle_start,
            assigned_runner_id=assigned,
            runner_position=execution.runner_position,
            stable_runner_count=execution.stable_runner_count,
            slot_start=execution.slot_start,
            slot_end=execution.slot_end,
            late_start_fraction=execution.late_start_fraction,
        ),
        seat=Seat(
            position=execution.runner_position,
            runner_count=execution.stable_runner_count,
            assigned_runner_id=assigned,
            assigned_creation_time=assigned_since,
        ),
        # Its repeats were other decisions, whose numbers no row keeps.
        at=execution.first_attempt_at,
        policy=policy,
        is_derived=False,
    )


def _reason(execution: RecordedExecution) -> Reason:
    """What was decided: who met a prior run had been cleared to start."""
    if execution.status == Status.BLOCKED and execution.reason in set(Reason):
        return Reason(execution.reason)
    return Reason.ASSIGNED


def derived_claim(execution: RecordedExecution, plan: CyclePlan) -> RecordedClaim | None:
    """What the attempt's runner would have been told by the plan of that instant; None where that
    has no runners."""
    at = execution.first_attempt_at
    assigned = plan.owner_at(at)
    if assigned is None:
        return None
    ids = [runner.runner_id for runner in plan.runners]
    seat = Seat(
        position=ids.index(execution.runner_id) if execution.runner_id in ids else None,
        runner_count=len(ids),
        assigned_runner_id=assigned.runner_id,
        assigned_creation_time=assigned.creation_time,
    )
    claim = decide_seat_claim(
        runner_id=execution.runner_id,
        seat=seat,
        current_time=at.timestamp(),
        # Nobody starts by it.
        run_id="",
        **plan.policy.decision_arguments(),
    )
    return RecordedClaim(claim=claim, seat=seat, at=at, policy=plan.policy, is_derived=True)

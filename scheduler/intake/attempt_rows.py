"""Attempts as rows: with the facts of the decision about them, and past the models, in bulk."""

from datetime import datetime

from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceClaim
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Execution, Origin, Runner

# What a row has when it is made, in the order of the model: all but its key, what the database
# works out, and what an operator says of it.
COLUMNS = tuple(
    field.attname
    for field in Execution._meta.concrete_fields
    if not (field.primary_key or field.generated or field.name == "acknowledgement")
)


def attempted(
    runner: Runner, decision: AtomicServiceClaim, now: datetime, run_id: str, status: Status
) -> Execution:
    """A claimed attempt at ``now``, unsaved; its service is the caller's."""
    return Execution(
        runner=runner,
        run_id=run_id,
        status=status.value,
        origin=Origin.CLAIMED.value,
        started_at=now,
        first_attempt_at=now,
        last_attempt_at=now,
        cycle_start=decision.cycle_start,
        slot_start=decision.slot_start,
        slot_end=decision.slot_end,
        runner_position=decision.runner_position,
        stable_runner_count=decision.stable_runner_count,
        assigned_runner_id=decision.assigned_runner_id or "",
        late_start_fraction=decision.late_start_fraction,
    )


def refusal(decision: AtomicServiceClaim, holder: Execution | None) -> tuple[str, str] | None:
    """Reason and detail of the block to write down: as decided, or since another run holds the
    service; None where it starts, or simply is not its turn."""
    # What was decided comes first: a holder keeps out only who would start.
    if not decision.should_try_start:
        reason = decision.skip_reason
        return None if reason is None else (reason.value, decision.skip_message)
    if holder is None:
        return None
    # core/judging/prior_runs.py takes it apart again.
    detail = f"{holder.run_id} runner:{holder.runner.runner_id}"
    return BlockReason.PRIOR_RUNNING.value, detail

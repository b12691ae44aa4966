"""One attempt as a row, with the facts of the decision that was made about it."""

from datetime import datetime

from scheduler.core.types import AtomicServiceClaim
from scheduler.models import Execution, Origin, Runner


def attempted(runner: Runner, decision: AtomicServiceClaim, now: datetime) -> Execution:
    """A claimed attempt at ``now``, unsaved; service, run id and status are the caller's."""
    return Execution(
        runner=runner,
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

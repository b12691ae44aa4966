"""May this runner start the service now? The decision, in two forms that give the same answer.

`decide_seat_claim` needs only the asker's seat among the active runners, so that a store can look
it up without loading them; `decide_atomic_service_claim` takes the whole list. Who counts as
active, the lock that keeps two runs apart and what is written down are the layer above's.

Times are Unix seconds and every window is rounded to microseconds before it is compared, as in
the package pynenc 0.4.0, whose answer to the same arguments is the same in every field. One
difference: an interval that is not above zero is a ValueError (there: ZeroDivisionError, or even
a start).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import indexOf, itemgetter

from scheduler.core.slots import (
    assigned_position,
    consumed_fraction,
    cycle_start_at,
    in_grace,
    slot_window,
)
from scheduler.core.types import (
    ActiveRunnerInfo,
    AtomicServiceClaim,
    AtomicServiceDecisionReason,
    AtomicServiceId,
    AtomicServiceRun,
)

# The scan for a position is the whole cost of a decision in a large fleet, so it runs without a
# step of Python: by index, as a plain tuple is read.
_id_of = itemgetter(ActiveRunnerInfo._fields.index("runner_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where the asker sits among `runner_count` active runners (ordered by creation time, then id).

    `position` is None when the asker is not among them. The assigned runner is the one at
    `assigned_position(...)` for the instant of the decision.
    """

    position: int | None
    runner_count: int
    assigned_runner_id: str
    assigned_creation_time: datetime


def decide_seat_claim(
    *,
    runner_id: str,
    seat: Seat | None,
    current_time: float,
    service_interval_minutes: float,
    spread_margin_minutes: float,
    membership_stabilization_seconds: float,
    max_start_slot_fraction: float,
    run_id: str | None = None,
) -> AtomicServiceClaim:
    """What `runner_id` is told at `current_time` (Unix seconds); no seat means nobody is active.

    A cleared run gets `run_id`, or a fresh one. The late-start limit is off outside (0, 1).
    ValueError for an interval that is not above 0 and for times that no datetime can hold.
    """
    reasons = AtomicServiceDecisionReason
    interval = service_interval_minutes * 60
    cycle_start = cycle_start_at(current_time, interval)
    if seat is None:
        return AtomicServiceClaim(runner_id, reasons.NO_STABLE_RUNNERS, cycle_start)

    count = seat.runner_count
    assigned = seat.assigned_runner_id
    position = seat.position
    if position is None:
        return AtomicServiceClaim(
            runner_id, reasons.NOT_ASSIGNED_SLOT, cycle_start, assigned, None, count
        )

    # Before grace and turn, as pynenc has it: without windows nobody's turn is worth keeping.
    window = slot_window(
        cycle_start.timestamp(), position, count, interval, spread_margin_minutes * 60
    )
    if window is None:
        return AtomicServiceClaim(
            runner_id,
            reasons.SLOT_WINDOW_INVALID,
            cycle_start,
            assigned,
            position,
            count,
            skip_message=(
                f"spread_margin={spread_margin_minutes}m consumes the entire per-runner window"
                f" of interval/{count}"
            ),
        )

    slot_start, slot_end = window
    # Compared with the rounded edge, not with the float behind it: that is what is drawn, too.
    begun = current_time >= slot_start.timestamp()
    run: AtomicServiceRun | None = None
    message = ""
    late: float | None = None
    # The assigned runner's grace refuses everybody, so that its slot stays free for it.
    if in_grace(seat.assigned_creation_time, current_time, membership_stabilization_seconds):
        reason = reasons.SCHEDULED_RUNNER_IN_GRACE
        minutes = membership_stabilization_seconds / 60.0
        message = (
            f"assigned runner {assigned} is still in its {minutes}m membership grace window;"
            " slot held reserved"
        )
    # A lone runner's window is the cycle itself: only rounding could put the time outside of it.
    elif count > 1 and not (begun and current_time < slot_end.timestamp()):
        reason = reasons.NOT_ASSIGNED_SLOT
    else:
        now = datetime.fromtimestamp(current_time, UTC)
        limited = 0 < max_start_slot_fraction < 1
        fraction = consumed_fraction(now, slot_start, slot_end) if limited else 0.0
        # Strictly more: a start at the very limit is in time (`startable_until` counts on it).
        if limited and fraction > max_start_slot_fraction:
            reason = reasons.LATE_START
            late = fraction
            message = (
                f"started_at consumed {fraction:.2%} of slot (max={max_start_slot_fraction:.2%})"
            )
        else:
            reason = reasons.ASSIGNED
            identity = (
                AtomicServiceId(runner_id) if run_id is None else AtomicServiceId(runner_id, run_id)
            )
            run = AtomicServiceRun(identity, cycle_start, slot_start, slot_end, now)
    return AtomicServiceClaim(
        runner_id,
        reason,
        cycle_start,
        assigned,
        position,
        count,
        slot_start,
        slot_end,
        # True in grace, in the margin and when late, too: whose turn it is, not who may start.
        begun and assigned == runner_id,
        run,
        message,
        late,
    )


def decide_atomic_service_claim(
    *,
    runner_id: str,
    active_runners: Sequence[ActiveRunnerInfo],
    current_time: float,
    service_interval_minutes: float,
    spread_margin_minutes: float,
    membership_stabilization_seconds: float,
    max_start_slot_fraction: float,
) -> AtomicServiceClaim:
    """What `runner_id` is told at `current_time` (Unix seconds) among the ordered `active_runners`.

    Errors are those of `decide_seat_claim`.
    """
    seat: Seat | None = None
    if active_runners:
        assigned = active_runners[
            assigned_position(
                current_time=current_time,
                service_interval_minutes=service_interval_minutes,
                runner_count=len(active_runners),
            )
        ]
        position: int | None
        try:
            position = indexOf(map(_id_of, active_runners), runner_id)
        except ValueError:
            position = None
        seat = Seat(
            position=position,
            runner_count=len(active_runners),
            assigned_runner_id=assigned.runner_id,
            assigned_creation_time=assigned.creation_time,
        )
    return decide_seat_claim(
        runner_id=runner_id,
        seat=seat,
        current_time=current_time,
        service_interval_minutes=service_interval_minutes,
        spread_margin_minutes=spread_margin_minutes,
        membership_stabilization_seconds=membership_stabilization_seconds,
        max_start_slot_fraction=max_start_slot_fraction,
    )

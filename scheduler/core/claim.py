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
_fromtimestamp = datetime.fromtimestamp


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


def cycle_start_at(current_time: float, interval_seconds: float) -> datetime:
    """The start of the cycle a decision at `current_time` (Unix seconds) belongs to.

    A whole multiple of the interval since the epoch. ValueError for an interval not above 0.
    """
    if not interval_seconds > 0:
        raise ValueError(f"the service interval must be above 0 s, not {interval_seconds} s")
    return _fromtimestamp((current_time // interval_seconds) * interval_seconds, UTC)


def position_at(seconds_into_cycle: float, interval_seconds: float, runner_count: int) -> int:
    """The position whose turn it is (0-based), its margin included."""
    if runner_count == 1:
        return 0
    turn = int(seconds_into_cycle // (interval_seconds / runner_count))
    if turn < 0:
        # A cycle start rounded up to the next microsecond can lie just after the current time: the
        # turn is then still the last one.
        return turn % runner_count
    return min(turn, runner_count - 1)


def assigned_position(
    *, current_time: float, service_interval_minutes: float, runner_count: int
) -> int:
    """Whose turn it is at `current_time` (Unix seconds) among `runner_count` (at least 1)."""
    if runner_count < 1:
        raise ValueError(f"no position can be assigned among {runner_count} runners")
    interval = service_interval_minutes * 60
    into_cycle = current_time - cycle_start_at(current_time, interval).timestamp()
    return position_at(into_cycle, interval, runner_count)


def slot_window(
    cycle_start: float, position: int, runner_count: int, interval: float, margin: float
) -> tuple[datetime, datetime] | None:
    """The half-open window of a position, all arguments in (Unix) seconds.

    A single runner has the whole cycle, without a margin. None when the margin leaves nothing.
    """
    if runner_count == 1:
        return _fromtimestamp(cycle_start, UTC), _fromtimestamp(cycle_start + interval, UTC)
    slot = interval / runner_count
    length = slot - margin
    if length <= 0:
        return None
    start = cycle_start + position * slot
    return _fromtimestamp(start, UTC), _fromtimestamp(start + length, UTC)


def in_grace(creation_time: datetime, current_time: float, stabilization_seconds: float) -> bool:
    """Whether a runner of that age is still too new for its turn to count."""
    return (
        stabilization_seconds > 0
        and current_time - creation_time.timestamp() < stabilization_seconds
    )


def consumed_fraction(at: datetime, slot_start: datetime, slot_end: datetime) -> float:
    """How much of a window has passed at `at` (0.0 at its start, 1.0 at its end)."""
    seconds = (slot_end - slot_start).total_seconds()
    if seconds <= 0:
        return 0.0
    return (at - slot_start).total_seconds() / seconds


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
    begun = current_time >= slot_start.timestamp()
    run: AtomicServiceRun | None = None
    message = ""
    late: float | None = None
    if in_grace(seat.assigned_creation_time, current_time, membership_stabilization_seconds):
        reason = reasons.SCHEDULED_RUNNER_IN_GRACE
        minutes = membership_stabilization_seconds / 60.0
        message = (
            f"assigned runner {assigned} is still in its {minutes}m membership grace window;"
            " slot held reserved"
        )
    elif count > 1 and not (begun and current_time < slot_end.timestamp()):
        reason = reasons.NOT_ASSIGNED_SLOT
    else:
        now = _fromtimestamp(current_time, UTC)
        limited = 0 < max_start_slot_fraction < 1
        fraction = consumed_fraction(now, slot_start, slot_end) if limited else 0.0
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

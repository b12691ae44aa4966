"""A decision in words: what each of its checks found, with the numbers it used.

Times are given in seconds into the cycle, so that no sentence holds a clock time of some zone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from scheduler.core.explain import CheckName, CheckState, Explanation
from scheduler.core.slots import consumed_fraction
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.words.numbers import count, exact_percent, ordinal, reckoned

type Names = Mapping[str, str]


def check_words(told: Explanation, name: CheckName, names: Names) -> str:
    """What one check found, with runners called by these names, where they have one."""
    if told.checks[name] is CheckState.NOT_REACHED:
        return "Not asked: an earlier check has answered."
    return CHECKS[name](told, names)


def _fleet(told: Explanation, _names: Names) -> str:
    if told.runner_count == 0:
        return "No runner is active."
    verb = "is" if told.runner_count == 1 else "are"
    return f"{count(told.runner_count, 'runner')} {verb} active."


def _membership(told: Explanation, names: Names) -> str:
    runner_id, position = told.claim.runner_id, told.claim.runner_position
    name = names.get(runner_id, runner_id)
    if position is None:
        return f"{name} is not among them, so it has no slot."
    return f"{name} is among them, in slot {ordinal(position):,} of {told.runner_count:,}."


def _window(told: Explanation, _names: Names) -> str:
    interval = reckoned(told.interval)
    if told.runner_count == 1:
        return f"A single runner has the whole cycle of {interval}, without a margin."
    slot, margin = told.interval / told.runner_count, reckoned(told.margin)
    share = f"{interval} / {told.runner_count:,} runners = {reckoned(slot)} a slot"
    if told.claim.reason is Reason.SLOT_WINDOW_INVALID:
        return f"{share}, all of it taken by the margin of {margin}: no slot has a window."
    return f"{share}, less a margin of {margin}: a window of {reckoned(slot - told.margin)}."


def _grace(told: Explanation, names: Names) -> str:
    if told.grace <= 0 or told.seat is None:
        return "New runners have no grace to wait for."
    assigned = told.claim.assigned_runner_id or ""
    age = reckoned(told.current_time - told.seat.assigned_creation_time.timestamp())
    who = f"The assigned runner {names.get(assigned, assigned)} has been known for {age}"
    if told.claim.reason is Reason.SCHEDULED_RUNNER_IN_GRACE:
        return f"{who}, less than its grace of {reckoned(told.grace)}: its slot is kept free."
    return f"{who}, so its grace of {reckoned(told.grace)} is over."


def _turn(told: Explanation, _names: Names) -> str:
    if told.runner_count == 1:
        return "A single runner has its turn all the time."
    start, end = told.window
    where = "outside" if told.claim.reason is Reason.NOT_ASSIGNED_SLOT else "inside"
    return (
        f"The window goes from {_into_cycle(told, start)} to {_into_cycle(told, end)} of the"
        f" cycle, and it is at {_into_cycle(told, told.now)}: {where} it."
    )


def _into_cycle(told: Explanation, at: datetime) -> str:
    return reckoned((at - told.claim.cycle_start).total_seconds())


def _late_start(told: Explanation, _names: Names) -> str:
    if not 0 < told.allowed < 1:
        return "Late starts are not limited."
    start, end = told.window
    passed = reckoned((told.now - start).total_seconds())
    length = reckoned((end - start).total_seconds())
    consumed = exact_percent(consumed_fraction(told.now, start, end))
    how = "more" if told.claim.reason is Reason.LATE_START else "not more"
    return (
        f"{passed} of the window's {length} have passed, {consumed}:"
        f" {how} than the {exact_percent(told.allowed)} allowed."
    )


CHECKS: dict[CheckName, Callable[[Explanation, Names], str]] = {
    CheckName.FLEET: _fleet,
    CheckName.MEMBERSHIP: _membership,
    CheckName.WINDOW: _window,
    CheckName.GRACE: _grace,
    CheckName.TURN: _turn,
    CheckName.LATE_START: _late_start,
}

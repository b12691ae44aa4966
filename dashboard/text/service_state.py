"""How a service stands at one instant: the answer that every page begins with.

The words that count on by themselves (ages, countdowns) are left to the template.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.judging.run_limits import Overdue
from scheduler.core.plan import CyclePlan
from scheduler.core.slots import in_grace


class ServiceState(StrEnum):
    """The worst thing that is true now; in the order of trouble, the worst first.

    Of what nobody watches, nothing else is known.
    """

    UNWATCHED = "unwatched"
    OVERLAP = "overlap"
    SILENT = "silent"
    STUCK = "stuck"
    NO_WINDOW = "no_window"
    NO_RUNNERS = "no_runners"
    GRACE = "grace"
    RUNNING = "running"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWords:
    """``mark`` is a shape of marks.svg and a class of components.css."""

    mark: str
    word: str
    is_trouble: bool


STATE_WORDS: dict[ServiceState, StateWords] = {
    ServiceState.UNWATCHED: StateWords(mark="unknown", word="Not watched", is_trouble=True),
    ServiceState.OVERLAP: StateWords(mark="abandoned", word="Overlap", is_trouble=True),
    ServiceState.SILENT: StateWords(mark="abandoned", word="Silent holder", is_trouble=True),
    ServiceState.STUCK: StateWords(mark="abandoned", word="Stuck run", is_trouble=True),
    ServiceState.NO_WINDOW: StateWords(mark="blocked-no-window", word="Stopped", is_trouble=True),
    ServiceState.NO_RUNNERS: StateWords(mark="waiting", word="No runners", is_trouble=True),
    ServiceState.GRACE: StateWords(mark="blocked-in-grace", word="In grace", is_trouble=False),
    ServiceState.RUNNING: StateWords(mark="running", word="Running", is_trouble=False),
    ServiceState.WAITING: StateWords(mark="waiting", word="Waiting", is_trouble=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the service, by which run. ``is_silent``: its heartbeat has expired; ``overdue``:
    the run has gone on for longer than it may."""

    runner_id: str
    run_id: str
    since: datetime
    is_silent: bool
    overdue: Overdue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTurn:
    """Whose turn comes after the present one, and when."""

    runner_id: str
    at: datetime


def state_of(
    plan: CyclePlan, holders: Sequence[Holder], *, now: datetime, is_watched: bool = True
) -> ServiceState:
    """The worst of what is true at ``now``."""
    owner = plan.owner_at(now)
    grace = plan.policy.membership_stabilization_seconds
    is_new = owner is not None and in_grace(owner.creation_time, now.timestamp(), grace)
    # The first that holds counts. Who runs is told before who could: that nobody is a member, or
    # that the next one is in grace, keeps no run from going on.
    checks = (
        # Nothing that follows may be concluded from time in which nobody looked.
        (ServiceState.UNWATCHED, not is_watched),
        # Of an observed fleet alone: for a coordinated one the database refuses a second run.
        (ServiceState.OVERLAP, len(holders) > 1),
        (ServiceState.SILENT, any(holder.is_silent for holder in holders)),
        (ServiceState.STUCK, is_watched and any(holder.overdue for holder in holders)),
        # All slots are equally long: one without a window is all without.
        (ServiceState.NO_WINDOW, bool(plan.runners) and plan.slot(0) is None),
        (ServiceState.RUNNING, bool(holders)),
        (ServiceState.NO_RUNNERS, owner is None),
        (ServiceState.GRACE, is_new),
    )
    return next((state for state, holds in checks if holds), ServiceState.WAITING)


def next_turn(plan: CyclePlan, now: datetime) -> NextTurn | None:
    """The turn after the present one; None with fewer than two runners or without windows."""
    position = plan.position_at(now)
    # A runner that is alone has the whole cycle: no turn comes after its own.
    if position is None or len(plan.runners) < 2 or plan.slot(0) is None:
        return None
    following = position + 1
    if following < len(plan.runners):
        return NextTurn(runner_id=plan.runners[following].runner_id, at=plan.turn_start(following))
    # After the last comes the first, as long as nobody joins or leaves until then.
    return NextTurn(runner_id=plan.runners[0].runner_id, at=plan.cycle_end)


def grace_end_of_owner(plan: CyclePlan, now: datetime) -> datetime | None:
    """When the grace of the present owner is over; None when it is in none."""
    owner = plan.owner_at(now)
    end = plan.policy.grace_end(owner.creation_time) if owner is not None else None
    return end if end is not None and now < end else None

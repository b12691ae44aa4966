"""How a service stands at one instant: the answer that every page begins with.

The words that count on by themselves (ages, countdowns) are left to the template.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.claim import in_grace
from scheduler.core.judging.run_limits import Overdue
from scheduler.core.plan import CyclePlan


class Standing(StrEnum):
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
class StandingWords:
    """``mark`` is a shape of marks.svg and a class of components.css."""

    mark: str
    word: str
    is_trouble: bool


STANDINGS: dict[Standing, StandingWords] = {
    Standing.UNWATCHED: StandingWords(mark="unknown", word="Not watched", is_trouble=True),
    Standing.OVERLAP: StandingWords(mark="abandoned", word="Overlap", is_trouble=True),
    Standing.SILENT: StandingWords(mark="abandoned", word="Silent holder", is_trouble=True),
    Standing.STUCK: StandingWords(mark="abandoned", word="Stuck run", is_trouble=True),
    Standing.NO_WINDOW: StandingWords(mark="blocked-no-window", word="Stopped", is_trouble=True),
    Standing.NO_RUNNERS: StandingWords(mark="waiting", word="No runners", is_trouble=True),
    Standing.GRACE: StandingWords(mark="blocked-in-grace", word="In grace", is_trouble=False),
    Standing.RUNNING: StandingWords(mark="running", word="Running", is_trouble=False),
    Standing.WAITING: StandingWords(mark="waiting", word="Waiting", is_trouble=False),
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


def standing_of(
    plan: CyclePlan, holders: Sequence[Holder], *, now: datetime, is_watched: bool = True
) -> Standing:
    """The worst of what is true at ``now``."""
    owner = plan.owner_at(now)
    grace = plan.policy.membership_stabilization_seconds
    is_new = owner is not None and in_grace(owner.creation_time, now.timestamp(), grace)
    checks = (
        (Standing.UNWATCHED, not is_watched),
        (Standing.OVERLAP, len(holders) > 1),
        (Standing.SILENT, any(holder.is_silent for holder in holders)),
        (Standing.STUCK, is_watched and any(holder.overdue for holder in holders)),
        (Standing.NO_WINDOW, bool(plan.runners) and plan.slot(0) is None),
        (Standing.RUNNING, bool(holders)),
        (Standing.NO_RUNNERS, owner is None),
        (Standing.GRACE, is_new),
    )
    return next((standing for standing, holds in checks if holds), Standing.WAITING)


def next_turn(plan: CyclePlan, now: datetime) -> NextTurn | None:
    """The turn after the present one; None with fewer than two runners or without windows."""
    position = plan.position_at(now)
    if position is None or len(plan.runners) < 2 or plan.slot(0) is None:
        return None
    following = position + 1
    if following < len(plan.runners):
        return NextTurn(runner_id=plan.runners[following].runner_id, at=plan.turn_start(following))
    return NextTurn(runner_id=plan.runners[0].runner_id, at=plan.cycle_end)


def grace_end_of_owner(plan: CyclePlan, now: datetime) -> datetime | None:
    """When the grace of the present owner is over; None when it is in none."""
    owner = plan.owner_at(now)
    end = plan.policy.grace_end(owner.creation_time) if owner is not None else None
    return end if end is not None and now < end else None


__all__ = [
    "STANDINGS",
    "Holder",
    "NextTurn",
    "Standing",
    "StandingWords",
    "grace_end_of_owner",
    "next_turn",
    "standing_of",
]

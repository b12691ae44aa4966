"""What an incident is, in codes and numbers; `scheduler.words.incidents` has the words for it. When
there is one: the package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.policy import NoWindow
from scheduler.core.rows import RecordedExecution


class IncidentKind(StrEnum):
    """The worst first."""

    OVERLAP = "overlap"
    DEAD_HOLDER = "dead_holder"
    STUCK_RUN = "stuck_run"
    ALL_WINDOWS_INVALID = "all_windows_invalid"
    RUN_OUTSIDE_SLOT = "run_outside_slot"
    MEMBERSHIP_FLAPPING = "membership_flapping"
    UNSERVED_SLOTS = "unserved_slots"
    SLOT_LOST_TO_MARGIN = "slot_lost_to_margin"


class Outside(StrEnum):
    """Why a run began outside of its runner's slot."""

    NO_MEMBER = "no_member"
    NO_WINDOW = "no_window"
    OTHER_TIME = "other_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderFacts:
    """Of a dead holder. `was_heard`: it was given up, though its heartbeats came on time."""

    was_heard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFacts:
    """Of a stuck run: when it passed the limit that is the incident's reason."""

    passed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginFacts:
    """Of slots lost to the margin: for how long the first of them could be started in."""

    startable_seconds: float
    check_interval_seconds: float
    margin_seconds: float


type IncidentFacts = HolderFacts | LimitFacts | NoWindow | MarginFacts

# The kinds that say more than every incident does.
FACTS_OF: dict[IncidentKind, type[IncidentFacts]] = {
    IncidentKind.DEAD_HOLDER: HolderFacts,
    IncidentKind.STUCK_RUN: LimitFacts,
    IncidentKind.ALL_WINDOWS_INVALID: NoWindow,
    IncidentKind.SLOT_LOST_TO_MARGIN: MarginFacts,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing that went wrong in [start, end); it still goes on where `end` is None.

    `began_earlier`: it had begun before `start` already, nobody looked when.
    Where it went on when it was last watched, and is not watched now, `known_until` is that
    instant: what came of it is not known. `seconds` is its length as far as it is known. `count` is
    how many runs, slots, runners without a window or comings and goings it is made of;
    `blocked_attempts` are the starts of this cycle that were refused meanwhile because of it.
    `reason` is that of the dead holder's run, the worst limit that a stuck one passed, or why a run
    was outside of its slot (`Outside`). `unnamed` runners are meant beside `runner_ids`: a summary
    keeps the first of them. `facts` are those of its kind (`FACTS_OF`), unless it was summed up
    before they were kept.
    """

    kind: IncidentKind
    start: datetime
    end: datetime | None
    seconds: float
    runner_ids: tuple[str, ...]
    unnamed: int = 0
    run_ids: tuple[str, ...] = ()
    reason: str = ""
    count: int = 1
    blocked_attempts: int = 0
    facts: IncidentFacts | None = None
    known_until: datetime | None = None
    began_earlier: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it goes on now, as far as anybody knows."""
        return self.end is None and self.known_until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A run that a cycle tells of: as a dead holder's or a stuck one, since when, and why.

    `outlived`: it went on past its cycle or its runner's heartbeat, within what this cycle knows;
    `held_on`: it has not ended, and was known to go on when the cycle ended.
    """

    run: RecordedExecution
    kind: IncidentKind
    start: datetime
    reason: str
    outlived: bool
    held_on: bool
    facts: HolderFacts | LimitFacts


def names_of(runner_ids: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(runner_ids))

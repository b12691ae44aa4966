"""What an incident is, and how its sentences count and list. When there is one: the package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.durations import duration

_NAMED = 3


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing that went wrong in [start, end); it still goes on where `end` is None.

    `began_earlier`: it had begun before `start` already, nobody looked when.
    Where it went on when it was last watched, and is not watched now, `known_until` is that
    instant: what came of it is not known. `seconds` is its length as far as it is known. `count` is
    how many runs, slots, runners without a window or comings and goings it is made of;
    `blocked_attempts` are the starts of this cycle that were refused meanwhile because of it.
    `sentence` tells it in words, with the runners' full ids. It says neither what it cost nor,
    while it goes on, how long: both grow.
    """

    kind: IncidentKind
    start: datetime
    end: datetime | None
    seconds: float
    runner_ids: tuple[str, ...]
    run_ids: tuple[str, ...] = ()
    reason: str = ""
    count: int = 1
    blocked_attempts: int = 0
    sentence: str
    known_until: datetime | None = None
    began_earlier: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it goes on now, as far as anybody knows."""
        return self.end is None and self.known_until is None


def names_of(runner_ids: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(runner_ids))


def listed(names: Sequence[str]) -> str:
    """Up to three names, then how many more."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def slots_of(number: int, names: Sequence[str]) -> str:
    """``2 slots of a and b``: how the sentence of an incident of slots begins."""
    return f"{number:,} {'slot' if number == 1 else 'slots'} of {listed(names)}"


def unserved(number: int, names: Sequence[str]) -> str:
    """The sentence of slots that passed without a start, and nothing explains it."""
    return (
        f"{slots_of(number, names)} passed without a start, and nothing explains it. See whether"
        f" {'its runner checks' if len(names) == 1 else 'their runners check'}."
    )


def overlapped(count: int, names: Sequence[str], seconds: float | None) -> str:
    """The sentence of runs that overlapped for so long; None where they still do."""
    how = "have overlapped" if seconds is None else f"overlapped for {duration(seconds)}"
    return (
        f"{count:,} runs {how}, on {listed(names)}. Runs keep each other out only where a store"
        " refuses the second one."
    )

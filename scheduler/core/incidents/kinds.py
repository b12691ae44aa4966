"""What an incident is, and how its sentences count and list. When there is one: the package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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

    `seconds` is its length so far. `count` is how many runs, slots, runners without a window or
    comings and goings it is made of; `blocked_attempts` are the starts of this cycle that were
    refused meanwhile because of it. `sentence` tells it in words, with the runners' full ids.
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


def blocked_meanwhile(attempts: int, *, is_all: bool) -> str:
    """The end of a sentence: what it cost, as far as this cycle knows (`is_all`: wholly), or
    nothing."""
    if not attempts:
        return ""
    where = "" if is_all else " in this cycle"
    were = "start was" if attempts == 1 else "starts were"
    return f"; {attempts:,} {were} blocked meanwhile{where}"

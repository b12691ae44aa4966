"""What can become of a window, and what is told with it. The rules are in slot_judge.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.instants import MICROSECOND
from scheduler.core.policy import NoWindow
from scheduler.core.timeline import LaneSlot


class Verdict(StrEnum):
    SERVED = "served"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    UNSERVED = "unserved"
    OPEN = "open"
    UPCOMING = "upcoming"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotVerdict:
    """What became of one window, in the part [start, end) for which its plan was in force.

    `slot` is None where its runner's slot has no window. `reason` is that of the refusal or of the
    abandoned run, or a `WindowReason`; "" elsewhere. `recorded`: a stored row says
    so, the one of `run_id` and `execution_id`; where it is derived, they are those of the run that
    held the service or came before. `attempts` are the starts, or the repeats of the refusal in
    the cycle.

    `at` is when the run started, was last refused in the window, or had started before it;
    `ended_at` is the end of the run that started in it, before which `abandoned_before` of its
    starts were given up. `is_over`: its startable part was, when it was judged. `no_window` says
    why there is none.
    """

    runner_id: str
    position: int
    slot: LaneSlot | None
    start: datetime
    end: datetime
    verdict: Verdict
    reason: str = ""
    recorded: bool = False
    run_id: str | None = None
    execution_id: int | None = None
    attempts: int = 0
    at: datetime | None = None
    ended_at: datetime | None = None
    abandoned_before: int = 0
    is_over: bool = True
    no_window: NoWindow | None = None

    @property
    def is_missed(self) -> bool:
        """Unserved, and nothing explains it."""
        return self.verdict is Verdict.UNSERVED and not self.reason


def startable_end(slot: LaneSlot) -> datetime:
    """The end of the startable part [slot.start, …); not after its start where there is none."""
    # `startable_until` is the last good instant; an end is the first that is not.
    return min(slot.end, slot.startable_until + MICROSECOND)

"""What is asked of the history: which rows, in which order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Runner

# What can be asked for at once, so that each value still gets a stretch of an index of its own.
VALUES_AT_MOST = 50
# The origin of what was worked out and not recorded (`DerivedBlock`); no row of `Execution` has it.
DERIVED = "derived"


class Sort(StrEnum):
    """The orders of the history, named as in addresses; a minus is downwards."""

    NEWEST = "-started_at"
    OLDEST = "started_at"
    LONGEST = "-duration_seconds"
    SHORTEST = "duration_seconds"

    @property
    def is_downwards(self) -> bool:
        return self.value.startswith("-")

    @property
    def is_by_duration(self) -> bool:
        return self in (Sort.LONGEST, Sort.SHORTEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which executions are meant. Several values of one field are alternatives; empty is all.

    Those that overlap [`since`, `until`) are in it: what began before, too, and still ran, or was
    tried once more. `began_since` and `began_until` bound the start alone: a cycle's own. Durations
    are in seconds; that of what still runs is its time so far. `run_id` is a whole one, or its
    beginning. `origins` are those of the rows, and DERIVED. `runners` are rows: one that is in
    several services has one in each.
    """

    runners: tuple[Runner, ...] = ()
    statuses: tuple[Status, ...] = ()
    reasons: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    began_since: datetime | None = None
    began_until: datetime | None = None
    min_duration_seconds: float | None = None
    max_duration_seconds: float | None = None
    run_id: str = ""
    acknowledged: bool | None = None

    def __post_init__(self) -> None:
        # Each value is a stretch of an index: twice the same would find its rows twice.
        for name in ("runners", "statuses", "reasons", "origins"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))

    @property
    def is_some_statuses(self) -> bool:
        """Whether not every status is meant."""
        return bool(self.statuses) and len(self.statuses) < len(Status)

    @property
    def has_durations(self) -> bool:
        return self.min_duration_seconds is not None or self.max_duration_seconds is not None

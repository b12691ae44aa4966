"""What is asked of the history: which rows, in which order.

A field of `HistoryFilter` holds what it asks of a row; one that holds nothing can't be asked. What
answers from anything but these conditions, as a range of an index (`streams`) or the summaries of
cycles (`summed`), names the fields that it knows, and leaves a filter with others alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import reaching
from scheduler.history.conditions import asks, asks_alike, begins_with, lasting
from scheduler.models import Runner

# What can be asked for at once, so that each value still gets a range of an index of its own.
VALUES_AT_MOST = 50
# The origin of what was worked out and not recorded (`DerivedBlock`); no row of `Execution` has it.
DERIVED = "derived"
# The fields that bound when a row begins.
TIMES = frozenset(("since", "until", "began_since", "began_until"))


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

    runners: tuple[Runner, ...] = asks_alike(
        (), lambda runners: Q(runner__in=[each.pk for each in runners])
    )
    statuses: tuple[Status, ...] = asks(
        (),
        lambda statuses, _: Q(status__in=[each.value for each in statuses]),
        lambda statuses: Q() if Status.BLOCKED in statuses else None,
    )
    reasons: tuple[str, ...] = asks_alike((), lambda reasons: Q(reason__in=reasons))
    origins: tuple[str, ...] = asks(
        (),
        lambda origins, _: Q(origin__in=origins),
        lambda origins: Q() if DERIVED in origins else None,
    )
    # A derived block belongs where it began.
    since: datetime | None = asks(
        None, lambda at, _: Q(started_at__gte=at) | reaching(at), lambda at: Q(started_at__gte=at)
    )
    until: datetime | None = asks_alike(None, lambda at: Q(started_at__lt=at))
    began_since: datetime | None = asks_alike(None, lambda at: Q(started_at__gte=at))
    began_until: datetime | None = asks_alike(None, lambda at: Q(started_at__lt=at))
    min_duration_seconds: float | None = asks(None, lasting("gte", "lte"))
    max_duration_seconds: float | None = asks(None, lasting("lte", "gte"))
    run_id: str = asks("", lambda run_id, _: begins_with(run_id))
    acknowledged: bool | None = asks(
        None,
        lambda is_seen, _: Q(status=Status.BLOCKED.value, acknowledgement__isnull=not is_seen),
        lambda is_seen: Q(acknowledgement__isnull=not is_seen),
    )

    def __post_init__(self) -> None:
        # Each value is a range of an index: twice the same would find its rows twice.
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, tuple):
                object.__setattr__(self, each.name, tuple(dict.fromkeys(value)))
        # All of them leave nothing out: the walk by start is one stream, by status one each.
        if len(self.statuses) == len(Status):
            object.__setattr__(self, "statuses", ())

    @property
    def set_fields(self) -> frozenset[str]:
        """The fields that leave anything out."""
        return frozenset(
            each.name for each in fields(self) if getattr(self, each.name) != each.default
        )

    @property
    def has_durations(self) -> bool:
        return self.min_duration_seconds is not None or self.max_duration_seconds is not None

    def of_execution(self, as_of: datetime, *, without: frozenset[str] = frozenset()) -> Q:
        """What is asked of an execution, but by the fields named in ``without``.

        Args:
            as_of: until when the durations of what still runs are counted.
        """
        condition = Q()
        for value, ask in self._asking(without):
            condition &= ask["of_execution"](value, as_of)
        return condition

    def of_derived(self, *, without: frozenset[str] = frozenset()) -> Q | None:
        """The same of a derived block; None where none is meant."""
        condition = Q()
        for value, ask in self._asking(without):
            more = ask["of_derived"](value)
            if more is None:
                return None
            condition &= more
        return condition

    def _asking(self, without: frozenset[str]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        asked = self.set_fields - without
        for each in fields(self):
            if each.name in asked:
                yield getattr(self, each.name), each.metadata

"""A round of the upkeep: every duty in turn, each batch by batch, as long as there is time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.db import clock
from scheduler.db.connections import database_expected
from scheduler.upkeep.cycles import Cycles
from scheduler.upkeep.deleted import DeletedServices
from scheduler.upkeep.holders import DeadHolders
from scheduler.upkeep.old_rows import OldRows
from scheduler.upkeep.troubles import Troubles
from scheduler.words.numbers import count

# After so long a duty with a long backlog lets the others have their turn, until the next round.
DUTY_SECONDS = 2.0


class _Batches(Protocol):
    def batches(self, now: datetime) -> Iterator[int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One kind of upkeep.

    ``batches(now)`` does what is due and yields after each small batch how many rows that was; it
    ends when nothing more is due. Between two batches it may be left for good: what is left is due
    again. ``one`` and ``many`` say what a row is: ``cycle summed up``.
    """

    name: str
    batches: Callable[[datetime], Iterator[int]]
    one: str
    many: str

    def words(self, rows: int) -> str:
        return count(rows, self.one, self.many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did: rows by the duty's name. ``is_done``: nothing more is due now, but what
    is in trouble and has to wait."""

    at: datetime
    rows: dict[str, int]
    is_done: bool


# In the order in which one needs what another has done: see `Upkeep`.
_DUTIES: tuple[tuple[str, Callable[[Troubles], _Batches], str, str], ...] = (
    ("dead_holders", DeadHolders, "dead holder ended", "dead holders ended"),
    ("summaries", Cycles, "cycle summed up", "cycles summed up"),
    ("old_rows", OldRows, "old row deleted", "old rows deleted"),
    (
        "deleted_services",
        DeletedServices,
        "row of a deleted service removed",
        "rows of deleted services removed",
    ),
)


class Upkeep:
    """The duties, in order: an ended holder is in the summary of its cycle then, and what is
    pruned was summed up before."""

    def __init__(
        self, *, say: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self.troubles = Troubles(say=say, monotonic=monotonic)
        self.duties = tuple(
            Duty(name=name, batches=duty(self.troubles).batches, one=one, many=many)
            for name, duty, one, many in _DUTIES
        )

    def work(self, may_go_on: Callable[[], bool] = lambda: True) -> Round:
        """Do what is due, until ``may_go_on`` (asked between two batches) says no.

        Raises:
            Unavailable: the database did not answer; nothing is lost, work again.
        """
        with database_expected():
            now = clock.now()
            rows, is_done = {}, True
            for duty in self.duties:
                rows[duty.name], is_all = self._do(duty, now, may_go_on)
                is_done = is_done and is_all
        return Round(at=now, rows=rows, is_done=is_done)

    def words(self, rows: dict[str, int]) -> str:
        """``3 cycles summed up, 1 dead holder ended``; nothing where nothing was done."""
        return ", ".join(duty.words(rows[duty.name]) for duty in self.duties if rows.get(duty.name))

    def _do(self, duty: Duty, now: datetime, may_go_on: Callable[[], bool]) -> tuple[int, bool]:
        """How many rows, and whether that was all."""
        name = f"The duty {duty.name}"
        if self.troubles.is_resting(name):
            # What has to wait must not keep `worker --once` from ending.
            return 0, True
        rows, batches = 0, duty.batches(now)
        until = self._monotonic() + DUTY_SECONDS
        while may_go_on():
            written = None
            with self.troubles.contained(name):
                written = next(batches, None)
            # Nothing more is due, or it failed: either way it is over for this round.
            if written is None:
                return rows, True
            rows += written
            if self._monotonic() >= until:
                break
        return rows, False

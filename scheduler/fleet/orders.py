"""The orders that a fleet is listed in, and places in them: where a page goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from scheduler.errors import Invalid
from scheduler.fleet.members import Member
from scheduler.fleet.slot_records import SlotRecord
from scheduler.fleet.snapshot import FleetSnapshot
from scheduler.fleet.states import RunnerState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SEPARATOR = "~"
# What is not known of a runner comes after what is, whichever way the known ones are sorted.
_FIRST, _LAST = 0, 1


class FleetOrder(StrEnum):
    """By what a fleet is sorted; what needs somebody to look is first.

    ``seat``: holders that are not heard, then the seats in order, who has none, the gone.
    ``state``: the worst first. ``silence``: the oldest heartbeat of who is not gone. ``served``:
    the smallest part of slots served. ``lost``: the most starts that were blocked while it held the
    service. ``clock``: the furthest off.
    """

    SEAT = "seat"
    STATE = "state"
    SILENCE = "silence"
    SERVED = "served"
    LOST = "lost"
    CLOCK = "clock"


class WrongPlace(Invalid):
    """No place in a list of runners; the message says so."""


class FleetPlace(NamedTuple):
    """Where a runner is in an order: it is before all that compare greater.

    Kept as values, and not as a number of rows: whoever comes or goes meanwhile, the next page
    begins behind the last runner that was seen.
    """

    group: int
    value: int
    runner_id: str

    def __str__(self) -> str:
        return _SEPARATOR.join(map(str, self))

    @classmethod
    def read(cls, text: str) -> Self:
        """A place as its text.

        Raises:
            WrongPlace: it is none.
        """
        # An id may have the separator in it, so it comes last.
        group, _, rest = text.partition(_SEPARATOR)
        value, _, runner_id = rest.partition(_SEPARATOR)
        try:
            return cls(int(group), int(value), runner_id)
        except ValueError:
            message = "This address of a page of runners was cut off or changed"
            raise WrongPlace(f"{message}: begin with the first page.") from None


# Of runners in the same state, who was there first is first.
_STATE_RANKS = {
    state: rank
    for rank, state in enumerate(
        (
            *(RunnerState.SILENT, RunnerState.UNKNOWN, RunnerState.IN_GRACE),
            *(RunnerState.INELIGIBLE, RunnerState.LIVE, RunnerState.GONE),
        )
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What runners are put in order by.

    Rows are made of a page's runners alone: these values cost a fraction of a row.
    """

    snapshot: FleetSnapshot
    states: Mapping[int, RunnerState]
    records: Mapping[int, SlotRecord]
    lost: Mapping[str, int]

    def place(self, member: Member, order: FleetOrder) -> FleetPlace:
        """The runner's place; its id makes it a place of its own."""
        return FleetPlace(*_VALUES[order](self, member), member.runner_id)

    def by_seat(self, member: Member) -> tuple[int, int]:
        position = self.snapshot.position(member)
        if position is not None:
            return 1, position
        is_gone = self.states[member.key] is RunnerState.GONE
        holding = self.snapshot.holdings.get(member.key)
        if holding is not None and not self.snapshot.is_alive(member):
            return 0, _us(holding.since)
        # The latest to go is the one that somebody may be looking for.
        return (3, -_us(member.expires_at)) if is_gone else (2, _us(member.first_seen_at))

    def by_state(self, member: Member) -> tuple[int, int]:
        return _STATE_RANKS[self.states[member.key]], _us(member.first_seen_at)

    def by_silence(self, member: Member) -> tuple[int, int]:
        heard = _us(member.last_heartbeat_at)
        return (_LAST, -heard) if self.states[member.key] is RunnerState.GONE else (_FIRST, heard)

    def by_served(self, member: Member) -> tuple[int, int]:
        record = self.records.get(member.key)
        share = record.share_served if record else None
        return (_LAST, 0) if share is None else (_FIRST, round(share * 1e6))

    def by_lost(self, member: Member) -> tuple[int, int]:
        return _FIRST, -self.lost.get(member.runner_id, 0)

    def by_clock(self, member: Member) -> tuple[int, int]:
        clock = member.clock
        return (_LAST, 0) if clock is None else (_FIRST, -round(abs(clock.offset_seconds) * 1e6))


_VALUES: dict[FleetOrder, Callable[[Ranking, Member], tuple[int, int]]] = {
    FleetOrder.SEAT: Ranking.by_seat,
    FleetOrder.STATE: Ranking.by_state,
    FleetOrder.SILENCE: Ranking.by_silence,
    FleetOrder.SERVED: Ranking.by_served,
    FleetOrder.LOST: Ranking.by_lost,
    FleetOrder.CLOCK: Ranking.by_clock,
}


def _us(at: datetime | None) -> int:
    return 0 if at is None else (at - _EPOCH) // _MICROSECOND

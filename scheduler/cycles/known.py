"""Cycles as this process knows them: read and reconstructed once for everybody who looks."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.reconstruction import carried_on, rows_change_at
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.loading import load_cycle
from scheduler.db.answers import Answers
from scheduler.models import Service

# Lanes and attempts of all cycles together: about 2 kB each.
ROWS_KEPT = 50_000

type CycleState = tuple[int, int, datetime | None, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    timeline: CycleTimeline
    until: datetime | None

    def is_good(self, now: datetime) -> bool:
        # A clock that jumped back stands before what was read.
        return self.timeline.now <= now and (self.until is None or now < self.until)

    @property
    def rows(self) -> int:
        return len(self.timeline.lanes) + len(self.timeline.executions)


_KNOWN: Answers[_Known] = Answers(ROWS_KEPT, weigh=lambda known: known.rows)


def state_of_cycle(service: Service, cycle_start: datetime) -> CycleState:
    """What a cycle is read from, as far as the service's row tells: it is as fresh as that row.

    A beat that only prolongs is in none of it; what it prolongs is asked for when it would end.
    """
    return service.pk, service.revision, service.pruned_until, cycle_start


def known_cycle(service: Service, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
    """`load_cycle`, from memory where nothing has changed since somebody asked.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    known = _KNOWN.get(
        state_of_cycle(service, cycle_start),
        lambda: _read(service, cycle_start, now),
        is_good=lambda each: each.is_good(now),
    )
    return known.timeline if known.timeline.now == now else carried_on(known.timeline, now)


def _read(service: Service, cycle_start: datetime, now: datetime) -> _Known:
    timeline = load_cycle(service, cycle_start, now=now)
    return _Known(timeline=timeline, until=rows_change_at(timeline))

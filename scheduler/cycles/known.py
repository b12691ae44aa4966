"""Cycles as this process knows them: read and reconstructed once for everybody who looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.core.reconstruction import carried_on, rows_change_at
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.loading import load_cycle
from scheduler.db.answers import Answers
from scheduler.models import Service

# Lanes and attempts of all cycles together, each about 1 kB.
ROWS_KEPT = 50_000
JUST_BEFORE = timedelta(seconds=1)


def was_just_read(read_at: datetime, now: datetime) -> bool:
    """Whether an answer as of ``read_at`` is one for somebody who came at ``now``: he may have come
    just before the one who read it. A clock that jumped back stands further before it."""
    return read_at - JUST_BEFORE <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    timeline: CycleTimeline
    until: datetime | None

    def is_good(self, now: datetime) -> bool:
        read_at, end = self.timeline.now, self.timeline.cycle_end
        # As of its end, a cycle is over: no answer for who came while it went on.
        is_same = (now < end) == (read_at < end)
        return is_same and was_just_read(read_at, now) and (self.until is None or now < self.until)

    @property
    def rows(self) -> int:
        return len(self.timeline.lanes) + len(self.timeline.executions)


_KNOWN: Answers[_Known] = Answers(ROWS_KEPT, weigh=lambda known: known.rows)


def known_cycle(service: Service, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
    """`load_cycle`, from memory where nothing has changed since somebody asked; as of when it was
    read, for who came just before.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    # As far as the service's row tells what a cycle is read from. A beat that only prolongs is in
    # none of it; what it prolongs is asked for when it would end.
    known = _KNOWN.get(
        (service.pk, service.revision, service.pruned_until, cycle_start),
        lambda: _read(service, cycle_start, now),
        is_good=lambda each: each.is_good(now),
    )
    return known.timeline if known.timeline.now >= now else carried_on(known.timeline, now)


def _read(service: Service, cycle_start: datetime, now: datetime) -> _Known:
    timeline = load_cycle(service, cycle_start, now=now)
    return _Known(timeline=timeline, until=rows_change_at(timeline))

"""What an address asks of the blocked audit: that of the history, of blocks alone; and the
addresses that narrow it.

Where it says nothing of the time, the last 24 hours are meant (default_range.py): they are then in
every address that leads on from there.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.http import QueryDict

from dashboard.history.default_range import ALL_TIME, with_default_range
from dashboard.history.filter_bar import PRESETS, Preset
from dashboard.history.query import (
    ACKNOWLEDGED,
    CYCLE,
    FILTERS,
    FROM,
    LIMIT,
    MAX_DURATION,
    MIN_DURATION,
    ORIGINS,
    SORT,
    STATUS,
    TO,
    ZONE,
    Answer,
    HistoryQuery,
    history_query,
    written,
)
from dashboard.web.addresses import cycle_address
from dashboard.web.choices import WrongChoice
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import Sort
from scheduler.models import Service

# That of an address which is to be shared.
_ORDER = (*FILTERS, SORT, LIMIT, ZONE)
# What a range that ends now is called, by its start.
LASTS = {start: word for word, start in PRESETS}


def blocked_query(
    query: QueryDict, service: Service, *, now: datetime, zone: tzinfo
) -> HistoryQuery:
    """What an address asks of the blocks of a service.

    Raises:
        WrongChoice: as `history_query`; or a status, or an order by what blocks don't have.
    """
    given = query.copy()
    for status in filter(None, map(str.strip, given.pop(STATUS, []))):
        if status != Status.BLOCKED:
            raise WrongChoice(
                f"{STATUS}={status} finds no blocks",
                f"Leave {STATUS} out: everything here was blocked.",
                STATUS,
            )
    for name in (MIN_DURATION, MAX_DURATION):
        if _is_given(given, name):
            raise WrongChoice(f"{name} finds no blocks: they never ran", f"Leave {name} out.", name)
    read = history_query(with_default_range(given), (service,), now=now, zone=zone, origins=ORIGINS)
    if read.sort.is_by_duration:
        raise WrongChoice(
            f"{SORT}={read.sort} is not an order of blocks: they never ran",
            f"Write {SORT}={Sort.NEWEST} or {SORT}={Sort.OLDEST}.",
            SORT,
        )
    return read


def _is_given(query: QueryDict, name: str) -> bool:
    return any(map(str.strip, query.getlist(name)))


def narrowed(query: HistoryQuery, **changes: Sequence[str]) -> str:
    """The first page of the same, with other values of these parameters; none leaves one out."""
    said = [pair for pair in query.given if pair[0] not in changes]
    said += [(name, value) for name, values in changes.items() for value in values]
    return written(sorted(said, key=lambda pair: _ORDER.index(pair[0])))


def within(query: HistoryQuery, start: datetime, end: datetime) -> dict[str, Sequence[str]]:
    """The changes that leave only what is in [start, end), too."""
    asked = query.asked
    since = max(start, asked.since) if asked.since else start
    until = min(end, asked.until) if asked.until else end
    return {FROM: (cycle_address(since),), TO: (cycle_address(until),)}


def range_links(query: HistoryQuery) -> tuple[Preset, ...]:
    """The ranges to choose from."""
    since, until, cycle = (query.value(name) for name in (FROM, TO, CYCLE))
    lasts = [
        Preset(
            word=word,
            href=narrowed(query, **{FROM: (start,), TO: (), CYCLE: ()}),
            is_current=(since, until, cycle) == (start, "", ""),
        )
        for word, start in PRESETS
    ]
    everything = Preset(
        word="All",
        href=narrowed(query, **{FROM: (), TO: (ALL_TIME,), CYCLE: ()}),
        is_current=(since, until, cycle) == ("", ALL_TIME, ""),
    )
    return (*lasts, everything)


def acknowledged_links(query: HistoryQuery) -> tuple[Preset, ...]:
    """All blocks, those that nobody has seen to, those that somebody has."""
    present = query.value(ACKNOWLEDGED)
    return tuple(
        Preset(
            word=word,
            href=narrowed(query, **{ACKNOWLEDGED: (value,) if value else ()}),
            is_current=present == value,
        )
        for word, value in (
            ("All", ""),
            ("Not acknowledged", Answer.NO.value),
            ("Acknowledged", Answer.YES.value),
        )
    )

"""What an address asks of the blocked audit: that of the history, of blocks alone; and the
addresses that narrow it.

Where it says nothing of the time, the last 24 hours are meant (default_range.py): they are then in
every address that leads on from there.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.http import QueryDict

from dashboard.history.default_range import PRESETS, with_default_range
from dashboard.history.filter_kinds import Values
from dashboard.history.filters import ACKNOWLEDGED, FILTERS, FROM, ORIGINS, STATUS, TO
from dashboard.history.lists import ListKind
from dashboard.history.query import SORT, HistoryQuery, history_query
from dashboard.web.addresses import cycle_address
from dashboard.web.choices import WrongChoice
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import Sort
from scheduler.models import Service

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
    # An address of the history may say it; here it goes without saying, and is left out of links.
    for status in filter(None, map(str.strip, given.pop(STATUS, []))):
        if status != Status.BLOCKED:
            raise WrongChoice(
                f"{STATUS}={status} finds no blocks",
                f"Leave {STATUS} out: everything here was blocked.",
                STATUS,
            )
    for name in (each.name for each in FILTERS if each.is_of_runs):
        if any(map(str.strip, given.getlist(name))):
            raise WrongChoice(f"{name} finds no blocks: they never ran", f"Leave {name} out.", name)
    read = history_query(with_default_range(given), (service,), now=now, zone=zone, origins=ORIGINS)
    if read.sort.is_by_duration:
        raise WrongChoice(
            f"{SORT}={read.sort} is not an order of blocks: they never ran",
            f"Write {SORT}={Sort.NEWEST} or {SORT}={Sort.OLDEST}.",
            SORT,
        )
    return read


def _read(
    given: QueryDict, services: Sequence[Service], now: datetime, zone: tzinfo
) -> HistoryQuery:
    # Every address of the audit names a service.
    (service,) = services
    return blocked_query(given, service, now=now, zone=zone)


BLOCKED = ListKind(
    name="blocked",
    title="Blocked",
    read=_read,
    origins=ORIGINS,
    is_of_blocks=True,
    # What is acknowledged is said by links.
    linked=(ACKNOWLEDGED,),
)


def within(query: HistoryQuery, start: datetime, end: datetime) -> dict[str, Values]:
    """The changes that leave only what is in [start, end), too."""
    asked = query.asked
    # A streak is of whole cycles and may reach beyond what is asked for: its link narrows that,
    # and never widens it.
    since = max(start, asked.since) if asked.since else start
    until = min(end, asked.until) if asked.until else end
    return {FROM: (cycle_address(since),), TO: (cycle_address(until),)}

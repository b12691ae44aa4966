"""The time that a list of executions or blocks shows where its address names none: the last day.

One default for the history, the blocked audit and the exports of both: what is exported is what the
page shows. All of time is asked for by its end: ``to=now``.
"""

from dataclasses import replace

from django.http import QueryDict

from dashboard.history.filters import CYCLE, FROM, TO
from dashboard.history.query import HistoryQuery

DEFAULT_FROM = "now-24h"
# Everything up to now: an address without any time would mean the last day.
ALL_TIME = "now"
TIMES = (FROM, TO, CYCLE)
# The ranges that are one click away: their word and start; each ends now.
PRESETS = (
    ("1 h", "now-1h"),
    ("6 h", "now-6h"),
    ("24 h", "now-24h"),
    ("7 d", "now-7d"),
    ("30 d", "now-30d"),
)


def names_time(query: QueryDict) -> bool:
    """Whether an address says which time is meant."""
    return any(any(map(str.strip, query.getlist(name))) for name in TIMES)


def with_default_range(query: QueryDict) -> QueryDict:
    """The same address, with the last 24 hours where it names no time."""
    if names_time(query):
        return query
    ranged = query.copy()
    ranged[FROM] = DEFAULT_FROM
    return ranged


def without_default(query: HistoryQuery, given: QueryDict) -> HistoryQuery:
    """The same, with addresses that do not name the default either: it is theirs anyhow."""
    if names_time(given):
        return query
    return replace(query, given=tuple(pair for pair in query.given if pair[0] != FROM))

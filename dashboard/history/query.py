"""What an address asks of the history: filters, order and page; and the addresses beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.history.filter_kinds import Address, Told, Values
from dashboard.history.filters import FILTERS, RANGES, RUNNER
from dashboard.web.choices import (
    WrongChoice,
    given_number,
    given_once,
    given_text,
    given_values,
    known_value,
)
from scheduler.history.filters import VALUES_AT_MOST, HistoryFilter, Sort
from scheduler.history.orders import Cursor, WrongCursor, cursor_from
from scheduler.models import Service

SORT = "sort"
LIMIT = "limit"
CURSOR = "cursor"
ZONE = "tz"
# How it is shown, and no part of the filter: clearing that leaves them.
_OF_PAGE = (SORT, LIMIT, ZONE)
_ORDER = {name: place for place, name in enumerate((*(each.name for each in FILTERS), *_OF_PAGE))}

NO_CHANGES: Mapping[str, Values] = {}
ROWS_SHOWN = 50
# The most that ?limit= can ask for, and what a live page can grow to (views.tail).
MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """``given`` are the parameters but the page's cursor: without empty ones, times in UTC."""

    asked: HistoryFilter
    sort: Sort
    limit: int
    cursor: Cursor | None
    given: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """The query of the page's own address, as it is to be shared."""
        return self.query(cursor=self.cursor)

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for each, value in self.given if each == name)

    def value(self, name: str) -> str:
        """The only value of a parameter, or nothing."""
        return next(iter(self.values(name)), "")

    def query(
        self, changes: Mapping[str, Values] = NO_CHANGES, *, cursor: Cursor | None = None
    ) -> str:
        """``?status=blocked&…``: the same with other values of these parameters; none leaves one
        out. They are in one order, so that what is asked for has one address."""
        said = [pair for pair in self.given if pair[0] not in changes]
        said += [(name, value) for name, values in changes.items() for value in values]
        said.sort(key=lambda pair: _ORDER[pair[0]])
        return written(said + ([(CURSOR, str(cursor))] if cursor else []))

    def without(self, name: str, value: str) -> str:
        """The address without one value of the filter."""
        # Another filter begins with its first page: no cursor goes along, here and below.
        return written(pair for pair in self.given if pair != (name, value))

    def with_runner(self, runner_id: str) -> str:
        """The address with one more runner."""
        # In front, where runners stand in the one order of parameters.
        return written([(RUNNER, runner_id), *(p for p in self.given if p != (RUNNER, runner_id))])

    def unfiltered(self) -> str:
        return written(pair for pair in self.given if pair[0] in _OF_PAGE)


def shown_until(query: HistoryQuery, now: datetime) -> datetime:
    """The end of the time that is asked for, as far as it is past: whose offset a page names."""
    asked = query.asked
    return min(now, asked.began_until or asked.until or now)


def written(pairs: Iterable[tuple[str, str]]) -> str:
    # Instants are to be read in an address: 14:05, and not 14%3A05.
    said = urlencode(list(pairs), safe=":")
    return f"?{said}" if said else ""


def as_written(query: QueryDict) -> str:
    """An address as it came, written as ours are: the same where it is one of ours.

    (Django's own writes a space in another way, where it leaves a colon as it is.)
    """
    return written((name, value) for name, values in query.lists() for value in values)


def history_query(
    query: QueryDict,
    services: Sequence[Service],
    *,
    now: datetime,
    zone: tzinfo,
    origins: Values,
) -> HistoryQuery:
    """What an address asks of the history of these services.

    Args:
        zone: that of times without one of their own.
        origins: those that can be asked for.

    Raises:
        WrongChoice: a value is none that could be asked for; says which, and what would be right.
    """
    address = Address(query=query, services=services, origins=origins, now=now, zone=zone)
    told = {each.name: each.read(address) for each in FILTERS}
    for first, last in RANGES:
        _check_order(told, first, last)
    asked: dict[str, Any] = {}
    for each in told.values():
        asked |= each.fields
    sort = _sort(query)
    said = {name: each.values for name, each in told.items()}
    said |= {name: given_values(query, name, at_most=VALUES_AT_MOST) for name in _OF_PAGE}
    return HistoryQuery(
        asked=HistoryFilter(**asked),
        sort=sort,
        limit=given_number(query, LIMIT, at_most=MOST_ROWS, default=ROWS_SHOWN),
        cursor=_cursor(query, sort),
        given=tuple((name, value) for name, values in said.items() for value in values),
    )


def _check_order(told: Mapping[str, Told], first: str, last: str) -> None:
    # Each of the two bounds one field: lists of one value, or of none where it is not given.
    start, end = (list(told[name].fields.values()) for name in (first, last))
    if start and end and start > end:
        raise WrongChoice(
            f"{first} is after {last}",
            f"Exchange them, or leave one out: nothing is from {first} to {last}.",
            *(first, last),
            beside="The first is after the last. Exchange them, or leave one out.",
        )


def _sort(query: QueryDict) -> Sort:
    value = given_text(query, SORT)
    return Sort(known_value(value, SORT, tuple(Sort))) if value else Sort.NEWEST


def _cursor(query: QueryDict, sort: Sort) -> Cursor | None:
    value = given_once(query, CURSOR)
    if not value:
        return None
    try:
        return cursor_from(value, sort)
    except WrongCursor as wrong:
        raise WrongChoice(
            f"This {CURSOR} leads nowhere",
            f"{wrong} Leave {CURSOR} out for the first page, and go on from there.",
            CURSOR,
        ) from wrong

"""What an address asks of the history: its filter, its order, its page; and addresses beside it.

Names and values are those of the exports and of the API. An empty value is as none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import chain
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.text.typed_times import FORMS, WrongTime, typed_time
from dashboard.web.addresses import cycle_address
from dashboard.web.choices import WrongChoice, given_once
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import cycle_span_at, cycle_start_at
from scheduler.door import can_be_looked_up
from scheduler.history.conditions import is_any_called
from scheduler.history.filters import DERIVED, VALUES_AT_MOST, HistoryFilter, Sort
from scheduler.history.orders import Cursor, WrongCursor, cursor_from
from scheduler.intake.runner_rows import runners_called
from scheduler.models import Origin, Runner, Service
from scheduler.words.characters import beginning

RUNNER = "runner_id"
STATUS = "status"
REASON = "reason"
ORIGIN = "origin"
CYCLE = "cycle_start"
FROM = "from"
TO = "to"
MIN_DURATION = "min_duration_seconds"
MAX_DURATION = "max_duration_seconds"
RUN = "run_id"
ACKNOWLEDGED = "acknowledged"
SORT = "sort"
LIMIT = "limit"
CURSOR = "cursor"
ZONE = "tz"
# What fleets tell: white space at its edges belongs to it, where rows of before have some.
TOLD = (RUNNER, REASON, RUN)
# The parameters of a filter, in the order in which they are told.
FILTERS = (
    *(RUNNER, STATUS, REASON, ORIGIN, FROM, TO, CYCLE),
    *(MIN_DURATION, MAX_DURATION, RUN, ACKNOWLEDGED),
)
# The origins that can be asked for: of executions, and of blocks.
RECORDED = tuple(origin.value for origin in Origin)
ORIGINS = (*RECORDED, DERIVED)

NO_CHANGES: Mapping[str, str | None] = {}
ROWS_SHOWN = 50
MOST_ROWS = 500
TEXT_LENGTH = 200
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


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
        self, changes: Mapping[str, str | None] = NO_CHANGES, *, cursor: Cursor | None = None
    ) -> str:
        """``?status=blocked&…``: the same but for the changes; None leaves a parameter out."""
        said = [pair for pair in self.given if pair[0] not in changes]
        said += [(name, value) for name, value in changes.items() if value is not None]
        return written(said + ([(CURSOR, str(cursor))] if cursor else []))

    def without(self, name: str, value: str) -> str:
        """The address without one value of the filter."""
        return written(pair for pair in self.given if pair != (name, value))

    def with_runner(self, runner_id: str) -> str:
        """The address with one more runner."""
        return written([(RUNNER, runner_id), *(p for p in self.given if p != (RUNNER, runner_id))])

    def unfiltered(self) -> str:
        return written(pair for pair in self.given if pair[0] not in FILTERS)


def shown_until(query: HistoryQuery, now: datetime) -> datetime:
    """The end of the time that is asked for, as far as it is past: whose offset a page names."""
    asked = query.asked
    return min(now, asked.began_until or asked.until or now)


def written(pairs: Iterable[tuple[str, str]]) -> str:
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
    origins: Sequence[str],
) -> HistoryQuery:
    """What an address asks of the history of these services.

    Args:
        zone: that of times without one of their own.
        origins: those that can be asked for.

    Raises:
        WrongChoice: a value is none that could be asked for; says which, and what would be right.
    """
    began_since, began_until = _cycle(query, services, zone, now)
    runners, run_id = _runners(query, services), _run_id(query, services)
    asked = HistoryFilter(
        runners=runners,
        statuses=tuple(map(Status, _known(query, STATUS, [each.value for each in Status]))),
        reasons=_told_or_typed(_texts(query, REASON)),
        origins=_known(query, ORIGIN, origins),
        since=_instant(query, FROM, zone, now),
        until=_instant(query, TO, zone, now),
        began_since=began_since,
        began_until=began_until,
        min_duration_seconds=_seconds(query, MIN_DURATION),
        max_duration_seconds=_seconds(query, MAX_DURATION),
        run_id=run_id,
        acknowledged=_answer(query, ACKNOWLEDGED),
    )
    _check_order(asked.since, asked.until, FROM, TO)
    _check_order(asked.min_duration_seconds, asked.max_duration_seconds, MIN_DURATION, MAX_DURATION)
    said = {
        RUNNER: tuple(dict.fromkeys(runner.runner_id for runner in runners)),
        RUN: (run_id,) if run_id else (),
    }
    sort = Sort(_once_known(query, SORT, [each.value for each in Sort]) or Sort.NEWEST)
    return HistoryQuery(
        asked=asked,
        sort=sort,
        limit=_limit(query),
        cursor=_cursor(query, sort),
        given=tuple(
            (name, _canonical(name, value, zone, now))
            for name in (*FILTERS, SORT, LIMIT, ZONE)
            for value in said.get(name, _given(query, name))
        ),
    )


def _canonical(name: str, value: str, zone: tzinfo, now: datetime) -> str:
    """The value as it means the same to everybody: an instant in UTC, unless it moves along."""
    if name not in (FROM, TO, CYCLE) or value.lower().startswith("now"):
        return value
    return cycle_address(typed_time(value, now=now, zone=zone))


def _given(query: QueryDict, name: str) -> tuple[str, ...]:
    given = query.getlist(name)
    values = tuple(dict.fromkeys(filter(None, given if name in TOLD else map(str.strip, given))))
    if len(values) > VALUES_AT_MOST:
        raise WrongChoice(
            f"{len(values):,} values of {name} are too many",
            f"Give {name} at most {VALUES_AT_MOST} times.",
            name,
        )
    return values


def _texts(query: QueryDict, name: str) -> tuple[str, ...]:
    values = _given(query, name)
    for value in values:
        _check_text(name, value)
    return values


def _told_or_typed(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values as they are, and without the white space that may have been typed around them."""
    return tuple(filter(None, dict.fromkeys((*values, *map(str.strip, values)))))


def _run_id(query: QueryDict, services: Sequence[Service]) -> str:
    """The run id, or its beginning: with the white space at its edges where a run has that."""
    value = given_once(query, RUN) or ""
    _check_text(RUN, value)
    typed = value.strip()
    return value if value != typed and is_any_called(services, value) else typed


def _check_text(name: str, value: str) -> None:
    if len(value) > TEXT_LENGTH or not can_be_looked_up(value):
        raise WrongChoice(
            f"{name}={value[:50]!a}… can't be one",
            f"Write at most {TEXT_LENGTH} characters, and no NUL.",
            name,
            beside=f"This has {len(value):,} characters or a NUL: write at most {TEXT_LENGTH}.",
        )


def _known(query: QueryDict, name: str, known: Sequence[str]) -> tuple[str, ...]:
    values = _given(query, name)
    for value in values:
        if value not in known:
            raise WrongChoice(
                f"{name}={value} is not known",
                f"Write {_or(f'{name}={each}' for each in known)}.",
                name,
            )
    return values


def _once_known(query: QueryDict, name: str, known: Sequence[str]) -> str | None:
    given_once(query, name)
    return next(iter(_known(query, name, known)), None)


def _or(said: Iterable[str]) -> str:
    *most, last = said
    return f"{', '.join(most)} or {last}" if most else last


def _runners(query: QueryDict, services: Sequence[Service]) -> tuple[Runner, ...]:
    """In the order in which they are given."""
    values = _texts(query, RUNNER)
    called = defaultdict(list)
    for runner in runners_called(services, _told_or_typed(values)):
        called[runner.runner_id].append(runner)
    found = [called.get(value) or called.get(value.strip(), []) for value in values]
    for value, runners in zip(values, found, strict=True):
        if value.strip() and not runners:
            raise WrongChoice(
                f"No runner “{value}” is known",
                f"Write {RUNNER} in full, as the pages of the runners show it.",
                RUNNER,
            )
    return tuple(chain.from_iterable(found))


def _instant(query: QueryDict, name: str, zone: tzinfo, now: datetime) -> datetime | None:
    value = (given_once(query, name) or "").strip()
    if not value:
        return None
    try:
        return typed_time(value, now=now, zone=zone)
    except WrongTime as wrong:
        forms = _or(f"{name}={form}" for form, _ in FORMS)
        plain = _or(form for form, _ in FORMS)
        raise WrongChoice(
            f"{name}: {wrong}", f"Write {forms}.", name, beside=f"{wrong} Write {plain}."
        ) from wrong


def _cycle(
    query: QueryDict, services: Sequence[Service], zone: tzinfo, now: datetime
) -> tuple[datetime | None, datetime | None]:
    at = _instant(query, CYCLE, zone, now)
    if at is None:
        return None, None
    if len(services) != 1:
        raise WrongChoice(
            f"{CYCLE} needs one service",
            "Each has cycles of its own: ask in the history of one.",
            CYCLE,
        )
    try:
        span = cycle_span_at(services[0], at)
    except ValueError as error:
        right = cycle_address(cycle_start_at(services[0], at))
        raise WrongChoice(
            f"{CYCLE}={given_once(query, CYCLE)} is not the start of a cycle",
            f"The cycle of that time begins at {right}.",
            CYCLE,
            beside=f"No cycle begins then. The cycle of that time begins at {right}.",
        ) from error
    return span.start, span.end


def _seconds(query: QueryDict, name: str) -> float | None:
    value = (given_once(query, name) or "").strip()
    if not value:
        return None
    if not _SECONDS.fullmatch(value):
        raise WrongChoice(
            f"{name}={value} is not a duration",
            f"Write seconds in digits: {name}=1.5.",
            name,
            beside=f"“{beginning(value, 40)}” is not a duration. Write seconds in digits: 1.5.",
        )
    return float(value)


def _check_order[T: (float, datetime)](
    first: T | None, last: T | None, first_name: str, last_name: str
) -> None:
    if first is not None and last is not None and first > last:
        raise WrongChoice(
            f"{first_name} is after {last_name}",
            f"Exchange them, or leave one out: nothing is from {first_name} to {last_name}.",
            *(first_name, last_name),
            beside="The first is after the last. Exchange them, or leave one out.",
        )


def _answer(query: QueryDict, name: str) -> bool | None:
    value = _once_known(query, name, [each.value for each in Answer])
    return None if value is None else value == Answer.YES


def _limit(query: QueryDict) -> int:
    value = (given_once(query, LIMIT) or "").strip()
    if not value:
        return ROWS_SHOWN
    if not _NUMBER.fullmatch(value) or int(value) > MOST_ROWS:
        raise WrongChoice(
            f"{LIMIT}={value} is not a number of rows",
            f"Write a number from 1 to {MOST_ROWS}: {LIMIT}={ROWS_SHOWN}.",
            LIMIT,
        )
    return int(value)


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

"""A filter as streams: disjoint sets of rows, each of them a range of one index.

However large the history, the next row of a stream is the next entry of its index, or near it: a
stream's `indexed` conditions are a range of that, its `others` are looked up on the way. Several
runners, reasons, statuses and services are a stream each. What began before the range and reaches
into it is apart: few rows are read for that, however long the longest ran.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from django.db.models import Q

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db.reaching import keys_reaching, reaching
from scheduler.history.conditions import (
    HAS_REASON,
    IS_BLOCKED,
    IS_RUNNING,
    before,
    begins_with,
    between,
    microseconds,
)
from scheduler.history.filters import TIMES, HistoryFilter
from scheduler.history.statements import Stream, is_more_than
from scheduler.models import DerivedBlock, Execution, Service
from scheduler.models.lengths import (
    FIRST_REACH_CLASS,
    LAST_REACH_CLASS,
    NO_CLASS_BOUND_US,
    class_bound_us,
)

# Up to so many rows are found first and put in order then; more are walked in their order. Among
# millions, this is about where the one takes as long as the other.
RARE = 2_000
# Pairs of a runner and a reason in all services; with more, reasons are looked up on the way.
PAIRS_AT_MOST = 400
# Rows that reach into a range: of what runs one at a time, there is one.
KEYS_AT_MOST = 200
# Of executions these indexes are partial: what SQLite wants to read before it takes one.
_PARTIAL = {
    "execution_by_runner_reason": HAS_REASON,
    "execution_by_reason": HAS_REASON,
    "execution_unacknowledged": IS_BLOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One service, and what is asked of it: of the runners, those that are its own.

    It may have so many streams of a runner and a reason (`pairs_at_most`).
    """

    service: Service
    asked: HistoryFilter
    pairs_at_most: int = PAIRS_AT_MOST


def scopes(services: Sequence[Service], asked: HistoryFilter) -> list[Scope]:
    """The services in which there may be something that is meant."""
    if not asked.runners:
        return [Scope(service=service, asked=asked) for service in services]
    runners = defaultdict(list)
    for runner in asked.runners:
        runners[runner.service_id].append(runner)
    return [
        Scope(
            service=service,
            asked=replace(asked, runners=tuple(runners[service.pk])),
            # The limit is that of one statement, which has the streams of all services.
            pairs_at_most=PAIRS_AT_MOST // len(runners),
        )
        for service in services
        if service.pk in runners
    ]


def execution_streams(scope: Scope, *, as_of: datetime) -> list[Stream]:
    """The executions that are meant, by their starts."""
    rare = _rare(scope, as_of)
    if rare is not None:
        return rare
    return [*_in_range(scope, as_of), *_reaching(scope, as_of)]


def duration_streams(scope: Scope, *, as_of: datetime) -> list[Stream]:
    """The executions that are meant, by their durations: what still runs is apart.

    Where few rows are in range they are found by that, and sorted; the others are walked by length.
    """
    rare = _rare(scope, as_of)
    streams = rare or list(_in_range(scope, as_of))
    if rare is None and is_more_than(RARE, streams):
        return list(_by_duration(scope, as_of))
    if rare is None:
        streams += _reaching(scope, as_of)
    return [part for stream in streams for part in _by_running(stream)]


def derived_streams(scope: Scope) -> list[Stream]:
    """The derived blocks that are meant, by the start of what they speak of."""
    # Those that are meant are blocked, all of them.
    scope = replace(scope, asked=replace(scope.asked, statuses=()))
    return [
        Stream(model=DerivedBlock, index=f"derived_block_{name}", indexed=indexed, others=others)
        for name, indexed, answered in _walks(scope)
        if (others := scope.asked.of_derived(without=answered)) is not None
    ]


def _in_range(scope: Scope, as_of: datetime) -> Iterator[Stream]:
    """The rows that are in the range from their start on."""
    for name, indexed, answered in _walks(scope):
        index = f"execution_{name}"
        yield Stream(
            model=Execution,
            index=index,
            indexed=indexed & Q(_PARTIAL[index]) if index in _PARTIAL else indexed,
            others=scope.asked.of_execution(as_of, without=answered),
        )


def _walks(scope: Scope) -> Iterator[tuple[str, Q, frozenset[str]]]:
    """The end of an index's name, a range of it, and which fields of the filter that answers."""
    asked = scope.asked
    in_range = Q(service=scope.service) & between("started_at", *_starts(asked))
    for name, index_range, answered in _ranges(asked, scope.pairs_at_most):
        yield name, in_range & index_range, TIMES | set(answered)


def _ranges(asked: HistoryFilter, pairs_at_most: int) -> Iterator[tuple[str, Q, Sequence[str]]]:
    # One kind of range for each filter, the narrowest that its fields allow.
    if 0 < len(asked.runners) * len(asked.reasons) <= pairs_at_most:
        for runner, reason in product(asked.runners, asked.reasons):
            yield "by_runner_reason", Q(runner=runner.pk, reason=reason), ("runners", "reasons")
    elif asked.runners:
        for runner in asked.runners:
            yield "by_runner", Q(runner=runner.pk), ("runners",)
    elif asked.acknowledged is False:
        yield "unacknowledged", Q(acknowledgement=None), ("acknowledged",)
    elif asked.reasons:
        for reason in asked.reasons:
            yield "by_reason", Q(reason=reason), ("reasons",)
    elif asked.statuses:
        for status in asked.statuses:
            yield "by_status", Q(status=status.value), ("statuses",)
    else:
        yield "by_start", Q(), ()


def _starts(asked: HistoryFilter) -> tuple[datetime | None, datetime | None]:
    """Between which instants a row begins that is in the range from its start on."""
    first = max((each for each in (asked.since, asked.began_since) if each), default=None)
    end = min((each for each in (asked.until, asked.began_until) if each), default=None)
    return first, end


def _by_duration(scope: Scope, as_of: datetime) -> Iterator[Stream]:
    service, others = Q(service=scope.service), scope.asked.of_execution(as_of)
    yield Stream(
        model=Execution,
        index="execution_by_duration",
        indexed=service & _durations(scope.asked),
        others=others,
    )
    # What runs has no duration yet, and is not in that range.
    if Status.RUNNING in (scope.asked.statuses or tuple(Status)):
        yield _bounded("execution_running", service & Q(IS_RUNNING), others, running=True)


def _durations(asked: HistoryFilter) -> Q:
    """The durations that are asked for, of what has ended: a range of their index."""
    condition = Q(duration_us__isnull=False)
    if asked.min_duration_seconds is not None:
        condition &= Q(duration_us__gte=microseconds(asked.min_duration_seconds))
    if asked.max_duration_seconds is not None:
        condition &= Q(duration_us__lte=microseconds(asked.max_duration_seconds))
    return condition


def _by_running(stream: Stream) -> Iterator[Stream]:
    ended = Q(ended_at__isnull=False)
    yield replace(stream, others=stream.others & ended, is_bounded=True)
    yield replace(stream, others=stream.others & ~ended, is_bounded=True, is_running=True)


def _rare(scope: Scope, as_of: datetime) -> list[Stream] | None:
    """The few rows that the beginning of a run id, or a range of durations, leaves; or None."""
    service, asked = Q(service=scope.service), scope.asked
    found: list[tuple[str, Q]] = []
    if asked.run_id:
        # By the key of run ids, which SQLite finds unasked.
        found = [("", service & begins_with(asked.run_id))]
    elif asked.has_durations:
        ended = service & _durations(asked)
        found = [("execution_by_duration", ended), ("execution_running", service & Q(IS_RUNNING))]
    others = asked.of_execution(as_of)
    streams = [_bounded(index, indexed, others, is_sorted=True) for index, indexed in found]
    return streams if streams and not is_more_than(RARE, streams) else None


def _reaching(scope: Scope, as_of: datetime) -> list[Stream]:
    """The rows that began before the range and reach into it: by their keys, where they are few."""
    since = scope.asked.since
    if since is None:
        return []
    keys = keys_reaching(scope.service.pk, since, at_most=KEYS_AT_MOST + 1)
    if len(keys) > KEYS_AT_MOST:
        return list(_many_reaching(scope, since, as_of))
    others = scope.asked.of_execution(as_of)
    return [_bounded("", Q(pk__in=keys), others, is_sorted=True)] if keys else []


def _many_reaching(scope: Scope, since: datetime, as_of: datetime) -> Iterator[Stream]:
    """The same, each class of lengths as a stream of its own."""
    asked = scope.asked
    # What begins from `since` on is in the range by its start: streams share no row.
    end = min(since, asked.began_until or since, asked.until or since)
    others = asked.of_execution(as_of, without=TIMES) & reaching(since)
    ended = others & Q(ended_at__isnull=False)

    def began(length_us: int) -> Q:
        first = before(since, length_us)
        began_since = max(first, asked.began_since) if asked.began_since else first
        return Q(service=scope.service) & between("started_at", began_since, end)

    running = Q(IS_RUNNING, service=scope.service) & between("started_at", asked.began_since, end)
    yield _bounded("execution_running", running, others, running=True)
    short = ended & Q(reach_class=None)
    yield _bounded("execution_by_start", began(NO_CLASS_BOUND_US), short)
    for each in range(FIRST_REACH_CLASS, LAST_REACH_CLASS + 1):
        index_range = Q(reach_class=each) & began(class_bound_us(each))
        yield _bounded("execution_by_reach", index_range, ended)


def _bounded(
    index: str, indexed: Q, others: Q, *, running: bool = False, is_sorted: bool = False
) -> Stream:
    return Stream(
        model=Execution,
        index=index,
        indexed=indexed,
        others=others,
        is_running=running,
        is_bounded=True,
        is_sorted=is_sorted,
    )

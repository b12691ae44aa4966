"""A filter as streams: disjoint sets of rows, each of them a stretch of one index.

However large the history, the next row of a stream is the next entry of its index, or near it: a
stream's `indexed` conditions are a stretch of that, its `others` are looked up on the way. Several
runners, reasons, statuses and services are a stream each. What began before the range and reaches
into it is apart: few rows are read for that, however long the longest ran.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    conditions,
    durations,
    overlapping,
)
from scheduler.history.filters import DERIVED, HistoryFilter
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
ALL_RUNNERS: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One service, and the runners in it that are meant, by primary key; ALL_RUNNERS for all.

    It may have so many streams of a runner and a reason (`pairs_at_most`).
    """

    service: Service
    runners: tuple[int, ...]
    pairs_at_most: int = PAIRS_AT_MOST


def scopes(services: Sequence[Service], asked: HistoryFilter) -> list[Scope]:
    """The services in which there may be something that is meant."""
    if not asked.runners:
        return [Scope(service=service, runners=ALL_RUNNERS) for service in services]
    keys = _runner_keys(asked)
    return [
        Scope(
            service=service,
            runners=keys[service.pk],
            pairs_at_most=PAIRS_AT_MOST // len(keys),
        )
        for service in services
        if service.pk in keys
    ]


def _runner_keys(asked: HistoryFilter) -> Mapping[int, tuple[int, ...]]:
    """The runners that are meant, by service; all by primary key."""
    found: dict[int, tuple[int, ...]] = {}
    for runner in asked.runners:
        found[runner.service_id] = (*found.get(runner.service_id, ()), runner.pk)
    return found


def execution_streams(scope: Scope, asked: HistoryFilter, *, as_of: datetime) -> list[Stream]:
    """The executions that are meant, by their starts."""
    rare = _rare(scope, asked, as_of)
    if rare is not None:
        return rare
    return [*_in_range(scope, asked, as_of), *_reaching(scope, asked, as_of)]


def duration_streams(scope: Scope, asked: HistoryFilter, *, as_of: datetime) -> list[Stream]:
    """The executions that are meant, by their durations: what still runs is apart.

    Where few rows are in range they are found by that, and sorted; the others are walked by length.
    """
    rare = _rare(scope, asked, as_of)
    streams = rare or list(_in_range(scope, asked, as_of))
    if rare is None and is_more_than(RARE, streams):
        return list(_by_duration(scope, asked, as_of))
    if rare is None:
        streams += _reaching(scope, asked, as_of)
    return [part for stream in streams for part in _by_running(stream)]


def _by_duration(scope: Scope, asked: HistoryFilter, as_of: datetime) -> Iterator[Stream]:
    service = Q(service=scope.service)
    others = conditions(asked, scope.runners, as_of) & overlapping(asked)
    yield Stream(
        model=Execution,
        index="execution_by_duration",
        indexed=service & durations(asked),
        others=others,
    )
    if Status.RUNNING in (asked.statuses or tuple(Status)):
        yield _bounded("execution_running", service & Q(IS_RUNNING), others, running=True)


def _in_range(scope: Scope, asked: HistoryFilter, as_of: datetime) -> Iterator[Stream]:
    """The rows that are in the range from their start on."""
    in_range = Q(service=scope.service) & between("started_at", *_starts(asked))
    for index, stretch, answered in _walks(scope, asked):
        yield Stream(
            model=Execution,
            index=index,
            indexed=in_range & stretch,
            others=conditions(asked, scope.runners, as_of, without=answered),
        )


def derived_streams(scope: Scope, asked: HistoryFilter) -> list[Stream]:
    """The derived blocks that are meant, by the start of what they speak of."""
    if (
        (asked.statuses and Status.BLOCKED not in asked.statuses)
        or (asked.origins and DERIVED not in asked.origins)
        or asked.has_durations
        or asked.run_id
    ):
        return []
    in_range = Q(service=scope.service) & between("started_at", *_starts(asked))
    return [
        Stream(model=DerivedBlock, index=index, indexed=in_range & stretch, others=others)
        for index, stretch, others in _derived_walks(scope, asked)
    ]


def _by_running(stream: Stream) -> Iterator[Stream]:
    ended = Q(ended_at__isnull=False)
    yield replace(stream, others=stream.others & ended, is_bounded=True)
    yield replace(stream, others=stream.others & ~ended, is_bounded=True, is_running=True)


def _rare(scope: Scope, asked: HistoryFilter, as_of: datetime) -> list[Stream] | None:
    """The few rows that the beginning of a run id, or a range of durations, leaves; or None."""
    service = Q(service=scope.service)
    found: list[tuple[str, Q]] = []
    if asked.run_id:
        found = [("", service & begins_with(asked.run_id))]
    elif asked.has_durations:
        ended = service & durations(asked)
        found = [("execution_by_duration", ended), ("execution_running", service & Q(IS_RUNNING))]
    others = conditions(asked, scope.runners, as_of) & overlapping(asked)
    streams = [
        Stream(
            model=Execution,
            index=index,
            indexed=indexed,
            others=others,
            is_bounded=True,
            is_sorted=True,
        )
        for index, indexed in found
    ]
    return streams if streams and not is_more_than(RARE, streams) else None


def _starts(asked: HistoryFilter) -> tuple[datetime | None, datetime | None]:
    """Between which instants a row begins that is in the range from its start on."""
    first = max((each for each in (asked.since, asked.began_since) if each), default=None)
    end = min((each for each in (asked.until, asked.began_until) if each), default=None)
    return first, end


def _walks(scope: Scope, asked: HistoryFilter) -> Iterator[tuple[str, Q, frozenset[str]]]:
    """An index, a stretch of it, and which fields of the filter that answers."""
    pairs = len(scope.runners) * len(asked.reasons)
    if 0 < pairs <= scope.pairs_at_most:
        for runner, reason in product(scope.runners, asked.reasons):
            stretch = Q(HAS_REASON, runner=runner, reason=reason)
            yield "execution_by_runner_reason", stretch, frozenset(("runners", "reasons"))
    elif scope.runners:
        for runner in scope.runners:
            yield "execution_by_runner", Q(runner=runner), frozenset(("runners",))
    elif asked.acknowledged is False:
        stretch = Q(IS_BLOCKED, acknowledgement=None)
        yield "execution_unacknowledged", stretch, frozenset(("acknowledged",))
    elif asked.reasons:
        for reason in asked.reasons:
            stretch = Q(HAS_REASON, reason=reason)
            yield "execution_by_reason", stretch, frozenset(("reasons",))
    elif asked.is_some_statuses:
        for status in asked.statuses:
            yield "execution_by_status", Q(status=status.value), frozenset(("statuses",))
    else:
        yield "execution_by_start", Q(), frozenset()


def _derived_walks(scope: Scope, asked: HistoryFilter) -> Iterator[tuple[str, Q, Q]]:
    """An index, a stretch of it, and what else is asked."""
    acknowledged = Q()
    if asked.acknowledged is not None:
        acknowledged = Q(acknowledgement__isnull=not asked.acknowledged)
    reasons = Q(reason__in=asked.reasons) if asked.reasons else Q()
    if 0 < len(scope.runners) * len(asked.reasons) <= scope.pairs_at_most:
        for runner, reason in product(scope.runners, asked.reasons):
            yield "derived_block_by_runner_reason", Q(runner=runner, reason=reason), acknowledged
    elif scope.runners:
        for runner in scope.runners:
            yield "derived_block_by_runner", Q(runner=runner), acknowledged & reasons
    elif asked.acknowledged is False:
        yield "derived_block_unacknowledged", Q(acknowledgement=None), reasons
    elif asked.reasons:
        for reason in asked.reasons:
            yield "derived_block_by_reason", Q(reason=reason), acknowledged
    else:
        yield "derived_block_by_start", Q(), acknowledged


def _reaching(scope: Scope, asked: HistoryFilter, as_of: datetime) -> list[Stream]:
    """The rows that began before the range and reach into it: by their keys, where they are few."""
    if asked.since is None:
        return []
    others = conditions(asked, scope.runners, as_of)
    keys = keys_reaching(scope.service.pk, asked.since, at_most=KEYS_AT_MOST + 1)
    if len(keys) > KEYS_AT_MOST:
        return list(_many_reaching(scope, asked, asked.since, others))
    if not keys:
        return []
    return [
        Stream(
            model=Execution,
            index="",
            indexed=Q(pk__in=keys),
            others=others & overlapping(asked),
            is_bounded=True,
            is_sorted=True,
        )
    ]


def _many_reaching(
    scope: Scope, asked: HistoryFilter, since: datetime, others: Q
) -> Iterator[Stream]:
    """The same, each class of lengths as a stream of its own."""
    end = min(since, asked.began_until or since, asked.until or since)
    others &= reaching(since)
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
        stretch = Q(reach_class=each) & began(class_bound_us(each))
        yield _bounded("execution_by_reach", stretch, ended)


def _bounded(index: str, indexed: Q, others: Q, *, running: bool = False) -> Stream:
    return Stream(
        model=Execution,
        index=index,
        indexed=indexed,
        others=others,
        is_running=running,
        is_bounded=True,
    )

"""What is stored about an interval, as the core knows it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import CycleSpan
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.watching import watch_span
from scheduler.db.reaching import ended_reaching, reaching, running_before
from scheduler.models import Execution, Presence, Runner, Service, Watch

# Of the runs that go on from before, a drawing has the latest.
RUNNING_LIMIT = 100
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
# What of an attempt the core calls as its column is called.
_AS_STORED = (
    *("run_id", "started_at", "ended_at", "reason", "reason_detail", "attempts"),
    *("first_attempt_at", "last_attempt_at", "cycle_start", "slot_start", "slot_end"),
    *("runner_position", "stable_runner_count", "late_start_fraction", "origin"),
)


# From when until when a runner's life is asked for.
type Lives = dict[str, tuple[datetime, datetime]]


def lives_of(
    policies: Sequence[PolicyRevision],
    executions: Sequence[RecordedExecution],
    span: CycleSpan,
    now: datetime,
) -> Lives:
    """Of the runners whose runs reach beyond the span, while they held the service: it
    tells since when a holder is silent. And a little longer: whether it was heard again."""
    # The longest of all policies: the judge knows which one counts for which run.
    grace = timedelta(seconds=max(each.policy.dead_after_seconds for each in policies))
    lives: Lives = {}
    for each in executions:
        if each.status == Status.BLOCKED:
            continue
        until = now if each.ended_at is None else each.ended_at
        if each.status == Status.ABANDONED:
            # At the end of the calendar the sum would overflow.
            until += min(grace, _LAST_INSTANT - until)
        if each.started_at < span.start or until >= span.end:
            # What goes on is asked for as far as anything is told: a clock may have jumped back.
            asked = _LAST_INSTANT if each.ended_at is None else until
            since, latest = lives.get(each.runner_id, (each.started_at, asked))
            lives[each.runner_id] = min(since, each.started_at), max(latest, asked)
    return lives


def is_about(presence: PresenceSpan, span: CycleSpan, lives: Lives) -> bool:
    """Whether a presence tells something of a cycle, or of the runs in it."""
    if presence.expires_at >= span.start - MICROSECOND and presence.started_at < span.end:
        return True
    since, until = lives.get(presence.runner_id, (None, None))
    return (
        since is not None
        and until is not None
        and presence.expires_at >= since
        and presence.started_at <= until
    )


def presences_of(service: Service, span: CycleSpan, lives: Lives) -> list[PresenceSpan]:
    """What touches the span, and what else there is of these lives."""
    # One that was over just before the cycle tells who left at its start.
    since = span.start - MICROSECOND
    # A range of presence_by_expiry: what expired before is never looked at.
    touching = _spans(service, expires_at__gte=since, started_at__lt=span.end)
    if not lives:
        return touching
    others = _spans(
        service,
        Q(expires_at__lt=since) | Q(started_at__gte=span.end),
        runner__runner_id__in=lives,
        expires_at__gte=min(first for first, _ in lives.values()),
        started_at__lte=max(last for _, last in lives.values()),
    )
    # One range was read for all lives; here each is asked for its own.
    return [*(each for each in others if is_about(each, span, lives)), *touching]


def _spans(service: Service, *any_of: Q, **which: Any) -> list[PresenceSpan]:
    rows = Presence.objects.filter(*any_of, service=service, **which).values_list(
        "runner__runner_id",
        "runner__first_seen_at",
        "started_at",
        "last_heartbeat_at",
        "expires_at",
        "eligible",
    )
    return [presence_span(*columns) for columns in rows]


def presence_span(
    runner_id: str,
    first_seen_at: datetime,
    started_at: datetime,
    last_heartbeat_at: datetime,
    expires_at: datetime,
    eligible: bool,
) -> PresenceSpan:
    """The columns of a presence, with its runner's, as the core knows it."""
    return PresenceSpan(
        runner_id=runner_id,
        creation_time=first_seen_at,
        started_at=started_at,
        last_heartbeat_at=last_heartbeat_at,
        expires_at=expires_at,
        eligible=eligible,
    )


def reach_of(executions: Sequence[RecordedExecution], span: CycleSpan) -> CycleSpan:
    """From when until when the runs were that touch the span, and what they touch."""
    runs = [each for each in executions if each.status != Status.BLOCKED]
    first = min((each.started_at for each in runs), default=span.start)
    last = max((each.ended_at for each in runs if each.ended_at), default=span.end)
    return CycleSpan(start=min(span.start, first), end=max(span.end, last))


def executions_of(
    service: Service,
    span: CycleSpan,
    *,
    at_most: int | None = None,
    runner_ids: Collection[str] | None = None,
) -> list[RecordedExecution]:
    """What touched the span: began in it, or began before and ended in it or goes on.

    What began before is found by classes of lengths (`scheduler.db.reaching`), those that run in a
    small index of their own. A block counts where its repeats reach into the cycle.
    """
    chosen: list[int] | None = None
    if runner_ids is not None:
        runners = Runner.objects.filter(service=service, runner_id__in=runner_ids)
        chosen = list(runners.values_list("pk", flat=True))
    rows = Execution.objects.filter(service=service, started_at__lt=span.end)
    if chosen is not None:
        rows = rows.filter(runner__in=chosen)
    begun = _read(_newest(rows.filter(started_at__gte=span.start))[:at_most])
    before = _newest(
        ended_reaching(service.pk, span.start, runners=chosen).filter(reaching(span.start))
    )
    # What began in the cycle has the first claim on the limit.
    left = None if at_most is None else at_most - len(begun)
    running = _newest(running_before(service.pk, span.start, runners=chosen))
    # Read from the newest on, for the limits; handed on from the oldest.
    return [*begun, *_read(before[:left]), *_read(running[:RUNNING_LIMIT])][::-1]


def _newest(rows: QuerySet[Execution]) -> QuerySet[Execution]:
    return rows.order_by("-started_at", "-id")


def _read(rows: QuerySet[Execution]) -> list[RecordedExecution]:
    """As `recorded`, by columns: a model for each row takes three times as long."""
    return [
        RecordedExecution(
            execution_id=pk,
            runner_id=runner_id,
            status=Status(status),
            assigned_runner_id=assigned or None,
            **dict(zip(_AS_STORED, others, strict=True)),
        )
        for pk, runner_id, status, assigned, *others in rows.values_list(
            "pk", "runner__runner_id", "status", "assigned_runner_id", *_AS_STORED
        )
    ]


def recorded(row: Execution) -> RecordedExecution:
    """A row, with its runner, as the core knows it."""
    return RecordedExecution(
        execution_id=row.pk,
        runner_id=row.runner.runner_id,
        status=Status(row.status),
        assigned_runner_id=row.assigned_runner_id or None,
        **{name: getattr(row, name) for name in _AS_STORED},
    )


def watches_of(service: Service, span: CycleSpan, now: datetime) -> list[WatchSpan] | None:
    """What touches the span, the last ones before it and before ``now``, and the next one after
    that (a clock may have jumped back); None where nothing goes unseen."""
    if service.is_coordinated:
        return None
    rows = Watch.objects.filter(service=service)
    latest = rows.order_by("-expires_at").values("pk")
    which = (
        Q(expires_at__gte=span.start, started_at__lt=span.end)
        | Q(pk__in=latest.filter(expires_at__lt=span.start)[:1])
        | Q(pk__in=latest.filter(started_at__lte=now)[:1])
        | Q(pk__in=rows.filter(started_at__gt=now).order_by("started_at").values("pk")[:1])
    )
    return [watch_span(watch, now) for watch in rows.filter(which)]

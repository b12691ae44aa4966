"""Rows into the core's timeline: one cycle of one service, or many, as they really were."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from scheduler.core.as_of import (
    cycle_start_known,
    executions_known,
    policies_known,
    presences_known,
    watches_known,
)
from scheduler.core.incidents.limits import begun_limits
from scheduler.core.instants import MICROSECOND, seconds_before
from scheduler.core.timeline import (
    CycleSpan,
    CycleTimeline,
    Lane,
    PolicyRevision,
    PresenceSpan,
    RecordedExecution,
    RunLimits,
    WatchSpan,
    cycle_policy,
    cycle_spans,
    policy_in_force,
    reconstruct,
)
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.watching import watch_span
from scheduler.db.reaching import ended_reaching, reaches, reaching, running_before
from scheduler.models import Execution, Policy, Presence, Runner, Service, Watch
from scheduler.policies import policy_at

# A drawing is capped, and says so where it is: nobody reads more marks in one cycle.
EXECUTIONS_LIMIT = 5_000
RUNNING_LIMIT = 100
# The same for a drawing of few lanes.
LANES_LIMIT = 500
# Runs that go on from before are judged by the plans of so many cycles in which they began.
CYCLES_LOOKED_BACK = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
# What of an attempt the core calls as its column is called.
_AS_STORED = (
    *("run_id", "started_at", "ended_at", "reason", "reason_detail", "attempts"),
    *("first_attempt_at", "last_attempt_at", "cycle_start", "slot_start", "slot_end"),
    *("runner_position", "stable_runner_count", "late_start_fraction", "origin"),
)


def current_cycle(service: Service, *, now: datetime) -> CycleTimeline:
    """The cycle that ``now`` is in."""
    return load_cycle(service, policy_at(service, now).cycle_start(now), now=now)


def cycle_start_at(service: Service, at: datetime) -> datetime:
    """The start of the cycle that ``at`` is in, by the policy in force then."""
    return policy_at(service, at).cycle_start(at)


def cycle_span_at(service: Service, cycle_start: datetime) -> CycleSpan:
    """The cycle that begins at ``cycle_start``.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    policy = cycle_policy(policy_revisions(service), cycle_start)
    return CycleSpan(start=cycle_start, end=policy.cycle_end(cycle_start))


def load_cycle(service: Service, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
    """The cycle that begins at ``cycle_start``, reconstructed from what is stored.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    policies = policy_revisions(service)
    end = cycle_policy(policies, cycle_start).cycle_end(cycle_start)
    executions = _executions(service, cycle_start, end, at_most=EXECUTIONS_LIMIT)
    lives = _lives(policies, executions, cycle_start, end, now)
    presences = _presences(service, cycle_start, end, lives)
    watches = _watches(service, *_reach_of(executions, cycle_start, end), now)
    span = CycleSpan(start=cycle_start, end=end)
    return _drawn(service, policies, span, executions, presences, watches, now)


def load_cycle_as_of(service: Service, cycle_start: datetime, *, at: datetime) -> CycleTimeline:
    """The cycle that begins at ``cycle_start`` as it was known at ``at``, an instant in it.

    Where its grid was not known of yet, it is the cycle that was shown in its place.
    """
    policies = policies_known(policy_revisions(service), at)
    start = cycle_start_known(policies, cycle_start, at)
    end = cycle_policy(policies, start).cycle_end(start)
    begun = _executions(service, start, min(end, at + MICROSECOND), at_most=EXECUTIONS_LIMIT)
    executions = executions_known(begun, at, start)
    lives = _lives(policies, executions, start, end, at)
    presences = presences_known(_presences(service, start, end, lives), at)
    watches = watches_known(_watches(service, *_reach_of(executions, start, end), at), at)
    span = CycleSpan(start=start, end=end)
    return _drawn(service, policies, span, executions, presences, watches, at)


def _drawn(
    service: Service,
    policies: Sequence[PolicyRevision],
    span: CycleSpan,
    executions: Sequence[RecordedExecution],
    presences: Sequence[PresenceSpan],
    watches: Sequence[WatchSpan] | None,
    now: datetime,
) -> CycleTimeline:
    return reconstruct(
        cycle_start=span.start,
        policies=policies,
        presences=presences,
        executions=executions,
        watches=watches,
        limits=_Limits(service, policies, span, presences, now).of(executions, span.start),
        now=now,
    )


def load_lanes(
    service: Service,
    cycle_start: datetime,
    choose: Callable[[CycleTimeline], Sequence[str]],
    *,
    now: datetime,
) -> CycleTimeline:
    """The cycle that begins at `cycle_start`, with a few of its lanes alone: what others did is not
    read, however much it was.

    Args:
        choose: the runners whose lanes there will be, in that order, of the cycle without its
            executions. Of one who was never a member, the lane has its executions alone.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    policies = policy_revisions(service)
    cycle_end = cycle_policy(policies, cycle_start).cycle_end(cycle_start)
    bare = reconstruct(
        cycle_start=cycle_start,
        policies=policies,
        presences=_presences(service, cycle_start, cycle_end, {}),
        executions=(),
        watches=_watches(service, cycle_start, cycle_end, now),
        now=now,
    )
    chosen = choose(bare)
    executions = tuple(
        sorted(
            _executions(service, cycle_start, cycle_end, at_most=LANES_LIMIT, runner_ids=chosen),
            key=attrgetter("started_at", "execution_id"),
        )
    )
    known = {lane.runner_id: lane for lane in bare.lanes}
    lanes = tuple(
        replace(
            known.get(runner_id) or _bare_lane(runner_id),
            executions=tuple(each for each in executions if each.runner_id == runner_id),
        )
        for runner_id in chosen
    )
    return replace(bare, lanes=lanes, executions=executions)


def _bare_lane(runner_id: str) -> Lane:
    return Lane(runner_id=runner_id, position=None, slots=(), presences=(), executions=())


def load_cycles(
    service: Service,
    policies: Sequence[PolicyRevision],
    spans: Sequence[CycleSpan],
    *,
    now: datetime,
) -> Iterator[CycleTimeline]:
    """The cycles of these spans, as `load_cycle` has them and with all of their executions.

    Each table is read once for all of them: that is what makes a day of cycles cheap.
    """
    if not spans:
        return
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    rows = _executions(service, start, end)
    presences = _presences(service, start, end, _lives(policies, rows, start, end, now))
    watches = _watches(service, *_reach_of(rows, start, end), now)
    read = CycleSpan(start=start, end=end)
    limits = _Limits(service, policies, read, presences, now)
    executions = _Executions(rows)
    for span in spans:
        touching = executions.touching(span)
        lives = _lives(policies, touching, span.start, span.end, now)
        yield reconstruct(
            cycle_start=span.start,
            policies=policies,
            presences=[each for each in presences if _is_about(each, span, lives)],
            executions=touching,
            watches=watches,
            limits=limits.of(touching, span.start),
            now=now,
        )


def spans_over(
    policies: Sequence[PolicyRevision], since: datetime, *, until: datetime, at_most: int
) -> list[CycleSpan]:
    """The cycles that end after `since` and are over at `until`, the first of them."""
    over = takewhile(lambda span: span.end <= until, cycle_spans(policies, since))
    return list(islice(over, at_most))


class _Executions:
    """Executions in the order of their starts, asked for those that touch one cycle of many."""

    def __init__(self, rows: Sequence[RecordedExecution]) -> None:
        self._rows = sorted(rows, key=attrgetter("started_at", "execution_id"))
        self._starts = [row.started_at for row in self._rows]
        self._going_on = [row for row in self._rows if row.ended_at is None]
        # By classes of lengths: one that lasts has no cycle look back for the others as far.
        ended: defaultdict[int, list[RecordedExecution]] = defaultdict(list)
        for row in self._rows:
            if row.ended_at is not None:
                ended[_lasted(row).bit_length()].append(row)
        self._ended = {
            lengths: (max(map(_lasted, those)) + 1, those) for lengths, those in ended.items()
        }

    def touching(self, span: CycleSpan) -> list[RecordedExecution]:
        begun = bisect_left(self._starts, span.start)
        last = bisect_left(self._starts, span.end)
        before = [
            row
            for longest, those in self._ended.values()
            for row in _begun(those, seconds_before(span.start, longest), span.start)
            if reaches(row, span.start)
        ]
        going_on = [row for row in self._going_on if row.started_at < span.start]
        return [*going_on, *before, *self._rows[begun:last]]


def _lasted(row: RecordedExecution) -> int:
    """Whole seconds from the start to the last instant that is known of it."""
    return int((_reach(row) - row.started_at).total_seconds())


def _begun(
    rows: Sequence[RecordedExecution], since: datetime, until: datetime
) -> Sequence[RecordedExecution]:
    by_start = attrgetter("started_at")
    return rows[bisect_left(rows, since, key=by_start) : bisect_left(rows, until, key=by_start)]


def _reach(row: RecordedExecution) -> datetime:
    """The last instant that is known of a run, or of the repeats of a block."""
    return max(row.ended_at or row.started_at, row.last_attempt_at)


def policy_revisions(service: Service) -> list[PolicyRevision]:
    """All revisions, oldest first: a later one may have changed the very grid of the cycle."""
    rows = Policy.objects.filter(service=service).order_by("effective_from")
    return [
        PolicyRevision(
            effective_from=row.effective_from,
            policy=row.scheduling_policy,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


# From when until when a runner's life is asked for.
type _Lives = dict[str, tuple[datetime, datetime]]


def _lives(
    policies: Sequence[PolicyRevision],
    executions: Sequence[RecordedExecution],
    start: datetime,
    end: datetime,
    now: datetime,
) -> _Lives:
    """Of the runners whose runs reach beyond ``[start, end)``, while they held the service: it
    tells since when a holder is silent. And a little longer: whether it was heard again."""
    grace = timedelta(seconds=max(each.policy.dead_after_seconds for each in policies))
    lives: _Lives = {}
    for each in executions:
        if each.status == Status.BLOCKED:
            continue
        until = now if each.ended_at is None else each.ended_at
        if each.status == Status.ABANDONED:
            until += min(grace, _LAST_INSTANT - until)
        if each.started_at < start or until >= end:
            since, latest = lives.get(each.runner_id, (each.started_at, until))
            lives[each.runner_id] = min(since, each.started_at), max(latest, until)
    return lives


def _is_about(presence: PresenceSpan, span: CycleSpan, lives: _Lives) -> bool:
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


def _presences(
    service: Service, start: datetime, end: datetime, lives: _Lives
) -> list[PresenceSpan]:
    """What touches ``[start, end)``, and what else there is of these lives."""
    # One that was over just before the cycle tells who left at its start.
    since = start - MICROSECOND
    touching = _spans(service, expires_at__gte=since, started_at__lt=end)
    if not lives:
        return touching
    others = _spans(
        service,
        Q(expires_at__lt=since) | Q(started_at__gte=end),
        runner__runner_id__in=lives,
        expires_at__gte=min(first for first, _ in lives.values()),
        started_at__lte=max(last for _, last in lives.values()),
    )
    span = CycleSpan(start=start, end=end)
    return [*(each for each in others if _is_about(each, span, lives)), *touching]


def _reach_of(
    executions: Sequence[RecordedExecution], start: datetime, end: datetime
) -> tuple[datetime, datetime]:
    """From when until when the runs were that touch ``[start, end)``, and what they touch."""
    runs = [each for each in executions if each.status != Status.BLOCKED]
    first = min((each.started_at for each in runs), default=start)
    last = max((each.ended_at for each in runs if each.ended_at), default=end)
    return min(start, first), max(end, last)


class _Limits:
    """How long runs from before a cycle could go on: the plan of their own cycles tells it."""

    def __init__(
        self,
        service: Service,
        policies: Sequence[PolicyRevision],
        read: CycleSpan,
        presences: Sequence[PresenceSpan],
        now: datetime,
    ) -> None:
        self._service = service
        self._policies = policies
        # Of this stretch, the presences are known already.
        self._read = read
        self._presences = presences
        self._now = now
        self._cycles: dict[datetime, CycleTimeline] = {}
        self._known: dict[int, RunLimits] = {}
        self._asked = 0

    def of(
        self, executions: Sequence[RecordedExecution], cycle_start: datetime
    ) -> dict[int, RunLimits]:
        """Those of the executions that began before the cycle."""
        return {
            each.execution_id: limits
            for each in executions
            if each.status != Status.BLOCKED and each.started_at < cycle_start
            if (limits := self._limits(each)) is not None
        }

    def _limits(self, run: RecordedExecution) -> RunLimits | None:
        known = self._known.get(run.execution_id)
        # Nothing was planned before computers counted time.
        if known is None and run.started_at >= _EPOCH:
            policy = policy_in_force(self._policies, run.started_at)
            begun = self._cycle(policy.cycle_start(run.started_at))
            if begun is None:
                return None
            lane = next((each for each in begun.lanes if each.runner_id == run.runner_id), None)
            known = begun_limits(begun, run, lane.slots if lane else ())
            self._known[run.execution_id] = known
        return known

    def _cycle(self, start: datetime) -> CycleTimeline | None:
        known = self._cycles.get(start)
        end = cycle_policy(self._policies, start).cycle_end(start)
        is_read = self._read.start <= start and end <= self._read.end
        if known is None and (is_read or self._asked < CYCLES_LOOKED_BACK):
            self._asked += not is_read
            known = self._cycles[start] = reconstruct(
                cycle_start=start,
                policies=self._policies,
                presences=self._presences if is_read else _presences(self._service, start, end, {}),
                executions=(),
                now=self._now,
            )
        return known


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


def _executions(
    service: Service,
    start: datetime,
    end: datetime,
    *,
    at_most: int | None = None,
    runner_ids: Collection[str] | None = None,
) -> list[RecordedExecution]:
    """What touched ``[start, end)``: began in it, or began before and ended in it or goes on.

    What began before is found by classes of lengths (`scheduler.db.reaching`), those that run in a
    small index of their own. A block counts where its repeats reach into the cycle.
    """
    chosen: list[int] | None = None
    if runner_ids is not None:
        runners = Runner.objects.filter(service=service, runner_id__in=runner_ids)
        chosen = list(runners.values_list("pk", flat=True))
    rows = Execution.objects.filter(service=service, started_at__lt=end)
    if chosen is not None:
        rows = rows.filter(runner__in=chosen)
    begun = _read(_newest(rows.filter(started_at__gte=start))[:at_most])
    before = _newest(ended_reaching(service.pk, start, runners=chosen).filter(reaching(start)))
    left = None if at_most is None else at_most - len(begun)
    running = _newest(running_before(service.pk, start, runners=chosen))
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
        run_id=row.run_id,
        runner_id=row.runner.runner_id,
        status=Status(row.status),
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        reason_detail=row.reason_detail,
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        last_attempt_at=row.last_attempt_at,
        cycle_start=row.cycle_start,
        slot_start=row.slot_start,
        slot_end=row.slot_end,
        runner_position=row.runner_position,
        stable_runner_count=row.stable_runner_count,
        assigned_runner_id=row.assigned_runner_id or None,
        late_start_fraction=row.late_start_fraction,
        origin=row.origin,
    )


def _watches(
    service: Service, start: datetime, end: datetime, now: datetime
) -> list[WatchSpan] | None:
    """What touches ``[start, end)``, and the last ones before it and before ``now``; None where
    nothing goes unseen."""
    if service.is_coordinated:
        return None
    rows = Watch.objects.filter(service=service)
    latest = rows.order_by("-expires_at").values("pk")
    which = (
        Q(expires_at__gte=start, started_at__lt=end)
        | Q(pk__in=latest.filter(expires_at__lt=start)[:1])
        | Q(pk__in=latest.filter(started_at__lte=now)[:1])
    )
    return [watch_span(watch, now) for watch in rows.filter(which)]

"""Keeps the summaries of cycles: one is written when a cycle is over, and again when it changes.

Reading and judging take their time and need no lock; what they found is written in the service's
turn, and only if no other writer of summaries came in between. So any number of workers may try.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from scheduler.core.cycle.grid import cycle_spans
from scheduler.core.instants import MICROSECOND, seconds_before
from scheduler.core.interval import CycleSpan
from scheduler.core.judging.outcomes import JudgedCycle, judge_cycle
from scheduler.core.rows import PolicyRevision, RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.backlog import drop_what_is_not_kept, frontier_of, pass_over_the_unknown
from scheduler.cycles.derived_blocks import (
    BlockChanges,
    derive_blocks,
    find_changes,
    forget_blocks,
    write_changes,
)
from scheduler.cycles.loading import load_cycles
from scheduler.cycles.spans import spans_over
from scheduler.cycles.summary_json import incident_to_json, slots_to_json
from scheduler.db.service_lock import service_lock
from scheduler.models import CycleSummary, DerivedBlock, LateChange, Runner, Service
from scheduler.policies import policy_revisions
from scheduler.retention.limits import is_pruned

# So many cycles are read at once; writing them holds the service's lock for a few milliseconds.
BATCH = 60
# Where cycles have many derived blocks, a transaction writes fewer cycles: it ends with the one
# that has the last of so many.
BLOCKS_A_TURN = 1_000
# The later ones are read again when these are done with.
CHANGES_READ = 100
# Below the limits that databases have on the parameters of one statement.
IDS_ASKED = 500

_IDENTITY = ("service", "cycle_start")
_FACTS = tuple(
    field.name
    for field in CycleSummary._meta.concrete_fields
    if not field.primary_key and field.name not in _IDENTITY
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one call did: how many summaries it wrote, and when there is more to do (None: when
    something changes; a past instant: at once), unless the service's ``summary_revision`` is
    another than this."""

    written: int
    due_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be written: these cycles, which stand for [since, until), as of one state.

    `rest` are those that wait for another transaction, as far as they are known.
    """

    spans: Sequence[CycleSpan]
    since: datetime
    until: datetime
    changes: Sequence[LateChange]
    moves_frontier: bool = False
    rest: Sequence[CycleSpan] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one transaction writes of a task."""

    task: _Task
    rows: Sequence[CycleSummary]
    blocks: BlockChanges


def keep_summaries(service: Service, *, now: datetime | None = None) -> Kept:
    """Write one batch of what is due: cycles that are over first, then those that changed late or
    are of long ago."""
    # The lock is released at once, but every earlier one has committed: what is read below is
    # complete up to its instant.
    with service_lock(service, now) as (held, instant):
        policies = policy_revisions(held)
        frontier = frontier_of(held, policies, instant)
        drop_what_is_not_kept(held, instant)
        changes = list(LateChange.objects.filter(service=held).order_by("start")[:CHANGES_READ])
        if changes:
            # The earliest alone: each other comes to be the earliest in its turn.
            _join_to_history(held, changes[0])
        if frontier is not None:
            while changes and not pass_over_the_unknown(held, policies, changes[0], frontier):
                del changes[0]
    revision = held.summary_revision
    if frontier is None:
        return Kept(written=0, due_at=None, revision=revision)
    task = _task(held, policies, frontier, changes, instant)
    if task is None:
        _forget_what_is_not_over(held, policies, frontier, now)
        # Nothing is due before the cycle that goes on now is over.
        due_at = next(cycle_spans(policies, frontier)).end
        return Kept(written=0, due_at=due_at, revision=revision)
    written = 0
    for part in _parts(held, policies, task, instant):
        with service_lock(held, now) as (fresh, _):
            # Another writer came in between: what was read is old, and the next call starts anew.
            if (fresh.summary_revision, fresh.pruned_until) != (revision, held.pruned_until):
                break
            _write(fresh, part, policies)
        # `_write` raises it by one: our own writing is no other's.
        written, revision = written + len(part.rows), revision + 1
    return Kept(written=written, due_at=instant, revision=revision)


def _join_to_history(service: Service, change: LateChange) -> None:
    """Where a change lies before all that is summed up, so does all that is between them."""
    first = CycleSummary.first_start(service)
    if first is not None and change.start < first and change.end < first:
        change.end = first
        change.save(update_fields=("end",))


def services_with_changes() -> set[int]:
    """The primary keys of the services of which something was learnt late."""
    return set(LateChange.objects.order_by().values_list("service_id", flat=True).distinct())


def _task(
    service: Service,
    policies: Sequence[PolicyRevision],
    frontier: datetime,
    changes: Sequence[LateChange],
    now: datetime,
) -> _Task | None:
    over = spans_over(policies, frontier, until=now, at_most=BATCH)
    if over:
        until = over[-1].end
        # With its rows pruned it would look empty: the summary it has is the last word.
        spans = [span for span in over if not is_pruned(service, span.start)]
        return _Task(spans=spans, since=frontier, until=until, changes=(), moves_frontier=True)
    if not changes:
        return None
    found = spans_over(policies, changes[0].start, until=frontier, at_most=BATCH + 1)
    window, rest = found[:BATCH], found[BATCH:]
    return _Task(
        spans=[
            span
            for span in window
            if any(_touches(change, span) for change in changes)
            and not is_pruned(service, span.start)
        ],
        since=changes[0].start,
        # More than a batch: the rest is left for the next one.
        until=window[-1].end if rest else max(each.end for each in changes) + MICROSECOND,
        changes=changes,
        rest=rest,
    )


def _touches(change: LateChange, span: CycleSpan) -> bool:
    return change.start < span.end and span.start <= change.end


def _parts(
    service: Service, policies: Sequence[PolicyRevision], task: _Task, now: datetime
) -> Iterator[_Part]:
    """The task, in as many transactions as its derived blocks need: most often one."""
    timelines = list(load_cycles(service, policies, task.spans, now=now))
    keys = _runner_keys(service, {lane.runner_id for each in timelines for lane in each.lanes})
    rows: list[CycleSummary] = []
    blocks: list[DerivedBlock] = []
    for number, timeline in enumerate(timelines, start=1):
        judged = judge_cycle(timeline)
        rows.append(_summary(service, timeline, judged, keys))
        blocks += derive_blocks(service, timeline, judged.verdicts, keys)
        # The last part comes below, also without any rows: it strikes the changes.
        if len(blocks) >= BLOCKS_A_TURN and number < len(timelines):
            begun, task = _cut(task, len(rows))
            yield _part(service, begun, rows, blocks)
            rows, blocks = [], []
    yield _part(service, task, rows, blocks)


def _part(
    service: Service, task: _Task, rows: Sequence[CycleSummary], blocks: Sequence[DerivedBlock]
) -> _Part:
    changes = find_changes(service, [row.cycle_start for row in rows], blocks)
    return _Part(task=task, rows=rows, blocks=changes)


def _cut(task: _Task, number: int) -> tuple[_Task, _Task]:
    """The task of its first so many cycles, and that of the others."""
    first, others = task.spans[:number], task.spans[number:]
    until = first[-1].end
    return (
        replace(task, spans=first, until=until, rest=[*others, *task.rest]),
        replace(task, spans=others, since=until),
    )


def _summary(
    service: Service, timeline: CycleTimeline, judged: JudgedCycle, keys: dict[str, int]
) -> CycleSummary:
    counts = judged.counts
    return CycleSummary(
        service=service,
        cycle_start=timeline.cycle_start,
        cycle_end=timeline.cycle_end,
        outcome=judged.outcome.value,
        runner_count=max(len(epoch.plan.runners) for epoch in timeline.epochs),
        started=counts.started,
        completed=counts.completed,
        abandoned=counts.abandoned,
        block_count=sum(_is_block_of(timeline, each) for each in timeline.executions),
        blocked=sum(counts.blocked.values()),
        blocked_by_reason=counts.blocked,
        incident_count=len(judged.incidents),
        incidents=[incident_to_json(each) for each in judged.incidents],
        slots=slots_to_json(judged.verdicts, keys),
    )


def _is_block_of(timeline: CycleTimeline, execution: RecordedExecution) -> bool:
    return (
        execution.status == Status.BLOCKED
        and timeline.cycle_start <= execution.started_at < timeline.cycle_end
    )


def _runner_keys(service: Service, runner_ids: Iterable[str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    ids = sorted(runner_ids)
    for first in range(0, len(ids), IDS_ASKED):
        asked = Runner.objects.filter(service=service, runner_id__in=ids[first : first + IDS_ASKED])
        keys.update(asked.values_list("runner_id", "pk"))
    return keys


def _write(service: Service, part: _Part, policies: Sequence[PolicyRevision]) -> None:
    task = part.task
    starts = [row.cycle_start for row in part.rows]
    # In place: a cycle that is summed up again keeps its row.
    CycleSummary.objects.bulk_create(
        part.rows, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_FACTS
    )
    write_changes(part.blocks)
    until = task.until
    if not task.moves_frontier:
        # What did not change stays; what a change of interval has left is no cycle any more.
        window = spans_over(policies, task.since, until=task.until, at_most=BATCH)
        starts = [span.start for span in window]
        until = max((span.end for span in window), default=task.since)
    # Each cycle ends after the one before, even if it began earlier.
    others = _ending_after(service, policies, task.since)
    others = others.filter(cycle_start__lt=until, cycle_end__lte=until)
    _forget(service, others.exclude(cycle_start__in=starts))
    _strike(task)
    moved = {"summarised_until": task.until} if task.moves_frontier else {}
    _tell(service, **moved)


def _strike(task: _Task) -> None:
    """Changes are done with, or begin where the rest does."""

    def is_left(change: LateChange) -> bool:
        return change.end >= task.until or any(_touches(change, span) for span in task.rest)

    done = [change.pk for change in task.changes if not is_left(change)]
    begun = [change.pk for change in task.changes if is_left(change) and change.start < task.until]
    LateChange.objects.filter(pk__in=done).delete()
    # One that ended before touches a cycle of the rest that began earlier than this one ended.
    LateChange.objects.filter(pk__in=begun).update(
        start=task.until, end=Greatest(F("end"), task.until)
    )


def _forget(service: Service, summaries: QuerySet[CycleSummary]) -> None:
    forget_blocks(service, list(summaries.values_list("cycle_start", flat=True)))
    summaries.delete()


def _forget_what_is_not_over(
    service: Service, policies: Sequence[PolicyRevision], frontier: datetime, now: datetime | None
) -> None:
    """After a longer interval, or a jump of the clock, cycles go on that had a summary."""
    if not _ending_after(service, policies, frontier).exists():
        return
    with service_lock(service, now) as (fresh, _):
        # Another writer may have put others in their place.
        if fresh.summary_revision == service.summary_revision:
            _forget(fresh, _ending_after(service, policies, frontier))
            _tell(fresh)


def _ending_after(
    service: Service, policies: Sequence[PolicyRevision], instant: datetime
) -> QuerySet[CycleSummary]:
    """Those that may be written anew or be forgotten."""
    # No cycle is longer, so those before began too early: a range of the key (service,
    # cycle_start).
    longest = max(each.policy.interval_seconds for each in policies)
    since = seconds_before(instant, longest)
    if service.pruned_until is not None:
        # Nothing could take the place of the others.
        since = max(since, service.pruned_until)
    return CycleSummary.objects.filter(
        service=service, cycle_start__gte=since, cycle_end__gt=instant
    )


def _tell(service: Service, **moved: datetime) -> None:
    """The summaries are others than before."""
    Service.objects.filter(pk=service.pk).update(
        summary_revision=F("summary_revision") + 1, **moved
    )

"""Keeps the summaries of cycles: one is written when a cycle is over, and again when it changes.

Reading and judging take their time and need no lock; what they found is written in the service's
turn, and only if no other writer of summaries came in between. So any number of workers may try.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from scheduler.core.epochs import CycleSpan, PolicyRevision, cycle_spans
from scheduler.core.instants import MICROSECOND
from scheduler.core.outcomes import judge_cycle
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles import load_cycles, policy_revisions, spans_over
from scheduler.models import CycleSummary, Execution, LateChange, Presence, Runner, Service, Watch
from scheduler.summary_json import incident_to_json, slots_to_json
from scheduler.turns import turn

# So many cycles are read at once; writing them keeps the service's turn for a few milliseconds.
BATCH = 60
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
    something changes; a past instant: at once)."""

    written: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be written: these cycles, which stand for [since, until), as of one state."""

    spans: Sequence[CycleSpan]
    since: datetime
    until: datetime
    changes: Sequence[LateChange]
    moves_frontier: bool


def keep_summaries(service: Service, *, now: datetime | None = None) -> Kept:
    """Write one batch of what is due: cycles that are over first, then those that changed late."""
    # The turn is over at once, but every earlier one has committed: what is read below is complete
    # up to its instant.
    with turn(service, now) as (held, instant):
        frontier = held.summarised_until or _first_instant(held)
        changes = list(LateChange.objects.filter(service=held).order_by("start")[:CHANGES_READ])
    if frontier is None:
        return Kept(written=0, due_at=None)
    policies = policy_revisions(held)
    task = _task(policies, frontier, changes, instant)
    if task is None:
        return Kept(written=0, due_at=next(cycle_spans(policies, frontier)).end)
    rows = list(_summaries(held, policies, task, instant))
    with turn(held, now) as (fresh, _):
        if fresh.summary_revision != held.summary_revision:
            return Kept(written=0, due_at=instant)
        _write(fresh, rows, task)
    return Kept(written=len(rows), due_at=instant)


def services_with_changes() -> set[int]:
    """The primary keys of the services of which something was learnt late."""
    return set(LateChange.objects.order_by().values_list("service_id", flat=True).distinct())


def _first_instant(service: Service) -> datetime | None:
    """When the history of the service begins; None while there is none."""
    firsts = (
        model.objects.filter(service=service)
        .order_by("started_at")
        .values_list("started_at", flat=True)
        .first()
        for model in (Presence, Execution, Watch)
    )
    return min((first for first in firsts if first is not None), default=None)


def _task(
    policies: Sequence[PolicyRevision],
    frontier: datetime,
    changes: Sequence[LateChange],
    now: datetime,
) -> _Task | None:
    over = spans_over(policies, frontier, until=now, at_most=BATCH)
    if over:
        return _Task(
            spans=over, since=frontier, until=over[-1].end, changes=(), moves_frontier=True
        )
    if not changes:
        return None
    since, until = changes[0].start, _end_of_first(changes)
    spans = [
        span
        for span in spans_over(policies, since, until=frontier, at_most=BATCH)
        if span.start <= until
    ]
    # A full batch may not have reached the end: the rest of the change is left for the next one.
    done = spans[-1].end if len(spans) == BATCH else until + MICROSECOND
    return _Task(spans=spans, since=since, until=done, changes=changes, moves_frontier=False)


def _end_of_first(changes: Sequence[LateChange]) -> datetime:
    """The end of what the first of these changes and those that overlap it say together."""
    end = changes[0].end
    for change in changes:
        if change.start > end:
            break
        end = max(end, change.end)
    return end


def _summaries(
    service: Service, policies: Sequence[PolicyRevision], task: _Task, now: datetime
) -> Iterator[CycleSummary]:
    timelines = list(load_cycles(service, policies, task.spans, now=now))
    keys = _runner_keys(service, {lane.runner_id for each in timelines for lane in each.lanes})
    for timeline in timelines:
        yield _summary(service, timeline, keys)


def _summary(service: Service, timeline: CycleTimeline, keys: dict[str, int]) -> CycleSummary:
    judged = judge_cycle(timeline)
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
        blocked=sum(counts.blocked.values()),
        blocked_by_reason=counts.blocked,
        incident_count=len(judged.incidents),
        incidents=[incident_to_json(each) for each in judged.incidents],
        slots=slots_to_json(judged.verdicts, keys),
    )


def _runner_keys(service: Service, runner_ids: Iterable[str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    ids = sorted(runner_ids)
    for first in range(0, len(ids), IDS_ASKED):
        asked = Runner.objects.filter(service=service, runner_id__in=ids[first : first + IDS_ASKED])
        keys.update(asked.values_list("runner_id", "pk"))
    return keys


def _write(service: Service, rows: Sequence[CycleSummary], task: _Task) -> None:
    CycleSummary.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_FACTS
    )
    # After a change of interval in the past, cycles of the old grid are none any more.
    CycleSummary.objects.filter(
        service=service, cycle_start__gte=task.since, cycle_start__lt=task.until
    ).exclude(cycle_start__in=[row.cycle_start for row in rows]).delete()
    for change in task.changes:
        if change.end < task.until:
            change.delete()
        elif change.start < task.until:
            change.start = task.until
            change.save(update_fields=("start",))
    moved = {"summarised_until": task.until} if task.moves_frontier else {}
    Service.objects.filter(pk=service.pk).update(
        summary_revision=F("summary_revision") + 1, **moved
    )

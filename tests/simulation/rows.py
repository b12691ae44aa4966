"""What is stored of a story, as the core takes it, without a database. No test is here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from random import Random

from scheduler.core.as_of import (
    cycle_start_known,
    executions_known,
    policies_known,
    presences_known,
    watches_known,
)
from scheduler.core.cycle.grid import cycle_policy, policy_in_force
from scheduler.core.cycle.presences import BeatMark, lifespans_of
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.instants import MICROSECOND
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.rows import presence_span, recorded
from scheduler.db.reaching import reaches
from scheduler.door import split_reason
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.models import Execution, Origin, Runner
from scheduler.simulation.memory import MemoryStore
from scheduler.simulation.observed import ObservedStore
from tests.simulation.stories import Story
from tests.simulation.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """All that is stored of a service, as the core takes it."""

    policies: list[PolicyRevision]
    presences: list[PresenceSpan]
    executions: list[RecordedExecution]
    watches: list[WatchSpan] | None = None

    def cycle(self, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
        """What scheduler.cycles.loading.load_cycle makes of the same rows."""
        in_order = sorted(self.policies, key=attrgetter("effective_from"))
        end = cycle_policy(in_order, cycle_start).cycle_end(cycle_start)
        return reconstruct(
            cycle_start=cycle_start,
            policies=self.policies,
            presences=[
                each
                for each in self.presences
                if each.started_at < end and cycle_start <= each.expires_at + MICROSECOND
            ],
            executions=[
                each
                for each in self.executions
                if each.started_at < end
                and (each.started_at >= cycle_start or reaches(each, cycle_start))
            ],
            watches=self.watches,
            now=now,
        )

    def cycle_as_of(self, cycle_start: datetime, *, at: datetime) -> CycleTimeline:
        """What scheduler.cycles.loading.load_cycle_as_of makes of the same rows."""
        policies = policies_known(sorted(self.policies, key=attrgetter("effective_from")), at)
        start = cycle_start_known(policies, cycle_start, at)
        known = StoredRows(
            policies=policies,
            presences=presences_known(self.presences, at),
            executions=executions_known(self.executions, at, start),
            watches=watches_known(self.watches, at),
        )
        return known.cycle(start, now=at)


def coordinated_rows(story: Story, store: MemoryStore) -> StoredRows:
    """The unsaved rows, numbered as a database would and in any order."""
    for number, row in enumerate(store.executions):
        row.pk = number
    rows = StoredRows(
        policies=_revisions(story, store.policy_changes),
        presences=[
            presence_span(
                row.runner.runner_id,
                row.runner.first_seen_at,
                row.started_at,
                row.last_heartbeat_at,
                row.expires_at,
                row.eligible,
            )
            for row in store.presences
        ],
        executions=[recorded(row) for row in store.executions],
    )
    _shuffle(story, rows)
    return rows


def observed_rows(story: Story, store: ObservedStore, truth: Truth) -> StoredRows:
    """What the reports come to, whatever their order."""
    beats = [each for each in store.reports if isinstance(each, HeartbeatReport)]
    # A later report of a run tells its end.
    runs = {each.run_id: each for each in store.reports if isinstance(each, ExecutionReport)}
    policies = _revisions(story, store.policy_changes)
    rows = StoredRows(
        policies=policies,
        presences=list(_spans(beats, tuple(policies))),
        executions=[recorded(_execution(*each)) for each in enumerate(runs.values())],
        watches=[WatchSpan(started_at=each.at, ended_at=each.good_until) for each in truth.looks],
    )
    _shuffle(story, rows)
    return rows


def _revisions(
    story: Story, changes: list[tuple[datetime, SchedulingPolicy]]
) -> list[PolicyRevision]:
    told = [(story.start, story.scenario.policy), *changes]
    return [PolicyRevision(effective_from=at, policy=policy) for at, policy in told]


def _shuffle(story: Story, rows: StoredRows) -> None:
    random = Random(story.seed)
    for each in (rows.policies, rows.presences, rows.executions, rows.watches or []):
        random.shuffle(each)


def _spans(
    beats: list[HeartbeatReport], policies: tuple[PolicyRevision, ...]
) -> Iterator[PresenceSpan]:
    for runner_id in {each.runner_id for each in beats}:
        told = {each.at: each for each in beats if each.runner_id == runner_id}
        marks = [
            BeatMark(
                at=at,
                eligible=each.eligible,
                good_for_seconds=policy_in_force(policies, at).dead_after_seconds,
            )
            for at, each in told.items()
        ]
        for lifespan in lifespans_of(marks):
            yield presence_span(
                runner_id,
                marks[0].at,
                lifespan.started_at,
                lifespan.last_heartbeat_at,
                lifespan.expires_at,
                lifespan.eligible,
            )


def _execution(number: int, told: ExecutionReport) -> Execution:
    code, detail = split_reason(told.reason)
    return Execution(
        pk=number,
        runner=Runner(runner_id=told.runner_id),
        run_id=told.run_id,
        status=told.status.value,
        origin=Origin.REPORTED.value,
        started_at=told.started_at,
        ended_at=told.ended_at,
        reason=code,
        reason_detail=detail,
        first_attempt_at=told.started_at,
        last_attempt_at=told.started_at,
    )

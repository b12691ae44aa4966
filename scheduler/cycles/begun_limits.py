"""How long runs from before a cycle could go on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scheduler.core.cycle.grid import policy_in_force
from scheduler.core.incidents.limits import begun_limits
from scheduler.core.interval import CycleSpan
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline, RunLimits
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.rows import presences_of
from scheduler.cycles.spans import span_of
from scheduler.models import Service

# Runs that go on from before are judged by the plans of so many cycles in which they began.
CYCLES_LOOKED_BACK = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class BegunLimits:
    """How long runs from before a cycle could go on: the plan of their own cycles tells it."""

    service: Service
    policies: Sequence[PolicyRevision]
    # Of this interval, the presences are known already.
    read: CycleSpan
    presences: Sequence[PresenceSpan]
    now: datetime
    _cycles: dict[datetime, CycleTimeline] = field(default_factory=dict, init=False)
    _known: dict[int, RunLimits] = field(default_factory=dict, init=False)
    _asked: int = field(default=0, init=False)

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
            policy = policy_in_force(self.policies, run.started_at)
            begun = self._cycle(policy.cycle_start(run.started_at))
            if begun is None:
                return None
            # No lane: it was no member when it began, and had no window.
            lane = next((each for each in begun.lanes if each.runner_id == run.runner_id), None)
            known = begun_limits(begun, run, lane.slots if lane else ())
            self._known[run.execution_id] = known
        return known

    def _cycle(self, start: datetime) -> CycleTimeline | None:
        known = self._cycles.get(start)
        span = span_of(self.policies, start)
        is_read = self.read.start <= start and span.end <= self.read.end
        # Read cycles cost no query; of the others there may be one for each run.
        if known is None and (is_read or self._asked < CYCLES_LOOKED_BACK):
            self._asked += not is_read
            known = self._cycles[start] = reconstruct(
                cycle_start=start,
                policies=self.policies,
                presences=self.presences if is_read else presences_of(self.service, span, {}),
                # Limits follow from the plan: what ran beside it does not matter.
                executions=(),
                now=self.now,
            )
        return known

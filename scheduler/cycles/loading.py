"""Rows into the core's timeline: one cycle of one service, or many, as they really were."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from scheduler.core.as_of import (
    cycle_start_known,
    executions_known,
    policies_known,
    presences_known,
    watches_known,
)
from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.instants import MICROSECOND
from scheduler.core.interval import CycleSpan
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline, Lane
from scheduler.cycles.begun_limits import BegunLimits
from scheduler.cycles.rows import (
    executions_of,
    is_about,
    lives_of,
    presences_of,
    reach_of,
    watches_of,
)
from scheduler.cycles.spans import span_of
from scheduler.cycles.touching import Executions
from scheduler.models import Service
from scheduler.policies import policy_revisions

# A drawing is capped, and says so where it is: nobody reads more marks in one cycle.
EXECUTIONS_LIMIT = 5_000
# The same for a drawing of few lanes.
LANES_LIMIT = 500


def load_cycle(service: Service, cycle_start: datetime, *, now: datetime) -> CycleTimeline:
    """The cycle that begins at ``cycle_start``, reconstructed from what is stored.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    policies = policy_revisions(service)
    span = span_of(policies, cycle_start)
    # First the executions: they say whose lives and which watches matter beyond the cycle.
    executions = executions_of(service, span, at_most=EXECUTIONS_LIMIT)
    presences = presences_of(service, span, lives_of(policies, executions, span, now))
    watches = watches_of(service, reach_of(executions, span), now)
    return _drawn(service, policies, span, executions, presences, watches, now)


def load_cycle_as_of(service: Service, cycle_start: datetime, *, at: datetime) -> CycleTimeline:
    """The cycle that begins at ``cycle_start`` as it was known at ``at``, an instant in it.

    Where its grid was not known of yet, it is the cycle that was shown in its place.
    """
    policies = policies_known(policy_revisions(service), at)
    span = span_of(policies, cycle_start_known(policies, cycle_start, at))
    # What began at `at` was known then; what began later is not even read.
    begun = replace(span, end=min(span.end, at + MICROSECOND))
    rows = executions_of(service, begun, at_most=EXECUTIONS_LIMIT)
    executions = executions_known(rows, at, span.start)
    lives = lives_of(policies, executions, span, at)
    presences = presences_known(presences_of(service, span, lives), at)
    watches = watches_known(watches_of(service, reach_of(executions, span), at), at)
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
        limits=BegunLimits(service, policies, span, presences, now).of(executions, span.start),
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
    span = span_of(policies, cycle_start)
    # The choice needs the lanes only, so the executions of all others are never read.
    bare = reconstruct(
        cycle_start=cycle_start,
        policies=policies,
        presences=presences_of(service, span, {}),
        executions=(),
        watches=watches_of(service, span, now),
        now=now,
    )
    chosen = choose(bare)
    executions = tuple(
        sorted(
            executions_of(service, span, at_most=LANES_LIMIT, runner_ids=chosen),
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
    # Gaps between the spans are read as well: one range costs less than many.
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    read = CycleSpan(start=first, end=last)
    rows = executions_of(service, read)
    presences = presences_of(service, read, lives_of(policies, rows, read, now))
    watches = watches_of(service, reach_of(rows, read), now)
    # For all of them together: a run through many cycles is looked up once.
    limits = BegunLimits(service, policies, read, presences, now)
    executions = Executions(rows)
    for span in spans:
        touching = executions.touching(span)
        lives = lives_of(policies, touching, span, now)
        yield reconstruct(
            cycle_start=span.start,
            policies=policies,
            presences=[each for each in presences if is_about(each, span, lives)],
            executions=touching,
            watches=watches,
            limits=limits.of(touching, span.start),
            now=now,
        )

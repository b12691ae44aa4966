"""How a cycle stands: the sentence at the top of its page, as the parts that the template joins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.rows.log import WHEN_LAST_WATCHED
from dashboard.text.service_state import (
    STATE_WORDS,
    Holder,
    NextTurn,
    ServiceState,
    StateWords,
    grace_end_of_owner,
    next_turn,
    state_of,
)
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords, span
from scheduler.core.cycle.watching import speaks_for
from scheduler.core.incidents import run_limits
from scheduler.core.instants import MICROSECOND
from scheduler.core.judging.run_limits import overdue_at
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleStatus:
    """The answer in a sentence. ``counts`` sums up the cycle's attempts, by word; ``unwatched``
    says that nothing else is known, where nobody watches."""

    state: ServiceState
    words: StateWords
    holders: tuple[tuple[str, Holder], ...]
    owner: str
    owner_id: str
    next_turn: NextTurn | None
    next_name: str
    grace_end: datetime | None
    runner_count: int
    window: str
    counts: tuple[tuple[str, int], ...]
    unwatched: str


def holders_in(timeline: CycleTimeline) -> tuple[Holder, ...]:
    """Who holds the service: one, or none, or in an observed fleet several."""
    # Both ends count: a runner is alive at the last instant of its presence, too.
    alive = {
        lane.runner_id
        for lane in timeline.lanes
        if any(each.started_at <= timeline.now <= each.expires_at for each in lane.presences)
    }
    running = [each for each in timeline.executions if each.status == Status.RUNNING]
    # It looks at every lane, which nobody needs while nothing runs.
    limits = run_limits(timeline, running) if running else {}
    return tuple(
        Holder(
            runner_id=execution.runner_id,
            run_id=execution.run_id,
            since=execution.started_at,
            is_silent=execution.runner_id not in alive,
            overdue=overdue_at(limits[execution.execution_id], timeline.now),
        )
        for execution in running
    )


def next_change_in(timeline: CycleTimeline) -> datetime | None:
    """The next instant at which the page says something else without a new row; None where there is
    none in the cycle. A run that goes on may come to be overdue between two changes of the plan."""
    until = timeline.next_change_at
    if until is None:
        return None
    running = [each for each in timeline.executions if each.status == Status.RUNNING]
    limits = run_limits(timeline, running) if running else {}
    passed = (at + MICROSECOND for each in limits.values() for at in each.values() if at)
    return min((at for at in passed if timeline.now < at < until), default=until)


def cycle_status(
    timeline: CycleTimeline,
    holders: tuple[Holder, ...],
    names: Mapping[str, str],
    at: datetime,
    words: TimeWords,
) -> CycleStatus:
    """How the cycle stands at ``at``."""
    plan = timeline.plan
    watched = speaks_for(timeline.watching, at)
    state = state_of(plan, holders, now=at, is_watched=watched)
    owner = plan.owner_at(at)
    following = next_turn(plan, at)
    # As of the plan of ``at``: a change of membership or policy in the cycle moves the windows.
    capacity = plan.policy.capacity(len(plan.runners))
    return CycleStatus(
        state=state,
        words=STATE_WORDS[state],
        holders=tuple((names.get(each.runner_id, each.runner_id), each) for each in holders),
        owner=names.get(owner.runner_id, owner.runner_id) if owner else "",
        owner_id=owner.runner_id if owner else "",
        next_turn=following,
        next_name=names.get(following.runner_id, following.runner_id) if following else "",
        grace_end=grace_end_of_owner(plan, at),
        runner_count=len(plan.runners),
        window=span(timedelta(seconds=capacity.window_seconds)) if capacity.window_seconds else "",
        counts=_counts(timeline),
        unwatched="" if watched else unwatched_words(timeline.watched_until, words),
    )


def _counts(timeline: CycleTimeline) -> tuple[tuple[str, int], ...]:
    # In the order of the statuses, whatever came first, so that the sentence does not jump about.
    counted: dict[Status, int] = dict.fromkeys(Status, 0)
    for execution in timeline.executions:
        # A refusal that is repeated in a cycle is one row: the sentence counts every attempt.
        counted[execution.status] += execution.attempts
    said = {status: status.value for status in Status}
    if timeline.watched_until != timeline.now:
        said[Status.RUNNING] += f" {WHEN_LAST_WATCHED}"
    return tuple((said[status], number) for status, number in counted.items() if number)

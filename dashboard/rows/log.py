"""What happened in a cycle, newest first: attempts and changes of the membership in one list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.text.names import short_run
from dashboard.text.signals import Signal, execution_signal
from dashboard.text.watch_words import between_words
from dashboard.text.words import TimeWords, count, span
from dashboard.web.addresses import execution_url
from scheduler.core.cycle.watching import speaks_for, unseen_since
from scheduler.core.judging.prior_runs import prior_run
from scheduler.core.reasons import BlockReason
from scheduler.core.timeline import CycleTimeline, Epoch, RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.listed import ListedExecution
from scheduler.policies import PolicyChange
from scheduler.words.characters import beginning
from scheduler.words.endings import ending
from scheduler.words.refusals import grace_words, late_words, margin_words

# The history has all of them.
ROWS_SHOWN = 50
CHANGE = Signal(key="change", word="Membership")
POLICY = Signal(key="policy", word="Policy changed")
# A deployment may have a whole fleet join at once.
NAMES_LISTED = 3
WHEN_LAST_WATCHED = "when last watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """``since`` is set for what still goes on: the page counts it on. ``url`` is the attempt's."""

    key: str
    run_id: str
    url: str
    time: str
    runner_id: str
    name: str
    signal: Signal
    what: str
    why: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLog:
    """The newest rows; ``total`` counts all of them."""

    rows: tuple[LogRow, ...]
    total: int

    @property
    def is_capped(self) -> bool:
        return len(self.rows) < self.total


def cycle_log(
    timeline: CycleTimeline,
    *,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
    changes: Mapping[datetime, PolicyChange],
) -> CycleLog:
    """The log of a cycle up to its ``now``.

    Args:
        changes: who put a policy in force that did so in the cycle, and why, by the instant.
    """
    instants: list[tuple[datetime, RecordedExecution | Epoch]] = [
        (execution.started_at, execution) for execution in timeline.executions
    ]
    # What changed with the very start of the cycle belongs to it, too.
    instants += [
        (epoch.start, epoch)
        for epoch in timeline.epochs
        if epoch.start <= timeline.now
        and (epoch.joined or epoch.left or epoch.is_new_policy)
        # What a collector finds when it looks again happened at some instant before: nobody leaves
        # while nobody watches.
        and speaks_for(timeline.watching, epoch.start)
    ]
    # Sorted first and written then: of thousands of rows, fifty are made.
    instants.sort(key=lambda entry: entry[0], reverse=True)
    rows = (
        _change_row(entry, timeline, names, words, changes.get(entry.start))
        if isinstance(entry, Epoch)
        else execution_row(
            entry, slug, names, words, is_watched=timeline.watched_until == timeline.now
        )
        for _, entry in instants[:ROWS_SHOWN]
    )
    return CycleLog(rows=tuple(rows), total=len(instants))


def execution_row(
    execution: RecordedExecution,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
    *,
    is_watched: bool = True,
) -> LogRow:
    """One attempt as a row of a log."""
    is_running = execution.status == Status.RUNNING
    return LogRow(
        # The row's id on the page: by it a refresh keeps rows, and a link finds them.
        key=f"execution-{execution.execution_id}",
        run_id=execution.run_id,
        url=execution_url(slug, execution.run_id),
        time=words.bare(execution.started_at),
        runner_id=execution.runner_id,
        name=names.get(execution.runner_id, execution.runner_id),
        signal=execution_signal(execution.status, execution.reason),
        what=_length(execution, words) if is_watched or not is_running else WHEN_LAST_WATCHED,
        why=why_words(execution, names),
        since=counted_since(execution, is_watched=is_watched),
    )


def counted_since(
    execution: RecordedExecution | ListedExecution, *, is_watched: bool
) -> datetime | None:
    """Since when a run's length is counted on: of one that nobody watches, it is not known."""
    goes_on = execution.status == Status.RUNNING
    return execution.started_at if goes_on and is_watched else None


def _length(execution: RecordedExecution, words: TimeWords) -> str:
    if execution.status == Status.BLOCKED:
        # Its time says all there is to say of a single refusal.
        if execution.attempts == 1:
            return ""
        return f"×{execution.attempts:,} until {words.seconds(execution.last_attempt_at)}"
    if execution.ended_at is None:
        return ""
    return f"after {span(execution.ended_at - execution.started_at)}"


def why_words(execution: RecordedExecution | ListedExecution, names: Mapping[str, str]) -> str:
    """Why an attempt ended as it did, or was blocked, in a few words."""
    detail = execution.reason_detail
    if execution.status != Status.BLOCKED:
        code = ending(execution.reason)
        return beginning(": ".join(part for part in (code, detail) if part))
    # The signal names the reason already.
    # By the numbers, in the pages' words; the detail, in the fleet's own, is for what has none.
    if execution.late_start_fraction is not None:
        return late_words(execution.late_start_fraction, attempts=execution.attempts)
    if execution.reason == BlockReason.SLOT_WINDOW_INVALID and execution.stable_runner_count:
        return margin_words(execution.stable_runner_count)
    if execution.reason == BlockReason.SCHEDULED_RUNNER_IN_GRACE and execution.assigned_runner_id:
        assigned = execution.assigned_runner_id
        return grace_words(names.get(assigned, assigned))
    # The detail of such a refusal names the run that was met, and its runner if that is known.
    prior = prior_run(execution)
    if prior is not None and prior.runner_id:
        return (
            f"{names.get(prior.runner_id, prior.runner_id)} held it, run {short_run(prior.run_id)}"
        )
    return beginning(detail)


def _change_row(
    epoch: Epoch,
    timeline: CycleTimeline,
    names: Mapping[str, str],
    words: TimeWords,
    change: PolicyChange | None,
) -> LogRow:
    parts = [
        f"{verb} {_listed(who, names)}"
        for verb, who in (("joined", epoch.joined), ("left", epoch.left))
        if who
    ]
    # A single runner has a column of its own, with a link; several are named in the sentence.
    only = (*epoch.joined, *epoch.left)
    runner_id = only[0] if len(only) == 1 else ""
    if runner_id:
        parts = ["joined" if epoch.joined else "left"]
    earliest = _earliest_return(epoch, timeline)
    if earliest is not None:
        parts.append(between_words(earliest, epoch.start, words))
    # One instant is one row: a policy that comes into force as somebody joins is told beside it.
    if only and epoch.is_new_policy:
        parts.append("policy changed")
    return LogRow(
        key=f"change-{epoch.start.timestamp()}",
        run_id="",
        url="",
        time=words.bare(epoch.start) if earliest is None else f"≈ {words.bare(epoch.start)}",
        runner_id=runner_id,
        name=names.get(runner_id, runner_id),
        signal=CHANGE if only else POLICY,
        what="; ".join(parts),
        why=f"new slots for {count(len(epoch.plan.runners), 'runner')}{_set_words(change)}",
        since=None,
    )


def _set_words(change: PolicyChange | None) -> str:
    """``; set by ops: the fleet grew``."""
    if change is None:
        return ""
    who = f"set by {change.changed_by}" if change.changed_by else ""
    said = ": ".join(filter(None, (who, change.note)))
    return f"; {said}" if said else ""


def _earliest_return(epoch: Epoch, timeline: CycleTimeline) -> datetime | None:
    """Since when who joined may have been back: only somebody's first heartbeat is told exactly."""
    returned = [
        runner_id
        for runner_id in epoch.joined
        # A first heartbeat ever is kept with its time; a return is seen at the next look.
        if not any(
            each.creation_time == each.started_at == epoch.start
            for each in timeline.lives.get(runner_id, ())
        )
    ]
    return unseen_since(timeline.watching, epoch.start) if returned else None


def _listed(runner_ids: tuple[str, ...], names: Mapping[str, str]) -> str:
    more = len(runner_ids) - NAMES_LISTED
    listed = ", ".join(names.get(each, each) for each in runner_ids[:NAMES_LISTED])
    return listed + (f" and {more:,} more" if more > 0 else "")

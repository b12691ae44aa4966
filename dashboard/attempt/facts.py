"""Every stored fact of an attempt, in the field's words; what a fleet did not tell is said so, or
derived and marked as derived."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.text.signals import STATUSES, Signal, blocked_reason
from dashboard.text.words import TimeWords, ordinal, span
from dashboard.web.addresses import blocked_url, cycle_url, runner_url
from scheduler.attempts.report import AttemptReport
from scheduler.core.recorded_claims import RecordedClaim
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.types import Origin
from scheduler.words.numbers import exact_percent
from scheduler.words.refusals import at_first

NOT_TOLD = "not told"
_ORIGINS = {
    Origin.CLAIMED: "Decided here, when it asked",
    Origin.REPORTED: "Reported by its fleet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line. ``copy`` is what a click copies; ``since`` is counted on; ``note`` is muted."""

    term: str
    text: str
    url: str = ""
    copy: str = ""
    note: str = ""
    signal: Signal | None = None
    since: datetime | None = None
    is_derived: bool = False


def attempt_facts(
    report: AttemptReport,
    *,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
    words_today: TimeWords,
) -> tuple[Fact, ...]:
    """The facts in the order in which they are read; the first instant is in ``words_today``."""
    return (
        *_identity(report.execution, slug, names),
        *_times(report, words, words_today),
        *_place(report, slug, names, words),
        *_seen_to(report, slug, words_today),
    )


def _identity(execution: RecordedExecution, slug: str, names: Mapping[str, str]) -> Iterator[Fact]:
    runner_id = execution.runner_id
    name = names[runner_id]
    yield Fact(term="Run id", text=execution.run_id, copy=execution.run_id)
    yield Fact(term="Runner", text=name, url=runner_url(slug, runner_id))
    # A short id is its own name, and told once.
    if name != runner_id:
        yield Fact(term="Runner id", text=runner_id, copy=runner_id)
    signal = STATUSES[execution.status]
    yield Fact(term="Status", text=signal.word, signal=signal)
    is_blocked = execution.status == Status.BLOCKED
    yield Fact(
        term="Reason",
        text=execution.reason or "none",
        note=blocked_reason(execution.reason) if is_blocked else "",
    )
    yield Fact(
        term="Detail",
        text=execution.reason_detail or "none",
        # Of repeats a row keeps the last detail, and the late fraction of the first (_late).
        note="of its last attempt" if execution.attempts > 1 else "",
    )
    yield Fact(term="Origin", text=_ORIGINS[Origin(execution.origin)])
    # Reports come in any order: only where starts are decided here do keys rise with them.
    if execution.origin == Origin.CLAIMED and not is_blocked:
        yield Fact(
            term="Fencing token",
            text=str(execution.execution_id),
            note="rises with every start",
        )


def _times(report: AttemptReport, words: TimeWords, words_today: TimeWords) -> Iterator[Fact]:
    execution = report.execution
    is_blocked = execution.status == Status.BLOCKED
    yield Fact(
        term="Asked" if is_blocked else "Started", text=words_today.full(execution.started_at)
    )
    if is_blocked:
        yield Fact(term="Ended", text="at once: it never ran")
    # It may be over by now: nobody would have told us.
    elif execution.ended_at is None and not report.is_watched:
        yield Fact(term="Ended", text="not known")
        yield Fact(term="Duration", text="not known")
    elif execution.ended_at is None:
        yield Fact(term="Ended", text="not yet")
        yield Fact(term="Duration", text="so far", since=execution.started_at)
    else:
        yield Fact(term="Ended", text=words.full(execution.ended_at))
        yield Fact(term="Duration", text=span(execution.ended_at - execution.started_at))
    yield Fact(term="Attempts", text=f"{execution.attempts:,}")
    yield Fact(term="First attempt", text=words.full(execution.first_attempt_at))
    yield Fact(term="Last attempt", text=words.full(execution.last_attempt_at))


def _place(
    report: AttemptReport, slug: str, names: Mapping[str, str], words: TimeWords
) -> Iterator[Fact]:
    timeline, claim, execution = report.timeline, report.claim, report.execution
    yield Fact(
        term="Cycle",
        text=words.range(timeline.cycle_start, timeline.cycle_end),
        url=f"{cycle_url(slug, timeline.cycle_start)}#execution-{execution.execution_id}",
        # A report tells no cycle: it follows from the policy of then.
        is_derived=execution.origin != Origin.CLAIMED,
    )
    if claim is None:
        # Nobody knows who was there: the facts are named, and said to be missing.
        for term in ("Slot", "Window", "Assigned runner", "Late fraction"):
            yield Fact(term=term, text=NOT_TOLD)
        return
    yield from _seat(claim, slug, names, words)
    yield _late(execution)


def _seat(
    claim: RecordedClaim, slug: str, names: Mapping[str, str], words: TimeWords
) -> Iterator[Fact]:
    facts, is_derived = claim.claim, claim.is_derived
    start, end, position = facts.slot_start, facts.slot_end, facts.runner_position
    has_slot = start is not None and end is not None
    count = facts.stable_runner_count
    yield Fact(
        term="Slot",
        text="none" if position is None else f"{ordinal(position):,} of {count:,}",
        note=f"not among {count:,}" if position is None else "",
        is_derived=is_derived,
    )
    yield Fact(
        term="Window",
        text=words.range(start, end) if start is not None and end is not None else "none",
        # Who has a slot and no window lost it to the margin: nothing else takes one.
        note="" if has_slot or position is None else "the margin takes all of the slot",
        is_derived=is_derived,
    )
    assigned = facts.assigned_runner_id or ""
    own = " (itself)" if assigned == facts.runner_id else ""
    yield Fact(
        term="Assigned runner",
        text=names.get(assigned, assigned) or "none",
        url=runner_url(slug, assigned) if assigned else "",
        note=own,
        is_derived=is_derived,
    )


def _late(execution: RecordedExecution) -> Fact:
    if execution.late_start_fraction is not None:
        return Fact(
            term="Late fraction",
            text=exact_percent(execution.late_start_fraction),
            note=f"of its window was over{at_first(execution.attempts)}",
        )
    if execution.origin != Origin.CLAIMED:
        return Fact(term="Late fraction", text=NOT_TOLD)
    return Fact(term="Late fraction", text="none", note="only a late start has one")


def _seen_to(report: AttemptReport, slug: str, words_today: TimeWords) -> Iterator[Fact]:
    """Who has seen to it that it was blocked; where nobody has, the way to do so."""
    if report.execution.status != Status.BLOCKED:
        return
    seen = report.acknowledgement
    if seen is None:
        # All of time: the audit would show the last day, which may not reach back to it.
        url = blocked_url(slug, to="now", run_id=report.execution.run_id)
        yield Fact(term="Acknowledged", text="not yet", url=url)
    else:
        when = words_today.full(seen.acknowledged_at)
        yield Fact(term="Acknowledged", text=f"by {seen.acknowledged_by}, {when}", note=seen.note)

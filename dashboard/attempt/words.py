"""One attempt in a few sentences: what it is, how it stands in its slot, which runs it met."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.rows.log import counted_since
from dashboard.text.names import short_run
from dashboard.text.signals import Signal, execution_signal
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords, count, duration
from dashboard.web.addresses import execution_url
from scheduler.attempts.report import AttemptReport
from scheduler.core.judging.prior_runs import PriorRun
from scheduler.core.reasons import BlockReason, EndReason
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.characters import beginning
from scheduler.words.endings import ending
from scheduler.words.refusals import grace_words, late_words, margin_words

SILENT = Signal(key="abandoned", word="Silent holder")
UNWATCHED = Signal(key="unknown", word="Not watched")
# From here on, a sentence tells no fractions of a second, or one digit of them.
_WHOLE_FROM = 10.0
_TENTHS_FROM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A sentence about another run: ``of`` whom, where that is known; linked, where it is kept."""

    before: str
    text: str
    url: str
    title: str
    of: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptHead:
    """``sentence`` goes on after the runner's name; while it runs, ``since`` is counted on first.
    ``slot`` is empty where nobody knows of one."""

    signal: Signal
    name: str
    since: datetime | None
    sentence: str
    slot: str
    is_slot_derived: bool
    runs: tuple[RunLine, ...]


def attempt_head(
    report: AttemptReport,
    *,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
    words_today: TimeWords,
) -> AttemptHead:
    """The sentences at the top of the page; the first instant is in ``words_today``."""
    execution = report.execution
    return AttemptHead(
        signal=_signal(report),
        name=names[execution.runner_id],
        since=counted_since(execution, is_watched=report.is_watched),
        sentence=_sentence(report, names, words_today),
        slot=_slot(report, words),
        is_slot_derived=report.claim is not None and report.claim.is_derived,
        runs=tuple(_run_lines(report, slug, names, words)),
    )


def about(length: timedelta) -> str:
    """A duration as it is said: the longer, the less of its fractions."""
    seconds = length.total_seconds()
    if seconds >= _WHOLE_FROM:
        return duration(round(seconds))
    return duration(round(seconds, 1) if seconds >= _TENTHS_FROM else seconds)


def _signal(report: AttemptReport) -> Signal:
    execution = report.execution
    if execution.status == Status.RUNNING and not report.is_watched:
        return UNWATCHED
    return SILENT if report.is_silent else execution_signal(execution.status, execution.reason)


def _sentence(report: AttemptReport, names: Mapping[str, str], words_today: TimeWords) -> str:
    execution = report.execution
    if execution.status == Status.BLOCKED:
        return _blocked(execution, names, words_today)
    started = words_today.full_seconds(execution.started_at)
    if execution.ended_at is None:
        if not report.is_watched:
            return f"started at {started}. {unwatched_words(report.watched_until, words_today)}"
        if report.is_silent:
            return f"since {started}, and is no longer heard: nobody else can start."
        return f"so far, since {started}."
    length = about(execution.ended_at - execution.started_at)
    extent = "from {} to {}".format(*_ends(execution.started_at, execution.ended_at, words_today))
    if execution.status == Status.COMPLETED:
        return f"ran for {length}, {extent}."
    # These two were ended by somebody else: what became of the run itself nobody told.
    if execution.reason == EndReason.RUNNER_DEAD:
        return f"was no longer heard. It held the service for {length}, {extent}."
    if execution.reason == EndReason.OUTCOME_UNKNOWN:
        return f"was lost sight of: nobody told how it ended. It is counted for {length}, {extent}."
    why = beginning(": ".join(filter(None, (execution.reason, execution.reason_detail))))
    return f"gave up after {length}, {extent}{': ' + why if why else ', and told no reason'}."


def _blocked(
    execution: RecordedExecution,
    names: Mapping[str, str],
    words_today: TimeWords,
) -> str:
    why = _refusal(execution, names)
    if execution.attempts == 1:
        first = words_today.full_seconds(execution.first_attempt_at)
        return f"asked at {first}{': ' + why if why else ''}."
    tried = count(execution.attempts, "attempt")
    first, last = _ends(execution.first_attempt_at, execution.last_attempt_at, words_today)
    return f"asked to start{': ' + why if why else ''}. {tried} from {first} until {last}."


def _ends(start: datetime, end: datetime, words_today: TimeWords) -> tuple[str, str]:
    # Among the facts, instants are told in full.
    return words_today.ends(start.replace(microsecond=0), end.replace(microsecond=0))


def _refusal(execution: RecordedExecution, names: Mapping[str, str]) -> str:
    # A prior run has a line of its own (_run_lines).
    if execution.late_start_fraction is not None:
        return late_words(execution.late_start_fraction, attempts=execution.attempts)
    if execution.reason == BlockReason.SLOT_WINDOW_INVALID and execution.stable_runner_count:
        return margin_words(execution.stable_runner_count)
    if execution.reason == BlockReason.SCHEDULED_RUNNER_IN_GRACE and execution.assigned_runner_id:
        assigned = execution.assigned_runner_id
        return grace_words(names.get(assigned, assigned))
    return ""


def _slot(report: AttemptReport, words: TimeWords) -> str:
    """Where its start and its end lie in its window."""
    claim, execution = report.claim, report.execution
    if claim is None:
        return ""
    start, end = claim.claim.slot_start, claim.claim.slot_end
    if start is None or end is None:
        return ""
    verb = "asked" if execution.status == Status.BLOCKED else "started"
    window = f"its window ({words.seconds(start)} – {words.seconds(end)})"
    at = execution.started_at
    if at < start:
        began = f"It {verb} {about(start - at)} before {window}"
    elif at >= end:
        began = f"It {verb} {about(at - end)} after {window}"
    else:
        began = f"It {verb} {about(at - start)} into {window}"
    if execution.status == Status.BLOCKED:
        return f"{began}."
    return f"{began}{_ending(execution, end, report)}"


def _ending(execution: RecordedExecution, slot_end: datetime, report: AttemptReport) -> str:
    ended, cycle_end = execution.ended_at, report.timeline.cycle_end
    if ended is None:
        # How far is not told: that would have to be counted on. Of a fleet that nobody ever
        # watched, no more is known than the start.
        seen = report.watched_until or execution.started_at
        went = "goes" if report.is_watched else "went"
        if seen >= cycle_end:
            return f" and {went} on past the end of its cycle."
        return f" and {went} on past its end." if seen >= slot_end else "."
    # The farthest bound that it passed says most: a cycle ends after each of its windows.
    if ended > cycle_end:
        return f" and went on {about(ended - cycle_end)} past the end of its cycle."
    if ended > slot_end:
        return f" and ran {about(ended - slot_end)} past its end."
    return f" and ended {about(slot_end - ended)} before its end."


def _run_lines(
    report: AttemptReport, slug: str, names: Mapping[str, str], words: TimeWords
) -> Iterator[RunLine]:
    execution = report.execution
    if report.prior is not None:
        yield _holder_line(report.prior, report, slug, names, words)
    for each in report.overlapped:
        after = f" went on when it started, {_until(each, report, words)}."
        yield _line("Two at once: run ", each, names, after, slug)
    before = next((each for each in report.before if each.status != Status.BLOCKED), None)
    # Whom it met is told above, and matters more than who ran before.
    if before is None or before in report.overlapped or report.prior is not None:
        return
    if before.ended_at is None or before.ended_at > execution.started_at:
        after = f" went on then, {_until(before, report, words)}."
        yield _line("Run ", before, names, after, slug)
    else:
        ago = about(execution.started_at - before.ended_at)
        after = f", had ended {ago} earlier."
        yield _line("The last run before it, ", before, names, after, slug)


def _until(run: RecordedExecution, report: AttemptReport, words: TimeWords) -> str:
    if run.ended_at is None:
        return "and has not ended yet" if report.is_watched else "and its end is not known"
    return f"until {words.full_seconds(run.ended_at)}"


def _holder_line(
    prior: PriorRun,
    report: AttemptReport,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
) -> RunLine:
    holder = report.holder
    # The fleet named it, and never told of it; or it is pruned by now.
    if holder is None:
        return RunLine(
            before="Run ",
            text=short_run(prior.run_id),
            url="",
            title=prior.run_id,
            of=names.get(prior.runner_id, prior.runner_id),
            after=" still held the service; it is not kept here.",
        )
    held = f"since {words.full_seconds(holder.started_at)} {_until(holder, report, words)}"
    how = f" ({ending(holder.reason, holder.status.value)})" if holder.ended_at else ""
    return _line("Run ", holder, names, f" still held the service: {held}{how}.", slug)


def _line(
    before: str, run: RecordedExecution, names: Mapping[str, str], after: str, slug: str
) -> RunLine:
    return RunLine(
        before=before,
        text=short_run(run.run_id),
        url=execution_url(slug, run.run_id),
        title=run.run_id,
        of=names.get(run.runner_id, run.runner_id),
        after=after,
    )

"""How many the filter finds, of which kinds, and how long they took: in words, from a sample."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from dashboard.history_query import REASON, STATUS, HistoryQuery
from dashboard.signals import STATUSES, Signal, blocked_reason, blocked_signal
from dashboard.words import count, duration
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.samples import Sample

RAN = (Status.COMPLETED, Status.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of one kind; ``href`` asks for these alone."""

    signal: Signal
    word: str
    number: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """``number`` counts the executions: ``10,000+`` where there are more. All else is told of the
    newest ``counted`` ones, since ``since``, where that is set."""

    number: str
    counted: str
    statuses: tuple[Tally, ...]
    reasons: tuple[Tally, ...]
    attempts: str
    median: str
    longest: str
    since: datetime | None


def totals_of(sample: Sample, query: HistoryQuery, path: str) -> Totals:
    """The totals of what a filter finds."""
    statuses = Counter(row.status for row in sample.rows)
    reasons = Counter(row.reason for row in sample.rows if row.status == Status.BLOCKED)
    lengths = [row.duration_us for row in sample.rows if row.duration_us and row.status in RAN]
    return Totals(
        number=f"{sample.found:,}" + ("" if sample.is_complete else "+"),
        counted=f"{len(sample.rows):,}",
        statuses=tuple(
            Tally(
                signal=signal,
                word=signal.word,
                number=f"{statuses[status]:,}",
                href=path + query.query({STATUS: status.value}),
            )
            for status, signal in STATUSES.items()
            if statuses[status]
        ),
        reasons=tuple(
            Tally(
                signal=blocked_signal(reason),
                word=blocked_reason(reason),
                number=f"{number:,}",
                href=path + query.query({STATUS: Status.BLOCKED.value, REASON: reason}),
            )
            for reason, number in reasons.most_common(6)
        ),
        attempts=count(
            sum(row.attempts for row in sample.rows if row.status == Status.BLOCKED), "time"
        ),
        median=duration(median(lengths) / 1e6) if lengths else "",
        longest=duration(max(lengths) / 1e6) if lengths else "",
        since=sample.since,
    )

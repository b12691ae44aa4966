"""How many the filter finds, of which kinds, and how long they took: in words, from a sample."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from dashboard.history.filters import REASON, STATUS
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import STATUSES, Signal, blocked_reason, blocked_signal
from dashboard.text.words import count, duration
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.samples import Sample

# The others are counted together.
REASONS_SHOWN = 6
RAN = (Status.COMPLETED, Status.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of one kind; ``href`` asks for these alone, and is empty for several together."""

    signal: Signal
    word: str
    number: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """``number`` counts the executions: ``10,000+`` where there are more. All else is told of the
    newest ``counted`` ones, since ``since``, where that is set. ``reasons`` share out the
    ``attempts``."""

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
    reasons: Counter[str] = Counter()
    for row in sample.rows:
        if row.status == Status.BLOCKED:
            # A row is one refusal with its repeats: these sum up to "Blocked 143 times".
            reasons[row.reason] += row.attempts
    # A block has an end too, and no length that would tell of runs.
    lengths = [row.duration_us for row in sample.rows if row.duration_us and row.status in RAN]
    return Totals(
        number=f"{sample.found:,}" + ("" if sample.is_complete else "+"),
        counted=f"{len(sample.rows):,}",
        statuses=tuple(
            Tally(
                signal=signal,
                word=signal.word,
                number=f"{statuses[status]:,}",
                href=path + query.query({STATUS: (status.value,)}),
            )
            for status, signal in STATUSES.items()
            if statuses[status]
        ),
        reasons=tuple(_reasons(reasons, query, path)),
        attempts=count(reasons.total(), "time"),
        median=duration(median(lengths) / 1e6) if lengths else "",
        longest=duration(max(lengths) / 1e6) if lengths else "",
        since=sample.since,
    )


def _reasons(counted: Counter[str], query: HistoryQuery, path: str) -> Iterator[Tally]:
    """The most frequent reasons, and the others together: they sum up."""
    ordered = counted.most_common()
    for reason, number in ordered[:REASONS_SHOWN]:
        yield Tally(
            signal=blocked_signal(reason),
            word=blocked_reason(reason),
            number=f"{number:,}",
            href=path + query.query({STATUS: (Status.BLOCKED.value,), REASON: (reason,)}),
        )
    if rest := ordered[REASONS_SHOWN:]:
        yield Tally(
            signal=blocked_signal(""),
            word=f"for {count(len(rest), 'other reason')}",
            number=f"{sum(number for _, number in rest):,}",
            # A filter names reasons, and can't ask for all but some.
            href="",
        )

"""When a runner was not heard, as rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.text.watch_words import between_words
from dashboard.text.words import TimeWords, span
from scheduler.core.cycle.watching import unseen_since
from scheduler.fleet.runner_report import RunnerReport

GAPS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """An interval without the runner; ``end`` is empty where it goes on, and ``end_between`` says
    between which looks it was, where nobody knows better."""

    start: str
    end: str
    end_between: str
    length: str


def gap_rows(report: RunnerReport, words: TimeWords) -> tuple[GapRow, ...]:
    """The latest gaps, the last first."""
    return tuple(
        GapRow(
            start=words.seconds(start),
            end=_heard_again(report, end, words) if end < report.now else "",
            end_between=_between(report, end, words) if end < report.now else "",
            length=span(timedelta(seconds=round((end - start).total_seconds()))),
        )
        # They are in order of time: the latest are the last.
        for start, end in reversed(report.unheard[-GAPS_SHOWN:])
    )


def _heard_again(report: RunnerReport, at: datetime, words: TimeWords) -> str:
    """When a gap ended, as far as looking now and then can tell."""
    # A fleet that is looked at every 2 s tells an end no better than that.
    return f"{'≈ ' if _between(report, at, words) else ''}{words.seconds(at)}"


def _between(report: RunnerReport, at: datetime, words: TimeWords) -> str:
    earliest = unseen_since(report.watches, at)
    return "" if earliest is None else between_words(earliest, at, words)

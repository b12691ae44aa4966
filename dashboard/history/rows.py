"""Executions as rows of the history's table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from dashboard.rows.log import WHEN_LAST_WATCHED, counted_since, why_words
from dashboard.text.names import short_run
from dashboard.text.signals import Signal, execution_signal
from dashboard.text.words import TimeWords, duration
from dashboard.web.addresses import cycle_address, cycle_url, execution_url, runner_url, service_url
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.watching import unwatched_now
from scheduler.history.listed import ListedExecution
from scheduler.words.characters import beginning


class HistoryRow(NamedTuple):
    """One attempt. ``since`` is set for what is seen to run: the page counts it on."""

    key: str
    service: str
    service_url: str
    time: str
    iso: str
    url: str
    run_id: str
    short_run_id: str
    runner_id: str
    runner: str
    runner_url: str
    signal: Signal
    length: str
    since: datetime | None
    why: str
    cycle: str
    cycle_url: str
    acknowledged: str


def history_rows(
    rows: Sequence[ListedExecution], names: Mapping[str, str], words: TimeWords, now: datetime
) -> tuple[HistoryRow, ...]:
    """The rows of one page, whose runners, services and acknowledgements were read with them."""
    running = {row.service for row in rows if row.status == Status.RUNNING}
    unwatched = unwatched_now(running, now)

    @cache
    def cycle(slug: str, start: datetime) -> tuple[str, str]:
        """What a cycle is called, and its address: many rows are of the same."""
        return words.bare(start), cycle_url(slug, start)

    @cache
    def runner(slug: str, runner_id: str) -> tuple[str, str]:
        return names.get(runner_id, runner_id), runner_url(slug, runner_id)

    return tuple(
        _row(row, names, words, cycle, runner, is_watched=row.service.pk not in unwatched)
        for row in rows
    )


def _row(
    row: ListedExecution,
    names: Mapping[str, str],
    words: TimeWords,
    cycle: Callable[[str, datetime], tuple[str, str]],
    runner: Callable[[str, str], tuple[str, str]],
    *,
    is_watched: bool,
) -> HistoryRow:
    slug, status = row.service.slug, row.status
    name, name_url = runner(slug, row.runner.runner_id)
    start, start_url = cycle(slug, row.cycle_start) if row.cycle_start else ("", "")
    return HistoryRow(
        # The row's id in the page: by it the live tail finds what it has already.
        key=f"execution-{row.pk}",
        service=row.service.name,
        service_url=service_url(slug),
        time=words.bare(row.started_at),
        iso=cycle_address(row.started_at),
        url=execution_url(slug, row.run_id),
        run_id=row.run_id,
        short_run_id=short_run(row.run_id),
        runner_id=row.runner.runner_id,
        runner=name,
        runner_url=name_url,
        signal=execution_signal(status, row.reason),
        length=_length(row, status, words),
        since=counted_since(row, is_watched=is_watched),
        why=why_words(row, names),
        cycle=start,
        cycle_url=start_url,
        acknowledged=_acknowledged(row, words),
    )


def _length(row: ListedExecution, status: Status, words: TimeWords) -> str:
    if status == Status.BLOCKED:
        if row.attempts == 1:
            return ""
        return f"×{row.attempts:,} until {words.seconds(row.last_attempt_at)}"
    return WHEN_LAST_WATCHED if row.duration_us is None else duration(row.duration_us / 1e6)


def _acknowledged(row: ListedExecution, words: TimeWords) -> str:
    seen = row.acknowledgement
    if seen is None:
        return ""
    # A note may have 2,000 characters, and one action be on every row of the page.
    return f"{seen.acknowledged_by}, {words.full(seen.acknowledged_at)}: {beginning(seen.note)}"

"""What a runner did last: its runs and blocks, as rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.rows.log import LogRow, execution_row
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_url
from scheduler.core.timeline import RecordedExecution
from scheduler.fleet.runner_report import RunnerReport
from scheduler.models import Service
from scheduler.policies import policy_book

ROWS_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRow:
    """One attempt, and the cycle it began in."""

    log: LogRow
    cycle_url: str


def done_rows(
    service: Service, report: RunnerReport, names: Mapping[str, str], words: TimeWords
) -> tuple[DoneRow, ...]:
    """The latest attempts, the last first."""
    policy_at = policy_book(service)

    def url_of(row: RecordedExecution) -> str:
        start = row.cycle_start or policy_at(row.started_at).cycle_start(row.started_at)
        return cycle_url(service.slug, start)

    return tuple(
        DoneRow(
            log=execution_row(row, service.slug, names, words, is_watched=report.is_watched),
            cycle_url=url_of(row),
        )
        for row in report.executions[:ROWS_SHOWN]
    )

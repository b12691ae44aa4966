"""The attempts around one attempt as rows of a log, each with how far from it it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.attempt.words import about
from dashboard.rows.log import LogRow, execution_row
from dashboard.text.words import TimeWords, count
from scheduler.attempts.report import AttemptReport
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status

# The summary counts as many as are read (200); these are listed.
BLOCKS_SHOWN = 20
CYCLE_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NearRow:
    """``gap`` is how far it is from the attempt of the page, which ``is_this``."""

    log: LogRow
    gap: str
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """Whom a run blocked: ``rows`` are the newest; ``summary`` says of how many."""

    rows: tuple[NearRow, ...]
    summary: str


class AttemptRows:
    """Writes the rows about one report."""

    def __init__(
        self, report: AttemptReport, *, slug: str, names: Mapping[str, str], words: TimeWords
    ) -> None:
        self._report = report
        self._slug = slug
        self._names = names
        self._words = words

    def around(self) -> tuple[NearRow, ...]:
        """What came after it, itself, and what came before: the newest first, as in every log."""
        own = self._report.execution
        return (
            *(self._row(each, self._gap_after(each)) for each in reversed(self._report.after)),
            self._row(own, "this one", is_this=True),
            *(self._row(each, self._gap_before(each)) for each in self._report.before),
        )

    def same_cycle(self) -> tuple[NearRow, ...]:
        """What else its runner tried in its cycle, the newest first."""
        # The lane of the runner has them in order of time, the oldest first.
        newest = list(reversed(self._report.same_cycle))[:CYCLE_SHOWN]
        return self._rows(newest)

    def blocks(self) -> BlockList:
        """The attempts that it blocked."""
        found = self._report.blocks
        # What was blocked itself has blocked nobody.
        if found is None:
            return BlockList(rows=(), summary="")
        return BlockList(rows=self._rows(found.rows[:BLOCKS_SHOWN]), summary=self._summary())

    def _summary(self) -> str:
        found = self._report.blocks
        if found is None or not found.rows:
            return ""
        attempts = sum(each.attempts for each in found.rows)
        # Runners are counted in what was read: of more rows there may be more runners, too.
        more = "+" if found.is_capped else ""
        runners = len({each.runner_id for each in found.rows})
        said = f"{attempts:,}{more} {'attempt' if attempts == 1 else 'attempts'}"
        said += f" of {count(runners, 'runner')}{more}"
        if len(found.rows) > BLOCKS_SHOWN:
            said += f"; the newest {BLOCKS_SHOWN} of {len(found.rows):,}{more} rows"
        if found.since is not None:
            said += f", since {self._words.full(found.since)} alone"
        if any(_began_before(each, self._report.execution) for each in found.rows):
            said += (
                ". A row names the run that its last attempt met: the first may have met another"
            )
        return f"{said}."

    def _rows(self, executions: Iterable[RecordedExecution]) -> tuple[NearRow, ...]:
        own = self._report.execution
        return tuple(
            self._row(
                each,
                self._gap_before(each)
                if each.started_at < own.started_at
                else self._gap_after(each),
            )
            for each in executions
        )

    def _row(self, execution: RecordedExecution, gap: str, *, is_this: bool = False) -> NearRow:
        is_watched = self._report.is_watched
        log = execution_row(execution, self._slug, self._names, self._words, is_watched=is_watched)
        return NearRow(log=log, gap=gap, is_this=is_this)

    def _gap_before(self, other: RecordedExecution) -> str:
        own = self._report.execution
        # A block is over when it begins: from its end to here is from its start.
        if other.status == Status.BLOCKED:
            return f"{about(own.started_at - other.started_at)} before"
        if other.ended_at is None or other.ended_at > own.started_at:
            return "still ran"
        return f"ended {about(own.started_at - other.ended_at)} before"

    def _gap_after(self, other: RecordedExecution) -> str:
        own = self._report.execution
        if own.status == Status.BLOCKED:
            return f"{about(other.started_at - own.started_at)} later"
        # A block while this run held, or a second run beside it.
        if own.ended_at is None or other.started_at < own.ended_at:
            return f"{about(other.started_at - own.started_at)} after its start"
        return f"{about(other.started_at - own.ended_at)} after its end"


def _began_before(block: RecordedExecution, run: RecordedExecution) -> bool:
    return block.attempts > 1 and block.started_at < run.started_at


def runners_of(executions: Sequence[RecordedExecution]) -> set[str]:
    """Everybody whom these rows name."""
    return {each for row in executions for each in (row.runner_id, row.assigned_runner_id) if each}

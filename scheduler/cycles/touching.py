"""Executions of many cycles, read once, by the cycle that they touch."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from scheduler.core.instants import seconds_before
from scheduler.core.interval import CycleSpan
from scheduler.core.rows import RecordedExecution
from scheduler.db.reaching import reaches


class Executions:
    """Executions in the order of their starts, asked for those that touch one cycle of many."""

    def __init__(self, rows: Sequence[RecordedExecution]) -> None:
        self._rows = sorted(rows, key=attrgetter("started_at", "execution_id"))
        self._starts = [row.started_at for row in self._rows]
        self._going_on = [row for row in self._rows if row.ended_at is None]
        # By classes of lengths: one that lasts has no cycle look back for the others as far.
        ended: defaultdict[int, list[RecordedExecution]] = defaultdict(list)
        for row in self._rows:
            if row.ended_at is not None:
                ended[_lasted(row).bit_length()].append(row)
        # `_lasted` cuts off the fraction: one second more bounds them all.
        self._ended = {
            lengths: (max(map(_lasted, those)) + 1, those) for lengths, those in ended.items()
        }

    def touching(self, span: CycleSpan) -> list[RecordedExecution]:
        begun = bisect_left(self._starts, span.start)
        last = bisect_left(self._starts, span.end)
        before = [
            row
            for longest, those in self._ended.values()
            for row in _begun(those, seconds_before(span.start, longest), span.start)
            if reaches(row, span.start)
        ]
        going_on = [row for row in self._going_on if row.started_at < span.start]
        return [*going_on, *before, *self._rows[begun:last]]


def _lasted(row: RecordedExecution) -> int:
    """Whole seconds from the start to the last instant that is known of it."""
    return int((_reach(row) - row.started_at).total_seconds())


def _begun(
    rows: Sequence[RecordedExecution], since: datetime, until: datetime
) -> Sequence[RecordedExecution]:
    by_start = attrgetter("started_at")
    return rows[bisect_left(rows, since, key=by_start) : bisect_left(rows, until, key=by_start)]


def _reach(row: RecordedExecution) -> datetime:
    """The last instant that is known of a run, or of the repeats of a block."""
    return max(row.ended_at or row.started_at, row.last_attempt_at)

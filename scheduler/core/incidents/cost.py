"""How many starts were refused in an interval, summed up once for many such questions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime

from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status


class BlockedAttempts:
    """The refused attempts of one reason; the repeats in a row stand for all of its interval."""

    def __init__(self, executions: Iterable[RecordedExecution], reason: str) -> None:
        rows = [
            each for each in executions if each.status == Status.BLOCKED and each.reason == reason
        ]
        self._begun = _Sums([(each.first_attempt_at, each.attempts) for each in rows])
        self._over = _Sums([(each.last_attempt_at, each.attempts) for each in rows])

    def between(self, start: datetime, end: datetime | None) -> int:
        """The attempts of the rows that reach into [start, end]; no end is no limit."""
        # Begun by its end, less those over before its start: two look-ups instead of a scan.
        return self._begun.until(end) - self._over.before(start)


class _Sums:
    """Numbers by instant, summed up."""

    def __init__(self, numbers: list[tuple[datetime, int]]) -> None:
        numbers.sort()
        self._instants = [at for at, _ in numbers]
        # One more than there are instants: nothing lies before the first.
        self._sums = [0]
        for _, number in numbers:
            self._sums.append(self._sums[-1] + number)

    def before(self, at: datetime) -> int:
        return self._sums[bisect_left(self._instants, at)]

    def until(self, at: datetime | None) -> int:
        return self._sums[-1 if at is None else bisect_right(self._instants, at)]

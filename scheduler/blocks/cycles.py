"""Blocks by the cycle in which they began: the worst cycles, and the longest streak of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.core.cycle.grid import cycle_policy, policy_in_force
from scheduler.core.interval import CycleSpan
from scheduler.core.rows import PolicyRevision
from scheduler.history.blocks import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedCycle:
    """A cycle, and the blocks that began in it."""

    span: CycleSpan
    rows: list[Block] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        return len(self.rows)

    @property
    def attempts(self) -> int:
        """How many were refused in them."""
        return sum(row.attempts for row in self.rows)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(row.reason for row in self.rows)

    @property
    def runners(self) -> int:
        """How many were refused."""
        return len({row.runner for row in self.rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Cycles one after the other, in each of which a block began."""

    start: datetime
    end: datetime
    cycles: int
    blocks: int


def blocked_cycles(rows: Iterable[Block], policies: Sequence[PolicyRevision]) -> list[BlockedCycle]:
    """The cycles in which these blocks began, in order of time.

    Args:
        rows: the newest first.
    """
    found: list[BlockedCycle] = []
    for row in rows:
        # In order of time, so that the rows of one cycle lie together.
        if not found or not _holds(found[-1].span, row.started_at):
            found.append(BlockedCycle(span=_span(row.started_at, policies)))
        found[-1].rows.append(row)
    return found[::-1]


def worst_cycles(cycles: Iterable[BlockedCycle], at_most: int) -> list[BlockedCycle]:
    """Those with the most refused attempts, then the most blocks; of equal ones the latest."""
    return sorted(
        cycles, key=lambda each: (each.attempts, each.blocks, each.span.start), reverse=True
    )[:at_most]


def longest_streak(cycles: Iterable[BlockedCycle]) -> Streak | None:
    """The longest unbroken run of cycles; of equal ones the latest. None where there are none."""
    longest: Streak | None = None
    present: Streak | None = None
    for each in cycles:
        # `>=`: after a change of interval, a cycle may begin before the end of the last one.
        before = present if present is not None and present.end >= each.span.start else None
        present = Streak(
            start=before.start if before else each.span.start,
            end=each.span.end,
            cycles=(before.cycles if before else 0) + 1,
            blocks=(before.blocks if before else 0) + each.blocks,
        )
        if longest is None or present.cycles >= longest.cycles:
            longest = present
    return longest


def _holds(span: CycleSpan, at: datetime) -> bool:
    return span.start <= at < span.end


def _span(at: datetime, policies: Sequence[PolicyRevision]) -> CycleSpan:
    start = policy_in_force(policies, at).cycle_start(at)
    return CycleSpan(start=start, end=cycle_policy(policies, start).cycle_end(start))

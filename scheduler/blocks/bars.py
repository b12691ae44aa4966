"""Blocks over time: how many of each reason there were in each interval of a range."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate, pairwise

from scheduler.history.blocks import Block
from scheduler.words.round_steps import RoundSteps, round_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How many blocks of one kind began in [start, end), or came again in it."""

    start: datetime
    end: datetime
    reason: str
    is_derived: bool
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """``bars`` in order of time, none of them empty; each covers ``length`` of [start, end), or
    what of it is inside."""

    start: datetime
    end: datetime
    length: timedelta
    bars: tuple[Bar, ...]


def bars_of(rows: Sequence[Block], start: datetime, end: datetime, *, zone: tzinfo) -> Bars:
    """The blocks of [start, end); what began before is in the first bar.

    Args:
        zone: that on whose clock bars begin at full minutes, hours and days.
    """
    steps = round_steps(start, end, zone)
    kinds: dict[tuple[str, bool], Counter[int]] = {}
    for row in rows:
        changes = kinds.setdefault((row.reason, row.is_derived), Counter())
        began = steps.number(row.started_at)
        ended = max(steps.number(row.last_at), began)
        # A row begins in a step, and is in all up to the one in which it came last.
        changes[began] += 1
        changes[ended + 1] -= 1
    found = sorted(_bars(kinds, steps), key=_order)
    # The first and the last step may reach beyond the range.
    clipped = [_clipped(each, start, end) for each in found]
    return Bars(start=start, end=end, length=steps.length, bars=tuple(clipped))


def _bars(kinds: dict[tuple[str, bool], Counter[int]], steps: RoundSteps) -> Iterator[Bar]:
    for (reason, is_derived), changes in kinds.items():
        numbers = accumulate(changes[each] for each in range(len(steps)))
        for (start, end), blocks in zip(pairwise(steps.edges), numbers, strict=True):
            if blocks:
                yield Bar(
                    start=start,
                    end=end,
                    reason=reason,
                    is_derived=is_derived,
                    blocks=blocks,
                )


def _order(bar: Bar) -> tuple[datetime, str, bool]:
    return bar.start, bar.reason, bar.is_derived


def _clipped(bar: Bar, start: datetime, end: datetime) -> Bar:
    return Bar(
        start=max(bar.start, start),
        end=min(bar.end, end),
        reason=bar.reason,
        is_derived=bar.is_derived,
        blocks=bar.blocks,
    )

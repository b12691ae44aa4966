"""Blocks over time: how many of each reason there were in each stretch of a range."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from scheduler.history.blocks import Block
from scheduler.round_steps import round_step, step_start


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


def bars_of(rows: Sequence[Block], start: datetime, end: datetime, *, offset: timedelta) -> Bars:
    """The blocks of [start, end); what began before is in the first bar.

    Args:
        offset: that of the zone on whose clock bars begin at full minutes, hours and days.
    """
    length = round_step(start, end, offset)
    first = step_start(start, length, offset)
    last_step = max(0, -((first - end) // length) - 1)
    kinds: dict[tuple[str, bool], Counter[int]] = {}
    for row in rows:
        steps = kinds.setdefault((row.reason, row.is_derived), Counter())
        began = min(max((row.started_at - first) // length, 0), last_step)
        ended = began
        if row.last_at > row.started_at:
            ended = min(max((row.last_at - first) // length, began), last_step)
        # A row begins in a step, and is in all up to the one in which it came last.
        steps[began] += 1
        steps[ended + 1] -= 1
    found = sorted(_bars(kinds, first, length, last_step), key=_order)
    clipped = [_clipped(each, start, end) for each in found]
    return Bars(start=start, end=end, length=length, bars=tuple(clipped))


def _bars(
    kinds: dict[tuple[str, bool], Counter[int]], first: datetime, length: timedelta, last: int
) -> Iterator[Bar]:
    for (reason, is_derived), steps in kinds.items():
        for step, blocks in enumerate(accumulate(steps[each] for each in range(last + 1))):
            if blocks:
                start = first + step * length
                yield Bar(
                    start=start,
                    end=start + length,
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

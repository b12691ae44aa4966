"""The strip: every cycle of a day or a week as one cell, coloured and patterned by its outcome.

Drawn as SVG and written as text: a template takes ten times as long for a thousand cells. Where
cells would be too narrow to see, one stands for several cycles and shows the worst of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import batched

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard.addresses import cycle_address
from dashboard.judgement import OUTCOMES
from dashboard.signals import blocked_reason
from dashboard.words import TimeWords, count
from scheduler.core.instants import MICROSECOND
from scheduler.core.outcomes import Outcome
from scheduler.strip import StripCycle

# The most cells in a row: at the width of a page, each is some pixels wide.
CELLS_A_ROW = 300
# One row where the cells of a day fit in it, else rows of so many hours, which begin on the clock.
ROW_HOURS = (24, 12, 8, 6, 4)
LABEL_HOURS = 3
# In the hover of a cell; the others are counted together.
REASONS_SHOWN = 3
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

# The worst first: what a cell of several cycles shows, and where it leads.
SEVERITY: tuple[Outcome, ...] = (
    Outcome.STUCK,
    Outcome.FAILED,
    Outcome.BLOCKED,
    Outcome.PARTIAL,
    Outcome.UNKNOWN,
    Outcome.IN_PROGRESS,
    Outcome.EMPTY,
    Outcome.SERVED,
)
_RANK = {outcome.value: rank for rank, outcome in enumerate(SEVERITY)}
_WORDS = {outcome.value: signal.word for outcome, signal in OUTCOMES.items()}

# One cell: the cycles it stands for.
Cell = tuple[StripCycle, ...]


class StripRange(StrEnum):
    """How much a strip shows; the values are those of its parameter."""

    DAY = "24h"
    WEEK = "7d"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripLayout:
    """Rows of equal length, from each of ``starts`` on; each cell stands for ``fold`` cycles."""

    shown: StripRange
    starts: tuple[datetime, ...]
    length: timedelta
    fold: int

    @property
    def since(self) -> datetime:
        return self.starts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripLabel:
    """A time under the rows, and where: in percent of their width."""

    text: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StripRow:
    """One row of cells, as SVG. ``label`` tells where it begins, where there are several rows."""

    label: str
    cells: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class StripTally:
    """How many of the cycles had an outcome."""

    outcome: str
    word: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """``tallies`` are the legend, the worst first; a cell stands for ``fold`` cycles."""

    rows: tuple[StripRow, ...]
    labels: tuple[StripLabel, ...]
    tallies: tuple[StripTally, ...]
    cycles: int
    fold: int


def strip_layout(
    shown: StripRange, *, until: datetime, interval: timedelta, zone: tzinfo
) -> StripLayout:
    """The rows that hold the day or the week that ends at ``until``, for cycles of that length."""
    if shown is StripRange.WEEK:
        *days, end = _days(until, zone)
        starts = tuple(days)
        # A day on which clocks are set back has an hour more, and needs the room.
        length = max(_DAY, *map(_passed, days, [*days[1:], end]))
    else:
        room = CELLS_A_ROW * interval
        length = next((h for h in ROW_HOURS if h * _HOUR <= room), ROW_HOURS[-1]) * _HOUR
        starts = (until - _DAY,) if length == _DAY else _clock_rows(until, length, zone)
    # So many cycles have to share a cell that a row has no more cells than it may.
    fold = max(1, -(-length // (CELLS_A_ROW * interval)))
    return StripLayout(shown=shown, starts=starts, length=length, fold=fold)


def cycle_strip(
    cycles: Sequence[StripCycle],
    layout: StripLayout,
    *,
    base_url: str,
    selected: datetime | None,
    words: TimeWords,
) -> Strip:
    """The strip of these cycles, in order of time.

    Args:
        base_url: the address to which a cycle's start is added.
        selected: the start of the cycle whose page this is.
    """
    drawer = _Drawer(layout.length, base_url, selected, words)
    counted = Counter(each.outcome for each in cycles)
    labels = [_row_label(start, layout.shown, words) for start in layout.starts]
    return Strip(
        rows=tuple(
            StripRow(label=label if len(labels) > 1 else "", cells=drawer.row(start, cells))
            for label, (start, cells) in zip(labels, _rows(cycles, layout), strict=True)
        ),
        labels=tuple(_labels(layout, words)),
        tallies=tuple(
            StripTally(outcome=each.value, word=OUTCOMES[each].word, number=number)
            for each in SEVERITY
            if (number := counted[each.value])
        ),
        cycles=len(cycles),
        fold=layout.fold,
    )


def _days(until: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The midnights of eight days, the last one begun, and of the next: they hold a week."""
    last = (until - MICROSECOND).astimezone(zone)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(midnight - (7 - day) * _DAY for day in range(9))


def _passed(start: datetime, end: datetime) -> timedelta:
    """How long it takes from one to the other: clocks may be set between them."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def _clock_rows(until: datetime, length: timedelta, zone: tzinfo) -> tuple[datetime, ...]:
    # Counted in UTC from there on: every row is as long as it says, whatever is done to clocks.
    first = _floor(until - _DAY, length // _HOUR, zone).astimezone(UTC)
    return tuple(first + number * length for number in range(-((first - until) // length)))


def _floor(at: datetime, hours: int, zone: tzinfo) -> datetime:
    local = at.astimezone(zone)
    return local.replace(hour=local.hour // hours * hours, minute=0, second=0, microsecond=0)


def _rows(
    cycles: Sequence[StripCycle], layout: StripLayout
) -> Iterator[tuple[datetime, list[Cell]]]:
    """The cells of each row: those that begin in it."""
    cells = list(batched(cycles, layout.fold))
    first = 0
    for index, start in enumerate(layout.starts):
        is_last = index + 1 == len(layout.starts)
        end = None if is_last else layout.starts[index + 1]
        last = first
        while last < len(cells) and (end is None or cells[last][0].cycle_start < end):
            last += 1
        yield start, cells[first:last]
        first = last


def _row_label(start: datetime, shown: StripRange, words: TimeWords) -> str:
    local = start.astimezone(words.zone)
    return f"{local:%a} {local.day}" if shown is StripRange.WEEK else f"{local:%H:%M}"


def _labels(layout: StripLayout, words: TimeWords) -> Iterator[StripLabel]:
    """Times under the rows: of the clock where a row is a day, else since the row's beginning."""
    start, hours = layout.since, layout.length // _HOUR
    if layout.length < _DAY:
        for hour in range(1, hours):
            yield StripLabel(text=f"+{hour} h", percent=round(hour / hours * 100))
        return
    at = _floor(start, LABEL_HOURS, words.zone)
    while at < start + layout.length:
        if at >= start:
            local = at.astimezone(words.zone)
            percent = round((at - start) / layout.length * 100)
            yield StripLabel(text=f"{local:%H:%M}", percent=percent)
        at += LABEL_HOURS * _HOUR


class _Drawer:
    """Writes cells as SVG."""

    def __init__(
        self, length: timedelta, base_url: str, selected: datetime | None, words: TimeWords
    ) -> None:
        self._length = length
        self._base_url = escape(base_url)
        self._selected = selected
        self._words = words
        self._zone = words.label

    def row(self, start: datetime, cells: Iterable[Cell]) -> SafeString:
        """The cells of the row that begins at ``start``."""
        # What goes in is numbers, our own words, and what was escaped: an address and reasons.
        return mark_safe("".join(self._cell(cell, start) for cell in cells))  # noqa: S308

    def _cell(self, cell: Cell, row_start: datetime) -> str:
        first, last = cell[0], cell[-1]
        worst = _worst(cell)
        x = max(0.0, (first.cycle_start - row_start) / self._length * 100)
        width = (last.cycle_end - row_start) / self._length * 100 - x
        here = ' class="here"' if self._is_selected(cell) else ""
        return (
            f'<a tabindex="-1" href="{self._base_url}{cycle_address(worst.cycle_start)}/">'
            f'<rect{here} fill="url(#strip-{worst.outcome})" x="{x:.3f}%" width="{width:.3f}%"/>'
            f"<title>{self._title(cell, worst)}</title></a>"
        )

    def _is_selected(self, cell: Cell) -> bool:
        return (
            self._selected is not None
            and cell[0].cycle_start <= self._selected < cell[-1].cycle_end
        )

    def _title(self, cell: Cell, worst: StripCycle) -> str:
        when = f"{self._words.bare(cell[0].cycle_start)} {self._zone}"
        if worst.outcome == Outcome.IN_PROGRESS:
            return f"{when} · {_WORDS[worst.outcome]}"
        if len(cell) == 1:
            return f"{when} · {_WORDS[worst.outcome]}: {_counts(worst)}"
        told = Counter(_WORDS[each.outcome] for each in cell)
        outcomes = ", ".join(f"{number} × {word}" for word, number in told.items())
        return f"{len(cell)} cycles from {when} · {outcomes}: {_counts(_total(cell))}"


def _worst(cell: Cell) -> StripCycle:
    return cell[0] if len(cell) == 1 else min(cell, key=lambda each: _RANK[each.outcome])


def _total(cell: Cell) -> StripCycle:
    """The cycles of a cell as if they were one."""
    reasons: Counter[str] = Counter()
    for each in cell:
        reasons.update(each.blocked_by_reason)
    return cell[0]._replace(
        started=sum(each.started for each in cell),
        abandoned=sum(each.abandoned for each in cell),
        blocked=sum(each.blocked for each in cell),
        blocked_by_reason=reasons,
        incident_count=sum(each.incident_count for each in cell),
    )


def _counts(cycle: StripCycle) -> str:
    """``4 runs, 1 abandoned, 3 blocked (late start), 1 incident``: what there is of it."""
    parts = [count(cycle.started, "run") if cycle.started else "no run"]
    if cycle.abandoned:
        parts.append(f"{cycle.abandoned:,} abandoned")
    if cycle.blocked:
        parts.append(f"{cycle.blocked:,} blocked{_reasons(cycle.blocked_by_reason)}")
    if cycle.incident_count:
        parts.append(count(cycle.incident_count, "incident"))
    return ", ".join(parts)


def _reasons(blocked: Mapping[str, int]) -> str:
    """`` (late start)``, `` (3 late start, 2 no slot window)``: the most frequent first."""
    # By name where they are as frequent: databases keep them in orders of their own.
    numbers = sorted(blocked.items(), key=lambda told: (-told[1], told[0]))
    if len(numbers) == 1:
        return f" ({_reason(numbers[0][0])})"
    told = [f"{number:,} {_reason(reason)}" for reason, number in numbers[:REASONS_SHOWN]]
    if rest := sum(number for _, number in numbers[REASONS_SHOWN:]):
        told.append(f"{rest:,} other")
    return f" ({', '.join(told)})" if told else ""


def _reason(reason: str) -> str:
    """In our words, or, where a fleet has a reason of its own, in its."""
    return escape(blocked_reason(reason))

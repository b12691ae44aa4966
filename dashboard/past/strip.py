"""The strip: every cycle of a day or a week as one cell, coloured and patterned by its outcome.

Drawn as SVG and written as text: a template takes ten times as long for a thousand cells. Where
cells would be too narrow to see, one stands for several cycles and shows the worst of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard.past.strip_layout import StripLabel, StripLayout
from dashboard.rows.judgement import OUTCOMES
from dashboard.text.signals import blocked_reason
from dashboard.text.words import TimeWords, count
from dashboard.web.addresses import cycle_address
from scheduler.core.judging.outcome import Outcome
from scheduler.cycles.strip import StripCycle

# In the hover of a cell; the others are counted together.
REASONS_SHOWN = 3

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StripRow:
    """One row of cells, as SVG. ``label`` tells where it begins, where there are several rows, and
    ``times`` are written under it."""

    label: str
    cells: SafeString
    times: tuple[StripLabel, ...]


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
    tallies: tuple[StripTally, ...]
    cycles: int
    fold: int


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
    # Of all cycles, also where several share a cell: the legend counts cycles.
    counted = Counter(each.outcome for each in cycles)
    return Strip(
        rows=tuple(
            StripRow(
                label=layout.label(start),
                cells=drawer.row(start, cells),
                times=layout.times(start),
            )
            for start, cells in _rows(cycles, layout)
        ),
        tallies=tuple(
            StripTally(outcome=each.value, word=OUTCOMES[each].word, number=number)
            for each in SEVERITY
            if (number := counted[each.value])
        ),
        cycles=len(cycles),
        fold=layout.fold,
    )


def _rows(
    cycles: Sequence[StripCycle], layout: StripLayout
) -> Iterator[tuple[datetime, list[Cell]]]:
    """The cells of each row: those that begin in it."""
    # A cycle of a longer interval may reach into the range from before: it is drawn from the edge.
    shown = (
        each for each in cycles if layout.since < each.cycle_end and each.cycle_start < layout.until
    )
    cells = list(batched(shown, layout.fold))
    first = 0
    for index, start in enumerate(layout.starts):
        is_last = index + 1 == len(layout.starts)
        end = None if is_last else layout.starts[index + 1]
        last = first
        # Both are in order: each cell is looked at once, however many rows there are.
        while last < len(cells) and (end is None or cells[last][0].cycle_start < end):
            last += 1
        yield start, cells[first:last]
        first = last


class _Drawer:
    """Writes cells as SVG."""

    def __init__(
        self, length: timedelta, base_url: str, selected: datetime | None, words: TimeWords
    ) -> None:
        self._length = length
        self._base_url = escape(base_url)
        self._selected = selected
        self._words = words

    def row(self, start: datetime, cells: Iterable[Cell]) -> SafeString:
        """The cells of the row that begins at ``start``."""
        # What goes in is numbers, our own words, and what was escaped: an address and reasons.
        return mark_safe("".join(self._cell(cell, start) for cell in cells))  # noqa: S308

    def _cell(self, cell: Cell, row_start: datetime) -> str:
        first, last = cell[0], cell[-1]
        worst = _worst(cell)
        # In percent, so that one drawing fits every width; three digits are a second of a day.
        x = max(0.0, (first.cycle_start - row_start) / self._length * 100)
        width = (last.cycle_end - row_start) / self._length * 100 - x
        here = ' class="here"' if self._is_selected(cell) else ""
        return (
            # A thousand cells are one stop of the keyboard: arrow keys do the rest (strip_keys.js).
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
        # With the offset of that very instant: on a strip of a week, clocks may be changed.
        when = self._words.full(cell[0].cycle_start)
        # What goes on has no summary, and its counts here are made up of zeros.
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

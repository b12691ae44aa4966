"""The bars of blocks over time as a table: for who has no chart, and for who has no pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.blocked.reason_groups import BarCell, ReasonGroup
from dashboard.text.words import TimeWords


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """One interval; for each group its bars: none, the recorded one, the derived one."""

    time: str
    cells: tuple[tuple[BarCell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTable:
    groups: tuple[ReasonGroup, ...]
    rows: tuple[ReasonRow, ...]


def reason_table(
    cells: Sequence[BarCell], groups: Sequence[ReasonGroup], words: TimeWords
) -> ReasonTable:
    """The intervals in which something was blocked, the latest first."""
    found: dict[tuple[datetime, datetime], list[BarCell]] = {}
    for cell in cells:
        found.setdefault((cell.start, cell.end), []).append(cell)
    return ReasonTable(
        groups=tuple(groups),
        rows=tuple(
            ReasonRow(
                time=f"{words.seconds(start)} – {words.seconds(end)}",
                # By identity: cells are made of these very groups (reasons.py).
                cells=tuple(
                    tuple(cell for cell in of_time if cell.group is group) for group in groups
                ),
            )
            for (start, end), of_time in reversed(found.items())
        ),
    )

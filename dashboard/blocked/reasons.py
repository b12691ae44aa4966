"""The reasons over time: a legend that counts them, bars, and the bars as a table."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboard.blocked.chart import bar_cells, older_cells, reasons_chart
from dashboard.blocked.reason_groups import ReasonGroup, older_group, reason_groups
from dashboard.blocked.reason_table import ReasonTable, reason_table
from dashboard.blocked.seen import SeenBlocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """``derived`` counts the blocks whose bars are hollow. ``older`` are told without reasons."""

    groups: tuple[ReasonGroup, ...]
    older: ReasonGroup | None
    derived: int
    figure: dict[str, Any]
    table: ReasonTable


def reasons_of(seen: SeenBlocks) -> Reasons:
    """Those of all blocks that are asked for."""
    audit, zone = seen.audit, timezone.get_current_timezone()
    groups = reason_groups(audit.reasons, seen.query)
    older = older_group(audit.older, seen.query) if audit.older else None
    cells = bar_cells(audit.bars, groups, seen.query)
    if audit.older and older:
        cells = (*older_cells(audit.older, older, seen.query), *cells)
    return Reasons(
        groups=groups,
        older=older,
        derived=audit.derived,
        figure=reasons_chart(cells, audit.bars, zone=zone, now=seen.asked.now),
        table=reason_table(cells, (*groups, older) if older else groups, seen.words),
    )

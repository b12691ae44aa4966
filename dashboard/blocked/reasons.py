"""The reasons over time: a legend that counts them, bars, and the bars as a table."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboard.blocked.chart import bar_cells, reasons_chart
from dashboard.blocked.reason_groups import ReasonGroup, reason_groups
from dashboard.blocked.reason_table import ReasonTable, reason_table
from dashboard.blocked.seen import SeenBlocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """``derived`` counts the blocks whose bars are hollow."""

    groups: tuple[ReasonGroup, ...]
    derived: int
    figure: dict[str, Any]
    table: ReasonTable


def reasons_of(seen: SeenBlocks) -> Reasons:
    """Those of all blocks that are asked for."""
    audit, zone = seen.audit, timezone.get_current_timezone()
    groups = reason_groups(audit.reasons, seen.query)
    cells = bar_cells(audit.bars, groups, seen.query)
    return Reasons(
        groups=groups,
        derived=audit.derived,
        figure=reasons_chart(cells, audit.bars, zone=zone, now=seen.asked.now),
        table=reason_table(cells, groups, seen.words),
    )

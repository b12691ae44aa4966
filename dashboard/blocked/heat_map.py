"""Runners by reasons as a table: the more blocks, the stronger the tint; each number a link."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.blocked.reason_groups import ReasonGroup
from dashboard.history.filter_kinds import Values
from dashboard.history.filters import REASON, RUNNER
from dashboard.history.query import HistoryQuery
from dashboard.web.addresses import runner_url
from scheduler.blocks.audit import BlockedAudit

# As many as blocked.css has tints: .heat-1 to .heat-5.
STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """``step`` is the strength of its tint, 1..5, 0 where there is nothing; ``href`` is empty where
    no filter says the same."""

    number: int
    step: int
    href: str
    group: ReasonGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """A runner; the others together have no ``runner_id``."""

    name: str
    runner_id: str
    url: str
    cells: tuple[HeatCell, ...]
    total: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    groups: tuple[ReasonGroup, ...]
    rows: tuple[HeatRow, ...]


def heat_map(
    audit: BlockedAudit,
    groups: Sequence[ReasonGroup],
    query: HistoryQuery,
    *,
    slug: str,
    names: Mapping[str, str],
) -> HeatMap:
    """The runners with the most blocks, and the others in one row."""
    # Of one runner: the others together would have the strongest tint, and make the rest pale.
    most = max(
        (group.number_in(each.reasons) for each in audit.runners for group in groups), default=0
    )

    def row(name: str, runner_ids: Values, reasons: Counter[str], runner_id: str = "") -> HeatRow:
        return HeatRow(
            name=name,
            runner_id=runner_id,
            url=runner_url(slug, runner_id) if runner_id else "",
            cells=tuple(
                _cell(group, group.number_in(reasons), most, runner_ids, query) for group in groups
            ),
            total=reasons.total(),
            href=query.query({RUNNER: runner_ids}) if runner_ids else "",
        )

    rows = [
        row(
            names.get(each.runner_id, each.runner_id),
            (each.runner_id,),
            each.reasons,
            each.runner_id,
        )
        for each in audit.runners
    ]
    others = audit.others
    if others.count:
        more = "1 other runner" if others.count == 1 else f"{others.count:,} other runners"
        rows.append(row(more, others.runner_ids, others.reasons))
    return HeatMap(groups=tuple(groups), rows=tuple(rows))


def _cell(
    group: ReasonGroup, number: int, most: int, runner_ids: Values, query: HistoryQuery
) -> HeatCell:
    # More runners or reasons than one filter takes are not listed by any address.
    is_link = number and runner_ids and group.reasons
    return HeatCell(
        number=number,
        step=step_of(number, most),
        href=query.query({RUNNER: runner_ids, REASON: group.reasons}) if is_link else "",
        group=group,
    )


def step_of(number: int, most: int) -> int:
    """The strength of a tint: nothing has none, the least there is has the first, the most the
    last."""
    if not number or not most:
        return 0
    # Rounded up: one block has a tint. The row of the others may have more than the most.
    return min(STEPS, -(-number * STEPS // most))

"""The page of the history: its filter, a page of executions, and where it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.history.filter_bar import FilterBar, filter_bar
from dashboard.history.known_time import outside_known_time, unwatched_time
from dashboard.history.lists import Asked, ExportLinks
from dashboard.history.query import SORT, HistoryQuery
from dashboard.history.rows import HistoryRow, history_rows
from dashboard.text.names import short_names
from dashboard.text.retention_words import RetentionWords, retention_words
from dashboard.web.addresses import cycle_address
from dashboard.web.pages import Page
from scheduler.fleet.known_runners import runner_addresses_in
from scheduler.history.filters import Sort
from scheduler.history.listed import ListedExecution, ListedRunner
from scheduler.history.pages import HistoryPage as Found
from scheduler.models import Runner

# The start of the last row that a page shows, where its rows are asked for again.
THROUGH = "through"
# What a first click on a column's head asks for stands first.
SORTS = {
    "started": (Sort.NEWEST, Sort.OLDEST),
    "duration": (Sort.LONGEST, Sort.SHORTEST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The head of a column: ``direction`` is ARIA's word for how it sorts now, or nothing."""

    href: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage(Page):
    """``tail_url`` is set where new rows can come in at the top, ``outside`` says why no row can be
    there at all, and ``unwatched`` of which time rows may be missing."""

    name: str
    filters: FilterBar
    rows: tuple[HistoryRow, ...]
    outside: str
    unwatched: str
    sorts: dict[str, SortLink]
    next_url: str
    previous_url: str
    first_url: str
    is_first: bool
    tail_url: str
    summary_url: str
    export: ExportLinks
    has_services: bool
    retention: RetentionWords | None


def list_page(asked: Asked, found: Found[ListedExecution]) -> HistoryPage:
    """The page of the executions that were found."""
    query, path, slug = asked.query, asked.path, asked.visit.slug
    rows = found.rows
    names = _names(asked, rows)
    # On any other page, new rows would come in among those that one reads.
    is_live = query.sort is Sort.NEWEST and query.cursor is None
    return HistoryPage(
        visit=asked.visit,
        name=asked.name,
        filters=filter_bar(asked, names),
        rows=history_rows(rows, names, asked.words, asked.now),
        outside="" if rows else outside_known_time(asked),
        unwatched=unwatched_time(asked),
        sorts={name: _sort_link(query, path, both) for name, both in SORTS.items()},
        next_url=path + query.query(cursor=found.next) if found.next else "",
        previous_url=path + query.query(cursor=found.previous) if found.previous else "",
        first_url=path + query.query(),
        is_first=query.cursor is None,
        tail_url=_tail_url(asked, found) if is_live else "",
        summary_url=asked.url("summary") + query.query(),
        export=asked.exports(),
        has_services=not slug,
        retention=retention_words(asked.services[0], asked.words) if slug else None,
    )


def _names(asked: Asked, rows: Sequence[ListedExecution]) -> dict[str, str]:
    """What runners are called: those of the filter, of the rows, and those that blocks name."""
    runners: list[Runner | ListedRunner] = [*asked.query.asked.runners]
    runners += (row.runner for row in rows)
    ids = {runner.runner_id for runner in runners}
    others = {row.assigned_runner_id for row in rows if row.assigned_runner_id} - ids
    addresses = {runner.runner_id: (runner.host, runner.pid) for runner in runners if runner.host}
    addresses |= runner_addresses_in(asked.services, sorted(others))
    return short_names(sorted(ids | others), addresses)


def _tail_url(asked: Asked, found: Found[ListedExecution]) -> str:
    """Where the page's rows are asked for again with what is newer; all rows where it has all."""
    query = asked.query.query()
    if found.next is not None:
        through = urlencode({THROUGH: cycle_address(found.rows[-1].started_at)}, safe=":")
        query += f"{'&' if query else '?'}{through}"
    return asked.url("tail") + query


def _sort_link(query: HistoryQuery, path: str, both: tuple[Sort, Sort]) -> SortLink:
    down, up = both
    is_down = query.sort is down
    wanted = up if is_down else down
    return SortLink(
        # The default order is in no address: what is asked for has one address.
        href=path + query.query({SORT: () if wanted is Sort.NEWEST else (wanted.value,)}),
        direction="descending" if is_down else "ascending" if query.sort is up else "",
    )

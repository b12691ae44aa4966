"""The page of a service's runners."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.runners.fleet_choice import FleetChoice
from dashboard.runners.rows import RunnerRow, percent_of, runner_row
from dashboard.runners.words import STATES, StateWords, threshold_words
from dashboard.text.names import short_names
from dashboard.text.watch_words import unwatched_words
from dashboard.web.addresses import runners_url
from dashboard.web.pages import ServicePage, ServiceVisit
from dashboard.web.polling import version_token
from scheduler.fleet.orders import FleetOrder
from scheduler.fleet.runners import Fleet
from scheduler.fleet.states import RunnerState, gone_after, silent_after

# The columns that a click on their head sorts by.
_SORTED = {
    "slot": (FleetOrder.SEAT, "slot"),
    "state": (FleetOrder.STATE, "state"),
    "heard": (FleetOrder.SILENCE, "last heartbeat"),
    "clock": (FleetOrder.CLOCK, "clock"),
    "served": (FleetOrder.SERVED, "slots served"),
    "lost": (FleetOrder.LOST, "blocked others"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The head of a column: where a click leads, and whether the list is sorted by it now."""

    word: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnersPage(ServicePage):
    """``total`` runners match the search, ``listed`` are known in all; ``counts`` has those by
    state. ``shown`` says which of them the page has, ``sorts`` has the heads that sort, by column.
    ``silent_percent`` is where on the scale of ages silence begins."""

    url: str
    all_url: str
    search: str
    sort: str
    known: str
    next_change_at: datetime
    counts: tuple[tuple[StateWords, int], ...]
    thresholds: str
    silent_percent: int
    rows: tuple[RunnerRow, ...]
    shown: str
    first_url: str
    previous_url: str
    next_url: str
    sorts: Mapping[str, SortLink]
    total: int
    listed: int
    is_gone_cut: bool
    unwatched: str


def runners_page(visit: ServiceVisit, read: Fleet, choice: FleetChoice, state: str) -> RunnersPage:
    """The runners that were read, in their order."""
    policy, every_seconds = read.policy, read.every_seconds
    # The scale of ages ends where a runner is gone.
    dead_after = gone_after(policy, every_seconds)
    url = runners_url(visit.slug)
    return RunnersPage(
        visit=visit,
        url=url,
        all_url=url + replace(choice, search="").query(),
        search=choice.search,
        sort="" if choice.order is FleetOrder.SEAT else choice.order.value,
        # A runner falls silent without any row: then the page has to be drawn anew as well.
        known=version_token(state, read.next_change_at),
        next_change_at=read.next_change_at,
        counts=tuple(
            (STATES[each], read.counts[each]) for each in RunnerState if read.counts[each]
        ),
        thresholds=threshold_words(policy, every_seconds),
        silent_percent=percent_of(silent_after(policy, every_seconds), dead_after),
        rows=_rows(visit, read),
        shown=_shown_words(read),
        first_url=url + choice.query() if read.before else "",
        previous_url=url + choice.query(before=read.before) if read.before else "",
        next_url=url + choice.query(after=read.following) if read.following else "",
        sorts={
            column: SortLink(
                word=word, url=url + choice.query(order=order), is_current=order is choice.order
            )
            for column, (order, word) in _SORTED.items()
        },
        total=read.total,
        listed=sum(read.counts.values()),
        is_gone_cut=read.is_gone_cut,
        unwatched="" if read.is_watched else unwatched_words(read.watched_until, visit.words),
    )


def _shown_words(read: Fleet) -> str:
    """``51–100 of 1,000``; nothing where the page has them all."""
    if len(read.runners) == read.total:
        return ""
    return f"{read.first:,}–{read.first + len(read.runners) - 1:,} of {read.total:,}"


def _rows(visit: ServiceVisit, read: Fleet) -> tuple[RunnerRow, ...]:
    addresses = {runner.runner_id: (runner.host, runner.pid) for runner in read.runners}
    # Told apart from those of this page, each name is as short as can be.
    names = short_names(addresses, addresses)
    dead_after = gone_after(read.policy, read.every_seconds)
    return tuple(
        runner_row(
            runner,
            slug=visit.slug,
            name=names[runner.runner_id],
            now=read.now,
            dead_after=dead_after,
        )
        for runner in read.runners
    )

"""The page of a service's runners."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.runners.rows import RunnerRow, percent_of, runner_row
from dashboard.runners.words import STATES, StateWords, threshold_words
from dashboard.text.names import short_names
from dashboard.text.watch_words import unwatched_words
from dashboard.web.addresses import runners_url
from dashboard.web.pages import ServicePage, ServiceVisit
from dashboard.web.polling import version_token
from scheduler.fleet.runners import Fleet
from scheduler.fleet.states import RunnerState, gone_after, silent_after


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnersPage(ServicePage):
    """``total`` runners match the ``search``, ``listed`` are known in all; ``counts`` has those
    by state. ``silent_percent`` is where on the scale of ages silence begins."""

    url: str
    search: str
    known: str
    next_change_at: datetime
    counts: tuple[tuple[StateWords, int], ...]
    thresholds: str
    silent_percent: int
    rows: tuple[RunnerRow, ...]
    total: int
    listed: int
    is_gone_cut: bool
    unwatched: str


def runners_page(visit: ServiceVisit, read: Fleet, search: str, state: str) -> RunnersPage:
    """The runners that were read, in their order."""
    policy, every_seconds = read.policy, read.every_seconds
    # The scale of ages ends where a runner is gone.
    dead_after = gone_after(policy, every_seconds)
    return RunnersPage(
        visit=visit,
        url=runners_url(visit.slug),
        search=search,
        # A runner falls silent without any row: then the page has to be drawn anew as well.
        known=version_token(state, read.next_change_at),
        next_change_at=read.next_change_at,
        counts=tuple(
            (STATES[each], read.counts[each]) for each in RunnerState if read.counts[each]
        ),
        thresholds=threshold_words(policy, every_seconds),
        silent_percent=percent_of(silent_after(policy, every_seconds), dead_after),
        rows=_rows(visit, read),
        total=read.total,
        listed=sum(read.counts.values()),
        is_gone_cut=read.is_gone_cut,
        unwatched="" if read.is_watched else unwatched_words(read.watched_until, visit.words),
    )


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

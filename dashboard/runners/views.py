"""The runners of a service: who is alive, how sure that is, and what each did in the last day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.rows.slot_words import SlotWords, slot_words
from dashboard.runners.words import STATES, StateWords, threshold_words
from dashboard.text.clock_words import ClockWords, clock_words
from dashboard.text.names import short_names
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords, ordinal
from dashboard.web.addresses import blocked_url, runners_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import explained
from dashboard.web.polling import KNOWN, is_current, rendered, unchanged, version_token
from dashboard.web.requests import PageRequest
from scheduler.core.judging.run_limits import Overdue
from scheduler.db import clock
from scheduler.fleet.members import heard_at
from scheduler.fleet.runners import Fleet, fleet
from scheduler.fleet.states import FleetRunner, RunnerState, gone_after, silent_after
from scheduler.models import Service
from scheduler.services import get_service

SEARCH = "runner_id"
SEARCH_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerRow:
    """One runner. ``age_percent`` is the age of its heartbeat in percent of what makes it gone."""

    runner_id: str
    name: str
    state: RunnerState
    words: StateWords
    heartbeat_at: datetime | None
    age_percent: int
    position: int | None
    slot: int | None
    next_turn_at: datetime | None
    is_turn_now: bool
    clock: ClockWords | None
    held_since: datetime | None
    held_runs: int
    overdue: Overdue | None
    runs: str
    blocks: str
    blocks_url: str
    slots: SlotWords | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnersPage:
    """``total`` runners match the ``search``, ``listed`` are known in all; ``counts`` has those
    by state. ``silent_percent`` is where on the scale of ages silence begins."""

    chrome: Chrome
    slug: str
    name: str
    mode: str
    now: datetime
    words: TimeWords
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


@require_safe
@never_cache
@explained
def runners(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/runners/: the fleet."""
    service = get_service(slug)
    now = clock.now()
    state = heard_state(service, heard_at(service, now=now))
    if request.htmx and is_current(request.GET.get(KNOWN, ""), state, now):
        return unchanged(now)
    search = request.GET.get(SEARCH, "").strip()[:SEARCH_LENGTH]
    page = _page(request, service, fleet(service, now=now, search=search), search, state)
    return rendered(request, "dashboard/runners/runners.html", page, now)


def heard_state(service: Service, heard: datetime | None) -> str:
    """What is stored, in a word: a beat that only extends a presence raises no revision."""
    return f"{service.revision}-{heard.timestamp() if heard else 0:.6f}"


def _page(
    request: PageRequest, service: Service, read: Fleet, search: str, state: str
) -> RunnersPage:
    names = short_names(
        (runner.runner_id for runner in read.runners),
        {runner.runner_id: (runner.host, runner.pid) for runner in read.runners},
    )
    dead_after = gone_after(read.policy, read.every_seconds)
    words = time_words(read.now)
    return RunnersPage(
        chrome=chrome_of(request, current_slug=service.slug),
        slug=service.slug,
        name=service.name,
        mode=service.mode,
        now=read.now,
        words=words,
        url=runners_url(service.slug),
        search=search,
        known=version_token(state, read.next_change_at),
        next_change_at=read.next_change_at,
        counts=tuple(
            (STATES[state], number) for state in RunnerState if (number := read.counts[state])
        ),
        thresholds=threshold_words(read.policy, read.every_seconds),
        silent_percent=_percent(silent_after(read.policy, read.every_seconds), dead_after),
        rows=tuple(
            runner_row(
                runner,
                slug=service.slug,
                name=names[runner.runner_id],
                now=read.now,
                dead_after=dead_after,
            )
            for runner in read.runners
        ),
        total=read.total,
        listed=sum(read.counts.values()),
        is_gone_cut=read.is_gone_cut,
        unwatched="" if read.is_watched else unwatched_words(read.watched_until, words),
    )


def runner_row(
    runner: FleetRunner, *, slug: str, name: str, now: datetime, dead_after: timedelta
) -> RunnerRow:
    """What the pages say of one runner."""
    heartbeat = runner.last_heartbeat_at
    return RunnerRow(
        runner_id=runner.runner_id,
        name=name,
        state=runner.state,
        words=STATES[runner.state],
        heartbeat_at=heartbeat,
        age_percent=100 if heartbeat is None else _percent(now - heartbeat, dead_after),
        position=runner.position,
        slot=None if runner.position is None else ordinal(runner.position),
        next_turn_at=runner.next_turn_at,
        is_turn_now=runner.next_turn_at is not None and runner.next_turn_at <= now,
        clock=clock_words(runner),
        held_since=runner.held_since,
        held_runs=runner.held_runs,
        overdue=runner.overdue,
        runs=f"{runner.runs:,}",
        blocks=f"{runner.blocks:,}",
        blocks_url=blocked_url(slug, runner_id=runner.runner_id) if runner.blocks else "",
        slots=slot_words(runner.record),
    )


def _percent(part: timedelta, whole: timedelta) -> int:
    return max(0, min(100, round(part / whole * 100)))

"""One runner: who it is, how it stands, when it was heard, what it did last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.rows.log import LogRow, execution_row
from dashboard.rows.slot_words import MissedRow, missed_rows
from dashboard.runners.chart import PresenceChart, presence_chart
from dashboard.runners.views import RunnerRow, heard_state, runner_row
from dashboard.runners.words import heard_words, threshold_words
from dashboard.text.names import short_names
from dashboard.text.signals import BLOCKED, STATUSES, blocked_reason
from dashboard.text.watch_words import between_words, unwatched_words
from dashboard.text.words import TimeWords, span
from dashboard.timeline.legend import LegendItem
from dashboard.web.addresses import cycle_url, executions_url, runners_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import error_page, explained
from dashboard.web.polling import KNOWN, is_current, rendered, unchanged, version_token
from dashboard.web.requests import PageRequest
from scheduler.core.cycle.watching import unseen_since
from scheduler.core.timeline import RecordedExecution
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.fleet.members import runner_heard_at
from scheduler.fleet.runner_report import RunnerReport, UnknownRunner, get_runner, runner_report
from scheduler.fleet.states import gone_after
from scheduler.intake.runner_rows import runner_addresses
from scheduler.models import Service
from scheduler.policies import policy_book
from scheduler.services import get_service

ROWS_SHOWN = 50
GAPS_SHOWN = 20
LEGEND = {
    "heard": {
        "heard": LegendItem(mark="heard", word="heard"),
        "not eligible": LegendItem(mark="track", word="not eligible"),
        "tail": LegendItem(mark="window", word="no heartbeat, not given up yet"),
        "unheard": LegendItem(mark="unheard", word="not heard"),
    },
    "slots": {
        "slots served": LegendItem(mark="heard", word="served"),
        "slots abandoned": LegendItem(mark="abandoned", word="abandoned"),
        "slots blocked": LegendItem(mark="blocked-other", word="blocked"),
        "slots unserved": LegendItem(mark="warning", word="no start"),
        "slots explained": LegendItem(mark="window", word="no start needed"),
        "slots unknown": LegendItem(mark="unknown", word="not watched"),
    },
    "runs": {
        signal.key: LegendItem(mark=signal.key, word=signal.word.lower())
        for status, signal in STATUSES.items()
        if status != Status.BLOCKED
    },
    "blocked": {
        **{
            signal.key: LegendItem(mark=signal.key, word=blocked_reason(reason))
            for reason, signal in BLOCKED.items()
        },
        "blocked-other": LegendItem(mark="blocked-other", word="other reason"),
    },
    "all": {"unwatched": LegendItem(mark="unknown", word="not watched")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRow:
    """One attempt, and the cycle it began in."""

    log: LogRow
    cycle_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """An interval without the runner; ``end`` is empty where it goes on, and ``end_between`` says
    between which looks it was, where nobody knows better."""

    start: str
    end: str
    end_between: str
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLegend:
    """The marks of one lane of the chart."""

    lane: str
    items: tuple[LegendItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerPage:
    """``runner`` is its row among the runners; ``done`` are its latest 50 attempts, ``missed`` the
    latest 12 cycles in which it did not serve its slot and ``gaps`` its latest 20 of the last 24
    hours. ``grace_end`` and ``gone_at`` are set while they are to come."""

    chrome: Chrome
    name: str
    now: datetime
    words: TimeWords
    fleet_url: str
    executions_url: str
    known: str
    next_change_at: datetime
    runner: RunnerRow
    host: str
    pid: int | None
    first_seen_at: datetime
    seats: int
    grace_end: datetime | None
    gone_at: datetime | None
    thresholds: str
    heard: str
    unwatched: str
    chart: PresenceChart
    is_dense: bool
    legend: tuple[LaneLegend, ...]
    gaps: tuple[GapRow, ...]
    missed: tuple[MissedRow, ...]
    done: tuple[DoneRow, ...]


@require_safe
@never_cache
@explained
def runner(request: PageRequest, slug: str, runner_id: str) -> HttpResponse:
    """/s/<slug>/runners/<runner_id>/: one runner."""
    service = get_service(slug)
    try:
        row = get_runner(service, runner_id)
    except UnknownRunner:
        return error_page(
            request,
            404,
            f"{service.name} never had a runner “{runner_id}”",
            "Check the address, or search for it among the runners of the service.",
        )
    now = clock.now()
    state = heard_state(service, runner_heard_at(row))
    if request.htmx and is_current(request.GET.get(KNOWN, ""), state, now):
        return unchanged(now)
    page = _page(request, service, runner_report(service, row, now=now), state)
    return rendered(request, "dashboard/runners/runner.html", page, now)


def _page(request: PageRequest, service: Service, report: RunnerReport, state: str) -> RunnerPage:
    words = time_words(report.now)
    names = _names(service, report)
    own = report.runner
    grace_end = report.policy.grace_end(own.first_seen_at)
    chart = presence_chart(
        report,
        names=names,
        zone=timezone.get_current_timezone(),
        revision=f"{service.slug} {own.runner_id}",
    )
    return RunnerPage(
        chrome=chrome_of(request, current_slug=service.slug),
        name=service.name,
        now=report.now,
        words=words,
        fleet_url=runners_url(service.slug),
        executions_url=executions_url(service.slug),
        known=version_token(state, report.next_change_at),
        next_change_at=report.next_change_at,
        runner=runner_row(
            own,
            slug=service.slug,
            name=names[own.runner_id],
            now=report.now,
            dead_after=gone_after(report.policy, report.every_seconds),
        ),
        host=own.host,
        pid=own.pid,
        first_seen_at=own.first_seen_at,
        seats=report.seats,
        grace_end=grace_end if grace_end is not None and report.now < grace_end else None,
        gone_at=own.expires_at if own.expires_at and report.now <= own.expires_at else None,
        thresholds=threshold_words(report.policy, report.every_seconds),
        heard=heard_words(report),
        unwatched="" if report.is_watched else unwatched_words(report.watched_until, words),
        chart=chart,
        is_dense=bool(report.busy),
        legend=tuple(_legend(chart)),
        gaps=tuple(_gap_rows(report, words)),
        missed=missed_rows(report.cycles, slug=service.slug, words=words),
        done=tuple(_done_rows(service, report, names, words)),
    )


def _legend(chart: PresenceChart) -> Iterator[LaneLegend]:
    for lane, known in LEGEND.items():
        items = tuple(item for name, item in known.items() if name in chart.present)
        if items:
            yield LaneLegend(lane=lane, items=items)


def _names(service: Service, report: RunnerReport) -> dict[str, str]:
    """Names for the runner and for whom its blocks are about."""
    mentioned = (row.assigned_runner_id for row in report.executions)
    ids = {report.runner.runner_id, *filter(None, mentioned)}
    return short_names(sorted(ids), runner_addresses(service, ids))


def _gap_rows(report: RunnerReport, words: TimeWords) -> list[GapRow]:
    return [
        GapRow(
            start=words.seconds(start),
            end=_heard_again(report, end, words) if end < report.now else "",
            end_between=_between(report, end, words) if end < report.now else "",
            length=span(timedelta(seconds=round((end - start).total_seconds()))),
        )
        for start, end in reversed(report.unheard[-GAPS_SHOWN:])
    ]


def _heard_again(report: RunnerReport, at: datetime, words: TimeWords) -> str:
    """When a gap ended, as far as looking now and then can tell."""
    return f"{'≈ ' if _between(report, at, words) else ''}{words.seconds(at)}"


def _between(report: RunnerReport, at: datetime, words: TimeWords) -> str:
    earliest = unseen_since(report.watches, at)
    return "" if earliest is None else between_words(earliest, at, words)


def _done_rows(
    service: Service, report: RunnerReport, names: dict[str, str], words: TimeWords
) -> list[DoneRow]:
    policy_at = policy_book(service)

    def url_of(row: RecordedExecution) -> str:
        start = row.cycle_start or policy_at(row.started_at).cycle_start(row.started_at)
        return cycle_url(service.slug, start)

    return [
        DoneRow(
            log=execution_row(row, service.slug, names, words, is_watched=report.is_watched),
            cycle_url=url_of(row),
        )
        for row in report.executions[:ROWS_SHOWN]
    ]

"""One attempt: what it was, every stored fact, why, its cycle drawn small, what ran around it."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.attempt.chart import attempt_chart
from dashboard.attempt.checks import Why, attempt_why
from dashboard.attempt.facts import Fact, attempt_facts
from dashboard.attempt.rows import AttemptRows, BlockList, NearRow, runners_of
from dashboard.attempt.words import AttemptHead, attempt_head
from dashboard.text.names import short_names, short_run
from dashboard.text.words import TimeWords
from dashboard.timeline.figure import TimelineChart
from dashboard.timeline.legend import LegendItem, legend_of
from dashboard.web.addresses import cycle_url, executions_url, runners_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import error_page, explained
from dashboard.web.polling import KNOWN, is_current, rendered, unchanged, version_token
from dashboard.web.requests import PageRequest
from scheduler.attempts.report import (
    AttemptReport,
    UnknownExecution,
    attempt_report,
    get_execution,
)
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.intake.runner_rows import runner_addresses
from scheduler.models import Service
from scheduler.services import get_service


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPage:
    """``words`` leave out the date of the day on which it began, ``words_today`` that of today.

    ``around`` are the attempts before and after it; ``same_cycle`` what else its runner tried in
    the cycle, of a blocked attempt alone, and ``blocks`` whom it blocked, of a run alone.
    """

    chrome: Chrome
    name: str
    now: datetime
    words: TimeWords
    words_today: TimeWords
    short_id: str
    is_blocked: bool
    is_over: bool
    known: str
    next_change_at: datetime | None
    head: AttemptHead
    facts: tuple[Fact, ...]
    why: Why
    slug: str
    cycle_start: datetime
    cycle_url: str
    chart: TimelineChart
    legend: tuple[LegendItem, ...]
    around: tuple[NearRow, ...]
    same_cycle: tuple[NearRow, ...]
    blocks: BlockList
    runners_url: str
    executions_url: str


@require_safe
@never_cache
@explained
def execution(request: PageRequest, slug: str, run_id: str) -> HttpResponse:
    """/s/<slug>/executions/<run_id>/: one attempt."""
    service = get_service(slug)
    now = clock.now()
    if request.htmx and is_current(request.GET.get(KNOWN, ""), service.revision, now):
        return unchanged(now)
    try:
        row = get_execution(service, run_id)
    except UnknownExecution:
        return error_page(
            request,
            404,
            f"{service.name} has no run “{run_id}”",
            "It may be so old that it is no longer kept, its fleet may not have told of it yet, or "
            "the address is not whole. Runs are listed with their cycle and with their runner.",
        )
    page = _page(request, service, attempt_report(service, row, now=now))
    return rendered(request, "dashboard/attempt/attempt.html", page, now)


def _page(request: PageRequest, service: Service, report: AttemptReport) -> ExecutionPage:
    own = report.execution
    slug, zone = service.slug, timezone.get_current_timezone()
    words = TimeWords(zone=zone, now=report.now, day=own.started_at)
    today = time_words(report.now)
    names = _names(service, report)
    start = report.timeline.cycle_start
    is_blocked = own.status == Status.BLOCKED
    rows = AttemptRows(report, slug=slug, names=names, words=words)
    chart = attempt_chart(
        report.timeline,
        own,
        names=names,
        zone=zone,
        revision=f"{slug} {start.isoformat()}",
    )
    return ExecutionPage(
        chrome=chrome_of(request, current_slug=slug),
        slug=slug,
        name=service.name,
        now=report.now,
        words=words,
        words_today=today,
        short_id=short_run(own.run_id),
        is_blocked=is_blocked,
        is_over=report.is_over,
        known=version_token(service.revision, report.next_change_at),
        next_change_at=report.next_change_at,
        head=attempt_head(report, slug=slug, names=names, words=words, words_today=today),
        facts=attempt_facts(report, slug=slug, names=names, words=words, words_today=today),
        why=attempt_why(report, names=names, words=words),
        cycle_start=start,
        cycle_url=f"{cycle_url(slug, start)}#execution-{own.execution_id}",
        chart=chart,
        legend=legend_of(chart.present),
        around=rows.around(),
        same_cycle=rows.same_cycle() if is_blocked else (),
        blocks=rows.blocks(),
        runners_url=runners_url(slug),
        executions_url=executions_url(slug),
    )


def _names(service: Service, report: AttemptReport) -> dict[str, str]:
    """Names for everybody who is on the page."""
    around = (*report.before, *report.after, *report.overlapped, *report.same_cycle)
    blocks = report.blocks.rows if report.blocks else ()
    ids = runners_of((report.execution, *around, *blocks))
    ids |= {lane.runner_id for lane in report.timeline.lanes}
    ids |= {owned.runner_id for owned in report.timeline.ownership if owned.runner_id}
    if report.prior and report.prior.runner_id:
        ids.add(report.prior.runner_id)
    if report.claim and report.claim.claim.assigned_runner_id:
        ids.add(report.claim.claim.assigned_runner_id)
    return short_names(sorted(ids), runner_addresses(service, ids))

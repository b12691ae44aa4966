"""The page of one attempt, composed of its sections."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from dashboard.attempt.chart import attempt_chart
from dashboard.attempt.checks import Why, attempt_why
from dashboard.attempt.facts import Fact, attempt_facts
from dashboard.attempt.rows import AttemptRows, BlockList, NearRow, runners_of
from dashboard.attempt.words import AttemptHead, attempt_head
from dashboard.text.names import runner_names, short_run
from dashboard.text.words import TimeWords
from dashboard.timeline.figure import TimelineChart
from dashboard.timeline.legend import LegendItem, legend_of
from dashboard.web.addresses import cycle_url, executions_url, runners_url
from dashboard.web.pages import ServicePage, ServiceVisit
from dashboard.web.polling import version_token
from scheduler.attempts.report import AttemptReport
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPage(ServicePage):
    """``words`` leave out the date of the day on which it began, ``words_today`` that of today.

    ``around`` are the attempts before and after it; ``same_cycle`` what else its runner tried in
    the cycle, of a blocked attempt alone, and ``blocks`` whom it blocked, of a run alone.
    """

    short_id: str
    is_blocked: bool
    is_over: bool
    known: str
    next_change_at: datetime | None
    head: AttemptHead
    facts: tuple[Fact, ...]
    why: Why
    cycle_start: datetime
    cycle_url: str
    chart: TimelineChart
    legend: tuple[LegendItem, ...]
    around: tuple[NearRow, ...]
    same_cycle: tuple[NearRow, ...]
    blocks: BlockList
    runners_url: str
    executions_url: str


def execution_page(visit: ServiceVisit, report: AttemptReport) -> ExecutionPage:
    """What is reported of an attempt."""
    own, start = report.execution, report.timeline.cycle_start
    slug, zone, today = visit.slug, timezone.get_current_timezone(), visit.today
    words = TimeWords(zone=zone, now=report.now, day=own.started_at)
    names = _names(visit.service, report)
    is_blocked = own.status == Status.BLOCKED
    rows = AttemptRows(report, slug=slug, names=names, words=words)
    # Of the cycle, and of nothing that a refresh changes: zoom and pan stay.
    revision = f"{slug} {start.isoformat()}"
    chart = attempt_chart(report.timeline, own, names=names, zone=zone, revision=revision)
    return ExecutionPage(
        visit=replace(visit, words=words),
        short_id=short_run(own.run_id),
        is_blocked=is_blocked,
        is_over=report.is_over,
        # It changes without a row, too: when its runner falls silent, or its slot ends.
        known=version_token(visit.service.revision, report.next_change_at),
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
    # All at once: names are made so that no two of them are the same.
    ids = runners_of((report.execution, *around, *blocks))
    ids |= {lane.runner_id for lane in report.timeline.lanes}
    ids |= {owned.runner_id for owned in report.timeline.ownership if owned.runner_id}
    if report.prior and report.prior.runner_id:
        ids.add(report.prior.runner_id)
    if report.claim and report.claim.claim.assigned_runner_id:
        ids.add(report.claim.claim.assigned_runner_id)
    return runner_names(service, sorted(ids))

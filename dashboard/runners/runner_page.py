"""The page of one runner, composed of its sections."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.rows.slot_words import MissedRow, missed_rows
from dashboard.runners.chart import PresenceChart, presence_chart
from dashboard.runners.done import DoneRow, done_rows
from dashboard.runners.gaps import GapRow, gap_rows
from dashboard.runners.legend import LaneLegend, lane_legends
from dashboard.runners.rows import RunnerRow, runner_row
from dashboard.runners.words import heard_words, threshold_words
from dashboard.text.names import runner_names
from dashboard.text.watch_words import unwatched_words
from dashboard.web.addresses import executions_url, runners_url
from dashboard.web.pages import ServicePage, ServiceVisit
from dashboard.web.polling import version_token
from scheduler.fleet.runner_report import RunnerReport
from scheduler.fleet.states import gone_after
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerPage(ServicePage):
    """``runner`` is its row among the runners; ``done`` are its latest 50 attempts, ``missed`` the
    latest 12 cycles in which it did not serve its slot and ``gaps`` its latest 20 of the last 24
    hours. ``grace_end`` and ``gone_at`` are set while they are to come."""

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


def runner_page(visit: ServiceVisit, report: RunnerReport, state: str) -> RunnerPage:
    """What is reported of a runner."""
    service, slug, words = visit.service, visit.slug, visit.words
    own, policy, now = report.runner, report.policy, report.now
    # Its blocks name who was scheduled, and these names are made beside its own.
    names = _names(service, report)
    name, dead_after = names[own.runner_id], gone_after(policy, report.every_seconds)
    grace_end = policy.grace_end(own.first_seen_at)
    zone, revision = timezone.get_current_timezone(), f"{slug} {own.runner_id}"
    chart = presence_chart(report, names=names, zone=zone, revision=revision)
    return RunnerPage(
        visit=visit,
        fleet_url=runners_url(slug),
        executions_url=executions_url(slug),
        # Silence, grace and turns begin and end without a row.
        known=version_token(state, report.next_change_at),
        next_change_at=report.next_change_at,
        runner=runner_row(own, slug=slug, name=name, now=now, dead_after=dead_after),
        host=own.host,
        pid=own.pid,
        first_seen_at=own.first_seen_at,
        seats=report.seats,
        grace_end=grace_end if grace_end is not None and now < grace_end else None,
        gone_at=own.expires_at if own.expires_at and now <= own.expires_at else None,
        thresholds=threshold_words(policy, report.every_seconds),
        heard=heard_words(report),
        unwatched="" if report.is_watched else unwatched_words(report.watched_until, words),
        chart=chart,
        is_dense=bool(report.busy),
        legend=lane_legends(chart.present),
        gaps=gap_rows(report, words),
        missed=missed_rows(report.cycles, slug=slug, words=words),
        done=done_rows(service, report, names, words),
    )


def _names(service: Service, report: RunnerReport) -> dict[str, str]:
    """Names for the runner and for whom its blocks are about."""
    mentioned = (row.assigned_runner_id for row in report.executions)
    return runner_names(service, sorted({report.runner.runner_id, *filter(None, mentioned)}))

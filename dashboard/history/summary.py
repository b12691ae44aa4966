"""Totals and chart of a filter of the history."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.history.chart import HistoryChart, history_chart
from dashboard.history.lists import Asked
from dashboard.history.totals import Totals, totals_of
from dashboard.plot.buckets import Buckets, buckets_of
from dashboard.plot.instants import TimeScale
from dashboard.web.addresses import executions_url
from dashboard.web.pages import Page
from scheduler.cycles.watching import unwatched_now
from scheduler.history.samples import Sample, sample
from scheduler.history.summed import Summed, first_summed, summed

# Without a range of its own, a chart begins with its oldest row, and a bit before.
CHART_ROOM = 0.02
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySummary(Page):
    """``range_words`` says which time the chart shows, and
    ``summed_since`` from when on its bars tell what the summaries of cycles do."""

    name: str
    back_url: str
    totals: Totals
    summed_since: datetime | None
    chart: HistoryChart
    range_words: str


def history_summary(asked: Asked) -> HistorySummary:
    """What the newest executions of the filter tell, and older summaries."""
    query = asked.query
    found = sample(asked.services, query.asked, now=asked.now)
    start, end = _chart_range(asked, found)
    buckets = buckets_of(TimeScale(start=start, end=end, zone=timezone.get_current_timezone()))
    older = _older(asked, found, buckets)
    return HistorySummary(
        visit=asked.visit,
        name=asked.name,
        back_url=asked.path + query.address,
        totals=totals_of(found, query, asked.path),
        summed_since=older.since if older else None,
        chart=history_chart(
            found,
            older,
            buckets,
            now=asked.now,
            unwatched=unwatched_now(asked.services, asked.now),
            places={service.pk: place for place, service in enumerate(asked.services)},
            bases=[executions_url(service.slug) for service in asked.services],
        ),
        range_words=asked.words.range(start.replace(microsecond=0), end.replace(microsecond=0)),
    )


def _older(asked: Asked, found: Sample, buckets: Buckets) -> Summed | None:
    """Of what the sample does not reach, what the summaries of cycles tell."""
    if found.since is None:
        return None
    return summed(
        asked.services,
        asked.query.asked,
        before=found.since,
        steps=buckets.steps,
    )


def _chart_range(asked: Asked, found: Sample) -> tuple[datetime, datetime]:
    """From when until when: what is asked for; or from the oldest that is known until now."""
    filtered = asked.query.asked
    end = filtered.began_until or filtered.until or asked.now
    start = filtered.began_since or filtered.since
    # Where the sample was cut, summaries know of older times, if they know what is asked.
    if start is None and not found.is_complete:
        start = first_summed(asked.services, filtered)
    if start is None:
        # The newest row is first, so the last one is the oldest.
        oldest = min((row.started_at for row in found.rows[-1:]), default=end - HOUR)
        start = oldest - (end - oldest) * CHART_ROOM
    # Between two equal instants there is no axis to draw.
    return start, max(end, start + SECOND)

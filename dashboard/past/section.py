"""What every page about a cycle shows of the service's past: the strip, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from dashboard.past.strip import Strip, cycle_strip
from dashboard.past.strip_layout import (
    NARROW,
    STRIP,
    StripLayout,
    StripRange,
    strip_layout,
    strip_range,
)
from dashboard.rows.incidents import ROWS_SHOWN, ServiceIncidentList, incident_list
from dashboard.text.names import runner_names
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_address, service_url
from dashboard.web.chrome import time_words
from dashboard.web.pages import ServiceVisit
from dashboard.web.polling import version_token
from scheduler.core.judging.outcome import Outcome
from scheduler.core.policy import SchedulingPolicy
from scheduler.cycles.strip import StripCycle, strip_cycles
from scheduler.incidents.merging import ServiceIncident
from scheduler.incidents.whole import executions_of, service_incidents
from scheduler.models import Service
from scheduler.policies import policy_at

KNOWN_PAST = "known_past"
SELECTED = "at"
# Summaries that are later than this are missing, and not just about to come.
_PATIENCE = timedelta(seconds=30)
_LENGTHS = {StripRange.DAY: timedelta(days=1), StripRange.WEEK: timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """``narrow`` is the strip of a narrow screen, of the hours that ``narrow_title`` says.
    ``behind`` is since when cycles are not summed up, where that is too long ago;
    ``next_change_at`` is when the present cycle ends."""

    words: TimeWords
    shown: StripRange
    strip: Strip
    title: str
    narrow: Strip
    narrow_title: str
    behind: datetime | None
    incidents: ServiceIncidentList
    url: str
    known: str
    next_change_at: datetime


def past_state(service: Service, policy: SchedulingPolicy, now: datetime) -> str:
    """What the section is made of, in a word: the summaries, and which cycle goes on."""
    # No colon: polling.version_token puts one after it. The cycle is in it, for a poll that comes
    # after the cycle's end has a new one to show, summed up or not.
    return f"{service.summary_revision}-{policy.cycle_start(now).timestamp():.3f}"


def past_of(visit: ServiceVisit, *, selected: datetime | None) -> Past:
    """The section, for the page of the cycle that begins at ``selected`` (None: the live one)."""
    service, now, shown = visit.service, visit.now, strip_range(visit.request)
    policy = policy_at(service, now)
    zone = timezone.get_current_timezone()
    present = policy.cycle_start(now)
    end = policy.cycle_end(present)
    until = _until(selected, end, _LENGTHS[shown])
    lay = partial(
        strip_layout, shown, interval=timedelta(seconds=policy.interval_seconds), zone=zone
    )
    # Laid twice: first to know how far back to read, then for what there is of that.
    layout = lay(until=until)
    words = time_words(now, beside=min(now, until))
    cycles = strip_cycles(service, layout.since, until)
    if until == end:
        # It has no summary before it is over, and would be a hole at the end of the strip.
        cycles.append(_going_on(present, end))
    # The first that is summed up: of a time before that, a strip would be empty.
    known_from = cycles[0].cycle_start if cycles else None
    draw = partial(
        cycle_strip,
        cycles,
        base_url=f"{service_url(service.slug)}cycles/",
        selected=selected or present,
        words=words,
    )
    narrow = lay(
        # A few hours must hold the selected cycle too, wherever in the day of the wide strip it is.
        until=_until(selected, until, NARROW.day) if shown is StripRange.DAY else until,
        known_from=known_from,
        size=NARROW,
    )
    # Those of the wide strip, so that the list is of what is seen above it.
    found = service_incidents(service, since=layout.since, until=until, now=now)
    return Past(
        words=words,
        shown=shown,
        strip=draw(lay(until=until, known_from=known_from)),
        title=_title(layout, words, is_latest=until == end),
        narrow=draw(narrow),
        narrow_title=_title(narrow, words, is_latest=narrow.until == end),
        behind=_behind(service, policy, now),
        incidents=_incidents(service, found, words),
        url=_url(service, shown, selected),
        known=version_token(past_state(service, policy, now), None),
        next_change_at=end,
    )


def _until(selected: datetime | None, end: datetime, length: timedelta) -> datetime:
    """The end of what is shown: now, unless the selected cycle lies further back than that."""
    if selected is None or selected >= end - length:
        return end
    return min(end, selected + length / 2)


def _going_on(start: datetime, end: datetime) -> StripCycle:
    return StripCycle(start, end, Outcome.IN_PROGRESS.value, 0, 0, 0, 0, 0, {})


def _title(layout: StripLayout, words: TimeWords, *, is_latest: bool) -> str:
    return f"Last {layout.said}" if is_latest else words.time_range(layout.since, layout.until)


def _behind(service: Service, policy: SchedulingPolicy, now: datetime) -> datetime | None:
    """Since when cycles are not summed up, though they were over long enough ago."""
    until = service.summarised_until
    if until is None:
        return None
    # Summaries reach up to its start; the cycle that begins there has to be over first.
    return until if policy.cycle_end(until) + _PATIENCE < now else None


def _incidents(
    service: Service, found: tuple[ServiceIncident, ...], words: TimeWords
) -> ServiceIncidentList:
    # Names and runs are looked up for the rows that are shown: an outage may be told of thousands.
    listed = found[:ROWS_SHOWN]
    runner_ids = list(dict.fromkeys(each for one in listed for each in one.incident.runner_ids))
    run_ids = [each for one in listed for each in one.incident.run_ids]
    return incident_list(
        found,
        slug=service.slug,
        names=runner_names(service, runner_ids),
        executions=executions_of(service, run_ids) if run_ids else (),
        words=words,
    )


def _url(service: Service, shown: StripRange, selected: datetime | None) -> str:
    # The zone is not in it: a poll of the page sends that with every request (_past.html).
    query = {STRIP: shown.value}
    if selected is not None:
        query[SELECTED] = cycle_address(selected)
    return f"{reverse('dashboard:past', args=(service.slug,))}?{urlencode(query)}"

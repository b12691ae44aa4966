"""A cycle whose executions are no longer kept: what its summary knows of it, and no drawing."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpResponse

from dashboard.cycle.before_known import before_known
from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.kept_counts import KeptCounts, kept_counts
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.cycle.steps import CycleSteps, pruned_steps
from dashboard.past.section import Past, past_of
from dashboard.rows.incidents import CycleIncidentList, kept_incidents
from dashboard.text.names import runner_names
from dashboard.text.retention_words import RetentionWords, retention_words
from dashboard.web.pages import ServicePage, ServiceVisit, rendered
from scheduler.core.timeline import CycleSpan
from scheduler.cycles.first_heard import first_heard_at, was_known_before
from scheduler.cycles.kept import KeptCycle, kept_cycle
from scheduler.incidents.whole import whole_kept
from scheduler.policies import policy_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedCyclePage(ServicePage):
    """``summary`` is None where it is not kept any longer either."""

    is_live: bool
    cycle_start: datetime
    cycle_end: datetime
    steps: CycleSteps
    summary: KeptCounts | None
    incidents: CycleIncidentList
    retention: RetentionWords
    jump: JumpForm
    past: Past


def pruned_cycle(visit: ServiceVisit, start: datetime, choice: LaneChoice) -> HttpResponse:
    """The page of the cycle that begins at ``start``; the choice of lanes is carried on."""
    service = visit.service
    kept = kept_cycle(service, start)
    # The summary knows its own end: policies may be corrected later, and then cut time otherwise.
    end = kept.cycle_end if kept else policy_at(service, start).cycle_end(start)
    # Its summary was removed, too, or there never was anything to sum up.
    if kept is None and not was_known_before(service, end):
        cycle, first = CycleSpan(start=start, end=end), first_heard_at(service)
        return before_known(visit, cycle, choice, first_heard_at=first)
    of_its_day = replace(visit, words=replace(visit.words, day=start))
    page = PrunedCyclePage(
        visit=of_its_day,
        is_live=False,
        cycle_start=start,
        cycle_end=end,
        steps=pruned_steps(service, start, end, choice),
        summary=kept_counts(kept) if kept else None,
        incidents=_incidents(of_its_day, kept),
        retention=retention_words(service, visit.today),
        jump=jump_form(service.slug, choice),
        past=past_of(visit, selected=start),
    )
    return rendered("dashboard/cycle/pruned.html", page)


def _incidents(visit: ServiceVisit, kept: KeptCycle | None) -> CycleIncidentList:
    service, words = visit.service, visit.words
    incidents = (
        whole_kept(service, kept.cycle_start, kept.cycle_end, kept.incidents, words.now)
        if kept
        else ()
    )
    # Only these need a name: the page of a pruned cycle has no lanes.
    mentioned = (each for one in incidents for each in one.incident.runner_ids)
    names = runner_names(service, dict.fromkeys(mentioned))
    return kept_incidents(incidents, slug=service.slug, names=names, words=words)

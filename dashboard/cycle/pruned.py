"""A cycle whose executions are no longer kept: what its summary knows of it, and no drawing."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.cycle.before_known import before_known
from dashboard.cycle.jump import JumpForm, jump_form
from dashboard.cycle.lane_choice import LaneChoice
from dashboard.cycle.steps import CycleSteps
from dashboard.past.section import Past, past_of
from dashboard.past.views import strip_range
from dashboard.rows.incidents import CycleIncidentList, kept_incidents
from dashboard.rows.judgement import OUTCOMES, judged_signal
from dashboard.text.names import short_names
from dashboard.text.retention_words import RetentionWords, retention_words
from dashboard.text.signals import Signal, blocked_signal
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_url, service_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.requests import PageRequest
from scheduler.core.instants import MICROSECOND
from scheduler.core.timeline import CycleSpan
from scheduler.cycles.first_heard import first_heard_at, was_known_before, was_summed_up_before
from scheduler.cycles.kept import KeptCycle, kept_cycle
from scheduler.cycles.loading import cycle_start_at
from scheduler.incidents.whole import whole_kept
from scheduler.intake.runner_rows import runner_addresses
from scheduler.models import Service
from scheduler.policies import policy_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCount:
    """How often there was something."""

    signal: Signal
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedCyclePage:
    """``outcome`` is None where the summary is not kept any longer either. ``counts`` sums up the
    attempts, by word."""

    chrome: Chrome
    name: str
    is_live: bool
    words: TimeWords
    words_today: TimeWords
    cycle_start: datetime
    cycle_end: datetime
    steps: CycleSteps
    outcome: Signal | None
    counts: tuple[tuple[str, int], ...]
    runner_count: int
    blocked: tuple[SignalCount, ...]
    slots: tuple[SignalCount, ...]
    incidents: CycleIncidentList
    retention: RetentionWords
    jump: JumpForm
    past: Past


def pruned_cycle(
    request: PageRequest, service: Service, start: datetime, choice: LaneChoice, now: datetime
) -> HttpResponse:
    """The page of the cycle that begins at ``start``; the choice of lanes is carried on."""
    kept = kept_cycle(service, start)
    end = kept.cycle_end if kept else policy_at(service, start).cycle_end(start)
    if kept is None and not was_known_before(service, end):
        cycle, first = CycleSpan(start=start, end=end), first_heard_at(service)
        return before_known(request, service, cycle, choice, first_heard_at=first, now=now)
    words = TimeWords(zone=time_words(now).zone, now=now, day=start)
    previous = cycle_start_at(service, start - MICROSECOND)
    page = PrunedCyclePage(
        chrome=chrome_of(request, current_slug=service.slug),
        name=service.name,
        is_live=False,
        words=words,
        words_today=time_words(now),
        cycle_start=start,
        cycle_end=end,
        steps=CycleSteps(
            previous_url=cycle_url(service.slug, previous) + choice.query()
            if was_summed_up_before(service, start)
            else "",
            next_url=cycle_url(service.slug, cycle_start_at(service, end)) + choice.query(),
            live_url=service_url(service.slug) + choice.query(),
        ),
        outcome=OUTCOMES[kept.outcome] if kept else None,
        counts=_counts(kept) if kept else (),
        runner_count=kept.runner_count if kept else 0,
        blocked=_blocked(kept) if kept else (),
        slots=_slots(kept) if kept else (),
        incidents=_incidents(service, kept, words),
        retention=retention_words(service, time_words(now)),
        jump=jump_form(service.slug, choice),
        past=past_of(service, now=now, shown=strip_range(request), selected=start),
    )
    return render(request, "dashboard/cycle/pruned.html", {"page": page})


def _counts(kept: KeptCycle) -> tuple[tuple[str, int], ...]:
    going_on = kept.started - kept.completed - kept.abandoned
    counted = (
        ("running when it was summed up", going_on),
        ("completed", kept.completed),
        ("abandoned", kept.abandoned),
        ("blocked", sum(kept.blocked.values())),
    )
    return tuple((word, number) for word, number in counted if number)


def _blocked(kept: KeptCycle) -> tuple[SignalCount, ...]:
    """The most frequent reason first."""
    ordered = sorted(kept.blocked.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        SignalCount(signal=blocked_signal(reason), number=number) for reason, number in ordered
    )


def _slots(kept: KeptCycle) -> tuple[SignalCount, ...]:
    """The most frequent verdict first."""
    ordered = sorted(kept.slots.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        SignalCount(signal=judged_signal(verdict, reason), number=number)
        for (verdict, reason), number in ordered
    )


def _incidents(service: Service, kept: KeptCycle | None, words: TimeWords) -> CycleIncidentList:
    incidents = (
        whole_kept(service, kept.cycle_start, kept.cycle_end, kept.incidents, words.now)
        if kept
        else ()
    )
    runner_ids = list(dict.fromkeys(each for one in incidents for each in one.incident.runner_ids))
    names = short_names(runner_ids, runner_addresses(service, runner_ids))
    return kept_incidents(incidents, slug=service.slug, names=names, words=words)

"""The blocked audit: what was blocked, of which reasons, for whom; and who has seen to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.blocked.acknowledging import AcknowledgeForm, ActionRow, Moment, action_rows
from dashboard.blocked.chart import bar_cells, reasons_chart
from dashboard.blocked.heat_map import HeatMap, heat_map
from dashboard.blocked.query import acknowledged_links, blocked_query
from dashboard.blocked.ranking import StreakWords, WorstRow, streak_words, worst_rows
from dashboard.blocked.reason_groups import ReasonGroup, reason_groups
from dashboard.blocked.reason_table import ReasonTable, reason_table
from dashboard.blocked.rows import BlockRow, BlockRows, names_of
from dashboard.blocked.words import (
    BlockedSentence,
    at_least,
    blocked_sentence,
)
from dashboard.history.default_range import without_default
from dashboard.history.export_links import BLOCKED, ExportLinks, export_links
from dashboard.history.filter_bar import NOTHING_WRONG, FilterBar, Preset, Wrong, filter_bar
from dashboard.history.filters import ACKNOWLEDGED, ORIGINS
from dashboard.history.known_time import outside_known_time
from dashboard.history.query import HistoryQuery, as_written, shown_until
from dashboard.history.runner_options import runner_options
from dashboard.history.wrong_filter import ReadFilter, WrongFilterPage, read_filter, wrong_filter
from dashboard.text.words import TimeWords
from dashboard.web.addresses import service_url
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import explained
from dashboard.web.operating import Notice, may_operate, notices
from dashboard.web.requests import PageRequest
from scheduler.blocks.acknowledgements import LONGEST_NOTE, latest_acknowledgements, seen_now
from scheduler.blocks.audit import BlockedAudit, BlockedRunner, blocked_audit
from scheduler.blocks.facts import block_facts
from scheduler.db import clock
from scheduler.history.blocks import only_blocks
from scheduler.history.pages import history_page
from scheduler.models import Runner, Service
from scheduler.policies import policy_book
from scheduler.services import get_service


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """One page of blocks; ``next`` and ``previous`` are addresses, empty where there is no more."""

    rows: tuple[BlockRow, ...]
    next: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedPage:
    """``older`` is where those blocks begin that are left out of the numbers and drawings,
    ``outside`` says why no block can be there at all, and ``form`` is None for who may not
    acknowledge, or has nothing to."""

    chrome: Chrome
    name: str
    mode: str
    now: datetime
    words: TimeWords
    here: str
    live_url: str
    sentence: BlockedSentence
    older: str
    outside: str
    notices: tuple[Notice, ...]
    filters: FilterBar
    acknowledged: tuple[Preset, ...]
    reasons: tuple[ReasonGroup, ...]
    derived: int
    figure: dict[str, Any]
    bars: ReasonTable
    heat: HeatMap
    worst: tuple[WorstRow, ...]
    streak: StreakWords | None
    blocks: BlockList
    may_operate: bool
    form: AcknowledgeForm | None
    longest_note: int
    acknowledge_url: str
    undo_url: str
    export: ExportLinks
    actions: tuple[ActionRow, ...]


@require_safe
@never_cache
@explained
def blocked(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/blocked/: the blocked audit."""
    service, now = get_service(slug), clock.now()
    zone = timezone.get_current_timezone()
    told = read_filter(request.GET, lambda given: blocked_query(given, service, now=now, zone=zone))
    query = told.query
    if told.wrong:
        return _wrong(request, service, told, now)
    shared = without_default(query, request.GET).address
    if as_written(request.GET) != shared:
        # What is shared means the same to everybody: no empty values, and times in UTC.
        return redirect(reverse("dashboard:blocked", args=(slug,)) + shared)
    return render(
        request, "dashboard/blocked/blocked.html", {"page": _page(request, service, query, now)}
    )


@require_safe
@never_cache
@explained
def runners(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/blocked/runners/: runners that are called like ``q``."""
    service, zone = get_service(slug), timezone.get_current_timezone()
    query = blocked_query(request.GET, service, now=clock.now(), zone=zone)
    path = reverse("dashboard:blocked", args=(slug,))
    found = runner_options((service,), request.GET.get("q", ""), query, path)
    return render(request, "dashboard/history/_runner_options.html", {"found": found})


def _wrong(request: PageRequest, service: Service, told: ReadFilter, now: datetime) -> HttpResponse:
    """The form, with what is wrong beside its fields."""
    query, words = told.query, time_words(now)
    names = names_of(
        block_facts(service, ()),
        {each.runner_id: (each.host, each.pid) for each in query.asked.runners},
    )
    bar = _filters(query, service.slug, names, words, told.beside(request.GET))
    page = WrongFilterPage(
        chrome=chrome_of(request, current_slug=service.slug),
        what="Blocked",
        name=service.name,
        words=words,
        filters=bar,
        wrong=told.sentences(bar),
    )
    return wrong_filter(request, page)


def _page(
    request: PageRequest, service: Service, query: HistoryQuery, now: datetime
) -> BlockedPage:
    # Before any row is read: what comes after this is not acknowledged with what is shown.
    moment = Moment(at=now, seen=seen_now(service))
    words = time_words(now, beside=shown_until(query, now))
    zone = timezone.get_current_timezone()
    audit = blocked_audit(service, query.asked, now=now, zone=zone)
    found = history_page(
        (service,),
        only_blocks(query.asked),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
        now=now,
        with_derived=True,
    )
    facts = block_facts(service, found.rows)
    runners: list[Runner | BlockedRunner] = [*query.asked.runners, *audit.runners]
    names = names_of(facts, {each.runner_id: (each.host, each.pid) for each in runners})
    groups = reason_groups(audit.reasons, query)
    cells = bar_cells(audit.bars, groups, query)
    writer = BlockRows(service, facts, policy_book(service), names=names, words=words)
    operates = may_operate(request)
    url = reverse("dashboard:blocked", args=(service.slug,))
    # As it was asked, page and all: what was done leads back to it.
    here = f"?{request.META['QUERY_STRING']}" if request.META["QUERY_STRING"] else ""
    acknowledge_url = reverse("dashboard:acknowledge", args=(service.slug,)) + here
    return BlockedPage(
        chrome=chrome_of(request, current_slug=service.slug),
        name=service.name,
        mode=service.mode,
        now=now,
        words=words,
        here=url + here,
        live_url=service_url(service.slug),
        sentence=blocked_sentence(audit, query, words),
        older=words.full(audit.since) if audit.since else "",
        outside="" if found.rows else outside_known_time((service,), service.name, query, words),
        notices=tuple(notices(request)),
        filters=_filters(query, service.slug, names, words),
        acknowledged=acknowledged_links(query),
        reasons=groups,
        derived=audit.derived,
        figure=reasons_chart(cells, audit.bars, zone=zone, now=now),
        bars=reason_table(cells, groups, words),
        heat=heat_map(audit, groups, query, slug=service.slug, names=names),
        worst=worst_rows(audit.worst, query, slug=service.slug, words=words),
        streak=streak_words(audit, query, words),
        blocks=BlockList(
            rows=tuple(map(writer.row, found.rows)),
            next=query.query(cursor=found.next) if found.next else "",
            previous=query.query(cursor=found.previous) if found.previous else "",
        ),
        may_operate=operates,
        form=_form(audit, acknowledge_url, moment) if operates else None,
        longest_note=LONGEST_NOTE,
        acknowledge_url=acknowledge_url,
        undo_url=reverse("dashboard:undo", args=(service.slug,)) + here,
        export=export_links(
            BLOCKED,
            service.slug,
            query.query(),
            total=at_least(audit.blocks, audit.since is not None),
        ),
        actions=action_rows(latest_acknowledgements(service), words),
    )


def _filters(
    query: HistoryQuery,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
    wrong: Mapping[str, Wrong] = NOTHING_WRONG,
) -> FilterBar:
    """That of the history, without the status; what is acknowledged is said by links."""
    return filter_bar(
        query,
        path=reverse("dashboard:blocked", args=(slug,)),
        runners_url=reverse("dashboard:blocked_runners", args=(slug,)) + query.address,
        names=names,
        words=words,
        origins=ORIGINS,
        has_cycles=True,
        is_of_blocks=True,
        linked=(ACKNOWLEDGED,),
        wrong=wrong,
    )


def _form(audit: BlockedAudit, url: str, moment: Moment) -> AcknowledgeForm | None:
    if not audit.unacknowledged:
        return None
    return AcknowledgeForm(
        url=url, seen=str(moment), number=at_least(audit.unacknowledged, audit.since is not None)
    )

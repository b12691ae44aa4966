"""The page of the blocked audit, composed of its sections."""

from dataclasses import dataclass

from dashboard.blocked.block_list import BlockList, block_list
from dashboard.blocked.heat_map import HeatMap, heat_map
from dashboard.blocked.ranking import StreakWords, WorstRow, streak_words, worst_rows
from dashboard.blocked.reasons import Reasons, reasons_of
from dashboard.blocked.seeing_to import SeeingTo, seeing_to
from dashboard.blocked.seen import SeenBlocks
from dashboard.blocked.words import BlockedSentence, blocked_sentence
from dashboard.history.filter_bar import FilterBar, filter_bar
from dashboard.history.known_time import outside_known_time, unwatched_time
from dashboard.web.addresses import service_url
from dashboard.web.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedPage(Page):
    """``newest_since``: where there are too many blocks, since when all of them are told by reason
    and runner; what was before is in the totals and the bars if ``is_whole``. ``outside`` says why
    no block can be there at all, and ``unwatched`` of which time blocks may be missing."""

    name: str
    mode: str
    live_url: str
    sentence: BlockedSentence
    newest_since: str
    is_whole: bool
    outside: str
    unwatched: str
    filters: FilterBar
    reasons: Reasons
    heat: HeatMap
    worst: tuple[WorstRow, ...]
    streak: StreakWords | None
    blocks: BlockList
    seeing_to: SeeingTo


def blocked_page(seen: SeenBlocks) -> BlockedPage:
    """The page of the blocks that are seen."""
    audit, query, words, slug = seen.audit, seen.query, seen.words, seen.service.slug
    # First: its groups are the columns of the heat map, too, but for what no runner is told of.
    reasons = reasons_of(seen)
    unwatched = unwatched_time(seen.asked)
    return BlockedPage(
        visit=seen.asked.visit,
        name=seen.service.name,
        mode=seen.service.mode,
        live_url=service_url(slug),
        sentence=blocked_sentence(audit, query, words, is_watched=not unwatched),
        newest_since=words.full(audit.since) if audit.since else "",
        is_whole=audit.is_whole,
        # Asked for an empty list alone: it looks up when the service was first heard of.
        outside="" if seen.found.rows else outside_known_time(seen.asked),
        unwatched=unwatched,
        filters=filter_bar(seen.asked, seen.names),
        reasons=reasons,
        heat=heat_map(audit, reasons.groups, query, slug=slug, names=seen.names),
        worst=worst_rows(audit.worst, query, slug=slug, words=words),
        streak=streak_words(audit, query, words),
        blocks=block_list(seen),
        seeing_to=seeing_to(seen),
    )

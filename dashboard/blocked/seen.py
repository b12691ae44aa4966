"""What the blocked audit reads: all sections of its page tell of this."""

from dataclasses import dataclass

from django.utils import timezone

from dashboard.blocked.acknowledging import Moment
from dashboard.blocked.rows import names_of
from dashboard.history.lists import Asked
from dashboard.history.query import HistoryQuery
from dashboard.text.words import TimeWords
from scheduler.blocks.acknowledgements import seen_now
from scheduler.blocks.audit import BlockedAudit, BlockedRunner, blocked_audit
from scheduler.blocks.facts import BlockFacts, block_facts
from scheduler.history.blocks import only_blocks
from scheduler.history.pages import HistoryPage, Row, history_page
from scheduler.models import Runner, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBlocks:
    """The blocks that are asked for: all of them, counted, and those of a page, with the facts of
    these; what their runners are called."""

    asked: Asked
    service: Service
    moment: Moment
    audit: BlockedAudit
    found: HistoryPage[Row]
    facts: BlockFacts
    names: dict[str, str]

    @property
    def query(self) -> HistoryQuery:
        return self.asked.query

    @property
    def words(self) -> TimeWords:
        return self.asked.words

    @property
    def is_capped(self) -> bool:
        """Whether older blocks are left out of what is not told by totals."""
        return self.audit.since is not None


def see_blocks(asked: Asked) -> SeenBlocks:
    """Those of the one service that is asked."""
    query, now = asked.query, asked.now
    (service,) = asked.services
    # Before any row is read: what comes after this is not acknowledged with what is shown.
    moment = Moment(at=now, seen=seen_now(service))
    audit = blocked_audit(service, query.asked, now=now, zone=timezone.get_current_timezone())
    found = history_page(
        (service,),
        # The filter of the audit has no status; here it gets the only one that is meant.
        only_blocks(query.asked),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
        now=now,
        with_derived=True,
    )
    facts = block_facts(service, found.rows)
    # Chips and heat map name runners of whom the page may have no row.
    runners: list[Runner | BlockedRunner] = [*query.asked.runners, *audit.runners]
    return SeenBlocks(
        asked=asked,
        service=service,
        moment=moment,
        audit=audit,
        found=found,
        facts=facts,
        names=names_of(facts, {each.runner_id: (each.host, each.pid) for each in runners}),
    )

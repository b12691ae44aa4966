"""The list of the blocked audit, a page of it."""

from dataclasses import dataclass

from dashboard.blocked.rows import BlockRow, BlockRows
from dashboard.blocked.seen import SeenBlocks
from dashboard.blocked.words import at_least
from dashboard.history.lists import ExportLinks
from scheduler.policies import policy_book


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """``next`` and ``previous`` are addresses, empty where there is no more."""

    rows: tuple[BlockRow, ...]
    next: str
    previous: str
    export: ExportLinks


def block_list(seen: SeenBlocks) -> BlockList:
    """The rows that were found."""
    service, found, query = seen.service, seen.found, seen.query
    policies = policy_book(service)
    writer = BlockRows(service.slug, seen.facts, policies, names=seen.names, words=seen.words)
    return BlockList(
        rows=tuple(map(writer.row, found.rows)),
        next=query.query(cursor=found.next) if found.next else "",
        previous=query.query(cursor=found.previous) if found.previous else "",
        export=seen.asked.exports(at_least(seen.audit.all_blocks, not seen.audit.is_whole)),
    )

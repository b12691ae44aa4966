"""The worst cycles and the longest streak of the blocked audit, in words and as addresses."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.blocked.query import within
from dashboard.history.filters import CYCLE
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import Signal, blocked_reason, blocked_signal
from dashboard.text.words import TimeWords, count
from dashboard.web.addresses import cycle_address, cycle_url
from scheduler.blocks.audit import BlockedAudit
from scheduler.blocks.cycles import BlockedCycle


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRow:
    """A cycle: ``url`` is its page, ``href`` the list of its blocks. ``signal`` is of what was the
    reason of most of them."""

    time: str
    url: str
    href: str
    blocks: str
    attempts: str
    runners: str
    signal: Signal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakWords:
    """``length`` of it in cycles, ``when`` it was."""

    length: str
    when: str
    blocks: str
    href: str
    goes_on: bool


def worst_rows(
    cycles: Iterable[BlockedCycle], query: HistoryQuery, *, slug: str, words: TimeWords
) -> tuple[WorstRow, ...]:
    """The cycles in their order."""
    return tuple(_worst_row(each, query, slug, words) for each in cycles)


def _worst_row(cycle: BlockedCycle, query: HistoryQuery, slug: str, words: TimeWords) -> WorstRow:
    start = cycle.span.start
    # By name where they are as frequent.
    reason, _ = min(cycle.reasons.items(), key=lambda each: (-each[1], each[0]))
    return WorstRow(
        time=words.seconds(start),
        url=cycle_url(slug, start),
        # Beside the times of the filter, so that the list has as many rows as are counted here.
        href=query.query({CYCLE: (cycle_address(start),)}),
        blocks=f"{cycle.blocks:,}",
        attempts=f"{cycle.attempts:,}",
        runners=f"{cycle.runners:,}",
        signal=blocked_signal(reason),
        reason=blocked_reason(reason),
    )


def streak_words(audit: BlockedAudit, query: HistoryQuery, words: TimeWords) -> StreakWords | None:
    """The longest streak; None where no cycle had a block."""
    streak = audit.streak
    if streak is None:
        return None
    return StreakWords(
        length=count(streak.cycles, "cycle"),
        when=words.range(streak.start, streak.end),
        blocks=count(streak.blocks, "block"),
        # As times: a filter asks for one cycle, and not for several in a row.
        href=query.query(within(query, streak.start, streak.end)),
        goes_on=audit.goes_on,
    )

"""Reasons as they are shown: each of ours by itself, those of a fleet's own together."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.blocked.query import within
from dashboard.history.filters import REASON
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import BLOCKED, Signal, blocked_reason, blocked_signal
from dashboard.text.words import count
from scheduler.blocks.older import OlderBlocks
from scheduler.history.filters import VALUES_AT_MOST

OTHER = blocked_signal("")
# Of these, summaries tell no reasons.
OLDER = Signal(key="blocked-older", word="Blocked: older, all reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """``reasons`` are what a filter asks for: none where they are too many for one."""

    signal: Signal
    word: str
    reasons: tuple[str, ...]
    number: int
    href: str
    is_ours: bool

    def number_in(self, counted: Mapping[str, int]) -> int:
        """How many of these have a reason of the group."""
        # A group of ours is one reason. The other one may be of too many to be named.
        if self.is_ours:
            return counted.get(self.reasons[0], 0)
        return sum(number for reason, number in counted.items() if reason not in BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarCell:
    """The blocks of one reason in one interval, and the address that lists them."""

    start: datetime
    end: datetime
    group: ReasonGroup
    is_derived: bool
    blocks: int
    href: str


def older_group(older: OlderBlocks, query: HistoryQuery) -> ReasonGroup:
    """What is older than the blocks that are told by reason."""
    return ReasonGroup(
        signal=OLDER,
        word=OLDER.word.removeprefix("Blocked: "),
        reasons=(),
        number=older.blocks,
        href=query.query(within(query, older.since, older.until)),
        is_ours=False,
    )


def reason_groups(counted: Counter[str], query: HistoryQuery) -> tuple[ReasonGroup, ...]:
    """The groups that are there, ours first."""
    return tuple(_groups(counted, query))


def _groups(counted: Counter[str], query: HistoryQuery) -> Iterator[ReasonGroup]:
    # In the order of the table of signals, and not of the numbers: a colour keeps its place.
    for reason, signal in BLOCKED.items():
        if counted[reason]:
            yield ReasonGroup(
                signal=signal,
                word=blocked_reason(reason),
                reasons=(str(reason),),
                number=counted[reason],
                href=query.query({REASON: (str(reason),)}),
                is_ours=True,
            )
    others = tuple(sorted(reason for reason in counted if reason not in BLOCKED))
    if others:
        # A filter takes no more values, so that each has a range of an index of its own.
        reasons = others if len(others) <= VALUES_AT_MOST else ()
        yield ReasonGroup(
            signal=OTHER,
            word=blocked_reason(others[0])
            if len(others) == 1
            else count(len(others), "other reason"),
            reasons=reasons,
            number=sum(counted[reason] for reason in others),
            href=query.query({REASON: reasons}) if reasons else "",
            is_ours=False,
        )

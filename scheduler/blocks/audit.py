"""What was blocked, summed up: reasons over time, runners by reasons, the worst cycles, the longest
streak.

All of it is counted in the newest 10,000 blocks that are meant. What is older is counted by the
summaries of its cycles where these know the filter, and else left out and said to be. A number is
that of the rows which the filter finds when it is narrowed to it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from scheduler.blocks.bars import Bars, bars_of
from scheduler.blocks.cycles import (
    BlockedCycle,
    Streak,
    blocked_cycles,
    longest_streak,
    worst_cycles,
)
from scheduler.blocks.older import OlderBlocks, first_told, older_blocks
from scheduler.core.cycle.grid import policy_in_force
from scheduler.core.instants import MICROSECOND
from scheduler.history.blocks import Block, Blocks, newest_blocks
from scheduler.history.filters import VALUES_AT_MOST, HistoryFilter
from scheduler.models import Runner, Service
from scheduler.policies import policy_revisions
from scheduler.words.round_steps import round_steps

WORST_SHOWN = 5
RUNNERS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedRunner:
    """A runner and its blocks by reason."""

    runner_id: str
    host: str
    pid: int | None
    reasons: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRunners:
    """All the other ones; ``runner_ids`` is empty where they are more than one filter takes."""

    count: int
    runner_ids: tuple[str, ...]
    reasons: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedAudit:
    """``since``: all numbers are of what began then or later; None where that is everything.
    ``older`` tells what was before, where summaries do.

    ``blocks`` were found; those that began with the first one left out are counted nowhere else.
    ``attempts`` are the refused ones: of derived blocks nobody knows any. ``goes_on``: the streak
    reaches the cycle that goes on, or the last one that is over.
    """

    since: datetime | None
    older: OlderBlocks | None
    blocks: int
    attempts: int
    derived: int
    unacknowledged: int
    reasons: Counter[str]
    bars: Bars
    runners: tuple[BlockedRunner, ...]
    others: OtherRunners
    worst: tuple[BlockedCycle, ...]
    streak: Streak | None
    goes_on: bool

    @property
    def is_whole(self) -> bool:
        """Whether no block is left out of the totals."""
        return self.since is None or self.older is not None

    @property
    def all_blocks(self) -> int:
        """How many there were, as far as that is known."""
        return self.blocks + (self.older.blocks if self.older else 0)

    @property
    def all_attempts(self) -> int:
        """How many were refused, as far as that is known."""
        return self.attempts + (self.older.attempts if self.older else 0)


def blocked_audit(
    service: Service, asked: HistoryFilter, *, now: datetime, zone: tzinfo
) -> BlockedAudit:
    """What was blocked of what is asked for.

    Args:
        zone: that on whose clock the bars begin.
    """
    found = newest_blocks(service, asked, now=now)
    first = first_told(service, asked) if found.since else None
    start, end = _range(found, asked, now, first)
    older = _older(service, asked, found, start, end, now=now, zone=zone) if first else None
    # Summaries count whole cycles: the newest are those of the cycles after them.
    rows = [row for row in found.rows if older is None or row.started_at >= older.until]
    policies = policy_revisions(service)
    cycles = blocked_cycles(rows, policies)
    streak = longest_streak(cycles)
    by_runner = _by_runner(rows)
    # By key where equal, so that the order stays from refresh to refresh.
    worst = sorted(by_runner.items(), key=lambda each: (-each[1].total(), each[0]))
    runners, others = _named(worst)
    return BlockedAudit(
        since=older.until if older else found.since,
        older=older,
        blocks=len(rows) if older else found.found,
        attempts=sum(row.attempts for row in rows),
        derived=sum(row.is_derived for row in rows),
        unacknowledged=sum(not row.is_acknowledged for row in rows),
        reasons=Counter(row.reason for row in rows),
        bars=bars_of(rows, start, end, zone=zone),
        runners=runners,
        others=others,
        worst=tuple(worst_cycles(cycles, WORST_SHOWN)),
        streak=streak,
        # One that ends where the present cycle begins may go on in it.
        goes_on=streak is not None
        and streak.end >= policy_in_force(policies, now).cycle_start(now),
    )


def _older(
    service: Service,
    asked: HistoryFilter,
    found: Blocks,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    zone: tzinfo,
) -> OlderBlocks | None:
    if found.since is None:
        return None
    # The bars of the newest have the same ones.
    steps = round_steps(start, end, zone)
    older = older_blocks(service, asked, before=found.since, now=now, steps=steps)
    # Where all that were read are of one cycle, none would be left to tell by reason.
    return older if older and found.rows[0].started_at >= older.until else None


def _range(
    found: Blocks, asked: HistoryFilter, now: datetime, first: datetime | None
) -> tuple[datetime, datetime]:
    """The range of time that is drawn: from ``first`` on, where summaries tell what is older."""
    rows = found.rows
    starts = [each for each in (asked.since, asked.began_since, first or found.since) if each]
    ends = [each for each in (asked.until, asked.began_until) if each]
    # The range is half-open: the newest one has to lie before its end.
    newest = rows[0].started_at + MICROSECOND if rows else now
    end = min(ends) if ends else max(now, newest)
    start = max(starts) if starts else rows[-1].started_at if rows else end
    return min(start, end), end


def _by_runner(rows: Iterable[Block]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.runner, Counter())[row.reason] += 1
    return found


def _named(
    worst: list[tuple[int, Counter[str]]],
) -> tuple[tuple[BlockedRunner, ...], OtherRunners]:
    shown, others = worst[:RUNNERS_SHOWN], worst[RUNNERS_SHOWN:]
    # Their sum links to a filter by all of them, which takes so many at most.
    is_askable = len(others) <= VALUES_AT_MOST
    keys = [key for key, _ in (worst if is_askable else shown)]
    known = {
        key: (runner_id, host, pid)
        for key, runner_id, host, pid in Runner.objects.filter(pk__in=keys).values_list(
            "pk", "runner_id", "host", "pid"
        )
    }
    reasons: Counter[str] = Counter()
    for _, each in others:
        reasons.update(each)
    return (
        tuple(
            BlockedRunner(
                runner_id=known[key][0], host=known[key][1], pid=known[key][2], reasons=each
            )
            for key, each in shown
        ),
        OtherRunners(
            count=len(others),
            runner_ids=tuple(known[key][0] for key, _ in others) if is_askable else (),
            reasons=reasons,
        ),
    )

"""What became of a runner's slots over a day, in words and marks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.rows.judgement import judged_signal
from dashboard.text.signals import Signal
from dashboard.text.words import TimeWords, count, percent
from dashboard.web.addresses import cycle_url
from scheduler.core.judging.verdicts import Verdict
from scheduler.cycles.summary_json import Judged
from scheduler.fleet.slot_records import RunnerCycle, SlotRecord

# A runner that is down misses every cycle of a day; the chart above shows all of them.
ROWS_SHOWN = 12

# The first that a cycle has of a runner tells how it went for it.
_TELLING = (
    Verdict.ABANDONED,
    Verdict.BLOCKED,
    Verdict.SERVED,
    Verdict.UNKNOWN,
    Verdict.UNSERVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWords:
    """``share`` is the part of its slots that a runner served, empty where it had none to serve;
    ``sentence`` says of how many, ``tallies`` what became of all of them."""

    share: str
    sentence: str
    tallies: tuple[tuple[Signal, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """One cycle in which a slot was not served."""

    time: str
    url: str
    signal: Signal


def slot_words(record: SlotRecord | None) -> SlotWords | None:
    """A record in words; None where there is none."""
    if record is None:
        return None
    share = record.share_served
    tallies: Counter[Signal] = Counter()
    for judged, number in record.verdicts.most_common():
        # Several reasons may have one signal: abandoned runs are one, whatever ended them.
        tallies[judged_signal(*judged)] += number
    return SlotWords(
        share="" if share is None else percent(share),
        sentence="No slot that it was to serve is over."
        if share is None
        else f"It served {record.served:,} of {count(record.served + record.missed, 'slot')}.",
        tallies=tuple(tallies.most_common()),
    )


def telling(cycle: RunnerCycle) -> Judged | None:
    """What a cycle says of the runner in one word; None where it had no slot."""
    # A change of membership may lay a runner several slots in a cycle.
    return min(
        cycle.slots,
        key=lambda judged: _TELLING.index(judged[0]) if judged[0] in _TELLING else len(_TELLING),
        default=None,
    )


def missed_rows(
    cycles: Sequence[RunnerCycle], *, slug: str, words: TimeWords
) -> tuple[MissedRow, ...]:
    """The latest cycles in which the runner was to serve a slot and did not."""
    found: list[MissedRow] = []
    for cycle, judged in _missed(cycles):
        found.append(
            MissedRow(
                time=words.seconds(cycle.cycle_start),
                url=cycle_url(slug, cycle.cycle_start),
                signal=judged_signal(*judged),
            )
        )
        if len(found) == ROWS_SHOWN:
            break
    return tuple(found)


def _missed(cycles: Sequence[RunnerCycle]) -> Iterator[tuple[RunnerCycle, Judged]]:
    # The latest first, and lazily: a day of half-minute cycles has 2,880.
    for cycle in reversed(cycles):
        judged = telling(cycle)
        if judged is not None and (
            # As SlotRecord.missed counts: the list and the share above it go by one rule.
            judged[0] in (Verdict.ABANDONED, Verdict.BLOCKED) or judged == (Verdict.UNSERVED, "")
        ):
            yield cycle, judged


def cycle_words(cycle_start: datetime, cycle_end: datetime, cycles: int, words: TimeWords) -> str:
    """Where an interval of equal cycles was, and how many they are."""
    return f"{words.range(cycle_start, cycle_end)}<br>{count(cycles, 'cycle')}"

"""A judged cycle in words: what became of each window, what went wrong, and how the cycle went."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dashboard.rows.decisions import ROWS_SHOWN
from dashboard.text.signals import STATUSES, Signal, blocked_signal
from dashboard.text.words import TimeWords
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.outcomes import JudgedCycle
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.reasons import WindowReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.verdicts import verdict_detail

# A test holds that every verdict, reason and outcome is in these tables.
VERDICTS: dict[Verdict, Signal] = {
    Verdict.SERVED: Signal(key="completed", word="Served"),
    Verdict.ABANDONED: STATUSES[Status.ABANDONED],
    Verdict.BLOCKED: STATUSES[Status.BLOCKED],
    Verdict.UNSERVED: Signal(key="no-start", word="No start", symbol="circle"),
    Verdict.OPEN: Signal(key="window", word="Open"),
    Verdict.UPCOMING: Signal(key="waiting", word="To come"),
    Verdict.UNKNOWN: Signal(key="unknown", word="Not watched"),
}

# What there is to say of a window beside its verdict.
EXPLAINED: dict[WindowReason, Signal] = {
    WindowReason.OVERRAN: Signal(key="warning", word="Served, overran"),
    WindowReason.ALREADY_SERVED: Signal(key="waiting", word="Served before"),
    WindowReason.REPLANNED: Signal(key="change", word="Replanned"),
}

OUTCOMES: dict[Outcome, Signal] = {
    Outcome.IN_PROGRESS: Signal(key="running", word="In progress"),
    Outcome.STUCK: Signal(key="abandoned", word="Stuck"),
    Outcome.FAILED: Signal(key="abandoned", word="Failed"),
    Outcome.BLOCKED: Signal(key="blocked-other", word="Blocked"),
    Outcome.PARTIAL: Signal(key="warning", word="Partly served"),
    Outcome.UNKNOWN: Signal(key="unknown", word="Not watched"),
    Outcome.SERVED: Signal(key="completed", word="Served"),
    Outcome.EMPTY: Signal(key="waiting", word="Empty"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One window and what became of it. ``is_derived``: no stored row says so, the rules do."""

    runner_id: str
    name: str
    window: str
    signal: Signal
    is_derived: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``verdicts`` are the first rows of ``total``; ``derived`` windows of the cycle were blocked,
    and no stored row says so."""

    outcome: Signal
    verdicts: tuple[VerdictRow, ...]
    total: int
    derived: int

    @property
    def is_capped(self) -> bool:
        return len(self.verdicts) < self.total


def judgement(
    judged: JudgedCycle,
    *,
    names: Mapping[str, str],
    words: TimeWords,
    runner_ids: Collection[str],
) -> Judgement:
    """A judged cycle, in the zone of ``words``; the windows of ``runner_ids`` in order of time."""
    # Judged lane by lane; read in order of time, neighbours in time stand beside each other.
    ordered = sorted(
        (each for each in judged.verdicts if each.runner_id in runner_ids),
        key=lambda each: (each.start, each.position),
    )
    return Judgement(
        outcome=OUTCOMES[judged.outcome],
        verdicts=tuple(_verdict_row(each, names, words) for each in ordered[:ROWS_SHOWN]),
        total=len(ordered),
        # Of the whole cycle and not of the lanes shown: the sentence on top has it.
        derived=sum(map(is_derived, judged.verdicts)),
    )


def verdict_signal(verdict: SlotVerdict) -> Signal:
    return judged_signal(verdict.verdict, verdict.reason)


def judged_signal(verdict: Verdict, reason: str) -> Signal:
    """A refusal shows its reason; an unserved window what explains it, if anything does; and a
    served one whether its run was longer than it."""
    # Before the others: here the reason is a refusal's, there it is a WindowReason.
    if verdict is Verdict.BLOCKED:
        return blocked_signal(reason)
    if verdict in (Verdict.SERVED, Verdict.UNSERVED) and reason:
        return EXPLAINED[WindowReason(reason)]
    return VERDICTS[verdict]


def is_derived(verdict: SlotVerdict) -> bool:
    """A refusal that the rules tell, and no stored row."""
    return verdict.verdict is Verdict.BLOCKED and not verdict.recorded


def _verdict_row(verdict: SlotVerdict, names: Mapping[str, str], words: TimeWords) -> VerdictRow:
    window = f"{words.bare(verdict.start)} – {words.bare(verdict.end)}"
    return VerdictRow(
        runner_id=verdict.runner_id,
        name=names.get(verdict.runner_id, verdict.runner_id),
        # Without a window, start and end are those of the whole interval that had none.
        window=window if verdict.slot else "none",
        signal=verdict_signal(verdict),
        is_derived=is_derived(verdict),
        detail=verdict_detail(verdict),
    )

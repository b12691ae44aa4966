"""Signals: what each status and reason is called, and its mark, colour and shape.

One table for tables, badges, legend and charts, so that they never disagree. Colours are names of
variables in tokens.css; marks are shapes in marks.svg.
"""

from dataclasses import dataclass

from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.characters import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing to be seen: ``key`` names its mark and CSS class, ``symbol`` is Plotly's shape."""

    key: str
    word: str
    symbol: str = ""

    @property
    def colour(self) -> str:
        return f"var(--{self.key})"


STATUSES: dict[Status, Signal] = {
    Status.RUNNING: Signal(key="running", word="Running", symbol="circle"),
    Status.COMPLETED: Signal(key="completed", word="Completed", symbol="circle"),
    Status.ABANDONED: Signal(key="abandoned", word="Abandoned", symbol="x-thin"),
    Status.BLOCKED: Signal(key="blocked-other", word="Blocked", symbol="star-square"),
}

# A shape for each reason, and not a colour alone: that is all that some people, printers and
# forced colours leave. A test holds that no two are the same.
BLOCKED: dict[BlockReason, Signal] = {
    BlockReason.LATE_START: Signal(
        key="blocked-late-start", word="Blocked: late start", symbol="diamond"
    ),
    BlockReason.SCHEDULED_RUNNER_IN_GRACE: Signal(
        key="blocked-in-grace", word="Blocked: scheduled runner in grace", symbol="triangle-up"
    ),
    BlockReason.SLOT_WINDOW_INVALID: Signal(
        key="blocked-no-window", word="Blocked: no slot window", symbol="x"
    ),
    BlockReason.PRIOR_RUNNING: Signal(
        key="blocked-prior-running", word="Blocked: prior run still running", symbol="square"
    ),
}

# Plain strings are looked up in it: reasons come from rows, also those that no enum has.
_BLOCK_REASONS = frozenset(BlockReason)

HOLDS = Signal(key="running", word="Holds it")

# What a runner would be told at this instant, in a few words.
ANSWERS: dict[Reason, Signal] = {
    Reason.ASSIGNED: Signal(key="completed", word="May start"),
    Reason.NOT_ASSIGNED_SLOT: Signal(key="waiting", word="Not its turn"),
    Reason.NO_STABLE_RUNNERS: Signal(key="waiting", word="No runners"),
    Reason.SCHEDULED_RUNNER_IN_GRACE: BLOCKED[BlockReason.SCHEDULED_RUNNER_IN_GRACE],
    Reason.SLOT_WINDOW_INVALID: BLOCKED[BlockReason.SLOT_WINDOW_INVALID],
    Reason.LATE_START: BLOCKED[BlockReason.LATE_START],
}


def blocked_signal(reason: str) -> Signal:
    """The signal of a blocked attempt; a reason we don't know keeps its own name."""
    if reason in _BLOCK_REASONS:
        return BLOCKED[BlockReason(reason)]
    # A stranger's text: what can't be seen of it is written out, wherever the signal is shown.
    name = visible(reason.replace("_", " ")) or "no reason given"
    return Signal(key="blocked-other", word=f"Blocked: {name}", symbol="star-square")


def blocked_reason(reason: str) -> str:
    """Why an attempt was blocked, where it is said already that it was."""
    return blocked_signal(reason).word.removeprefix("Blocked: ")


def execution_signal(status: Status, reason: str) -> Signal:
    """The signal of a recorded attempt."""
    return blocked_signal(reason) if status == Status.BLOCKED else STATUSES[status]

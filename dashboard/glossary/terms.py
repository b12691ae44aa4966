"""The words of the pages that are not everybody's, each explained once: where it stands (a hint),
and all together on the glossary's page."""

from dataclasses import dataclass

from scheduler.core.reasons import BlockReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """``key`` is its place on the glossary's page; ``meaning`` is one or two sentences."""

    key: str
    word: str
    meaning: str


def _terms(*rows: tuple[str, str, str]) -> dict[str, Term]:
    return {key: Term(key=key, word=word, meaning=meaning) for key, word, meaning in rows}


# By the keys that pages ask with ({% term %}); the glossary itself sorts them by their words.
TERMS: dict[str, Term] = _terms(
    (
        "atomic-service",
        "Atomic service",
        "A job that only one of many runners may do at a time, such as triggers, recovery or cron.",
    ),
    ("runner", "Runner", "A process of the fleet that may run the service when it is its turn."),
    (
        "coordinated",
        "Coordinated",
        "Runners ask Slotwatch for every start, and it decides: every refusal is known exactly.",
    ),
    (
        "observed",
        "Observed",
        (
            "The fleet decides for itself and Slotwatch watches: what the fleet does not record is "
            "derived from its rules."
        ),
    ),
    (
        "cycle",
        "Cycle",
        (
            "The interval in which every runner gets one turn. Cycles follow one another "
            "without a gap."
        ),
    ),
    (
        "slot",
        "Slot",
        (
            "A runner's share of a cycle: the cycle divided by the number of runners. Slots are "
            "counted from 1, the longest-known runner first."
        ),
    ),
    (
        "window",
        "Window",
        "The part of a slot in which its runner may run: the slot without the margin at its end.",
    ),
    (
        "margin",
        "Margin",
        (
            "The end of every slot, left empty so that a run which takes a little longer does not "
            "meet the next runner's start. A margin as long as the slot leaves no window: nobody "
            "can start."
        ),
    ),
    (
        "start-until",
        "Start until",
        "After this instant too little of the window is left, and a start is refused as late.",
    ),
    (
        "grace",
        "Grace",
        "For how long a new runner is only watched. While it is its turn, nobody may start.",
    ),
    (
        "scheduled",
        "Scheduled",
        (
            "The runner whose turn it is. It may not have started, and another may still hold the "
            "service."
        ),
    ),
    (
        "holds",
        "Holds",
        (
            "A runner holds the service from the start of its run to its end; nobody else can "
            "start meanwhile."
        ),
    ),
    (
        "heard",
        "Heard",
        (
            "A runner is heard while its heartbeats come. After too long without one it is silent, "
            "then gone: it is taken for dead, and its slot goes to the others."
        ),
    ),
    (
        "not-eligible",
        "Not eligible",
        "A runner that is alive and does not take part: it has no slot.",
    ),
    (
        "not-watched",
        "Not watched",
        (
            "Nobody told Slotwatch of the fleet then: what happened is not known, and nothing is "
            "concluded from it."
        ),
    ),
    (
        "recorded",
        "Recorded",
        "Written down by who decided: a start, an end, a refusal.",
    ),
    (
        "derived",
        "Derived",
        (
            "Not written down by anybody, but certain by the rules: no start could have gone "
            "through. Drawn hollow or dashed."
        ),
    ),
    ("blocked", "Blocked", "A start that was refused, with the reason."),
    (
        "late-start",
        "Late start",
        "Refused because too much of the window was over.",
    ),
    (
        "in-grace",
        "Scheduled runner in grace",
        "Refused because the runner whose turn it was is too new.",
    ),
    (
        "no-window",
        "No slot window",
        "Refused because the margin takes the whole slot. Lower the margin or run fewer runners.",
    ),
    (
        "prior-running",
        "Prior run still running",
        "Refused because another run still held the service.",
    ),
    ("served", "Served", "There was a run in the window; of a cycle: in all that were due."),
    (
        "partly-served",
        "Partly served",
        "Some runs came to a good end; a window was missed, or a run was abandoned.",
    ),
    (
        "overran",
        "Served, overran",
        "There was a run in the window, and it went on past the window and the margin after it.",
    ),
    ("failed", "Failed", "There were runs, and all of them were abandoned."),
    (
        "stuck",
        "Stuck",
        "A run goes on past its slot, its cycle or its runner's heartbeat, and keeps others out.",
    ),
    ("empty", "Empty", "Nothing ran and nothing was refused, though somebody watched."),
    ("in-progress", "In progress", "The cycle is not over."),
    (
        "abandoned",
        "Abandoned",
        "A run that ended without success: it failed, or its runner was given up as dead.",
    ),
    (
        "no-start",
        "No start",
        "A window passed without a start, and nothing explains it.",
    ),
    (
        "laid-anew",
        "Replanned",
        "Somebody joined or left, so that the windows moved and this one was cut short.",
    ),
    (
        "served-before",
        "Served before",
        "No start was needed: the runner had had its run in this cycle already.",
    ),
    (
        "overlap",
        "Overlap",
        "Two runs or more at once. The fleet's store should have refused the second.",
    ),
    (
        "clock",
        "Clock offset",
        "How far a runner's clock is from Slotwatch's. Too far, and it starts at wrong times.",
    ),
    (
        "fencing-token",
        "Fencing token",
        (
            "A number that rises with every start. A store that keeps the highest can refuse a run "
            "that was given up and wakes up late."
        ),
    ),
)

# Keys by which pages know a term that the glossary calls otherwise.
ALSO: dict[str, str] = {
    # Labels in the list of a policy's values.
    "every": "cycle",
    "starts in the first": "start-until",
    "gone after": "heard",
    # Outcomes of a cycle, by their values in the core.
    "partial": "partly-served",
    "unknown": "not-watched",
    "in_progress": "in-progress",
    # Reasons, as they are recorded.
    BlockReason.LATE_START: "late-start",
    BlockReason.SCHEDULED_RUNNER_IN_GRACE: "in-grace",
    BlockReason.SLOT_WINDOW_INVALID: "no-window",
    BlockReason.PRIOR_RUNNING: "prior-running",
}


def term_of(key: str) -> Term | None:
    """The term by that key or by another name of it; None where there is nothing to explain."""
    return TERMS.get(ALSO.get(key, key))

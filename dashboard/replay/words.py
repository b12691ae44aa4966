"""The words of a replay: what a runner is told, and how the service stands, with gaps for names."""

from typing import Any

from dashboard.rows.decisions import TOLD, Answer
from dashboard.text.signals import STATUSES
from dashboard.text.standing import STANDINGS, Standing
from dashboard.text.watch_words import UNKNOWN_NOW
from scheduler.core.types import AtomicServiceExecutionStatus as Status

# ``holder`` and ``owner`` are names, ``holders`` names with ages, ``count`` is how many runs,
# ``since`` and ``left`` are durations; the browser puts them in (replay_standing.js).
SENTENCES: dict[Standing, str] = {
    Standing.OVERLAP: "{count} at once: {holders}.",
    Standing.SILENT: (
        "{holder} has held it for {since} and is no longer heard; nobody else can start."
    ),
    Standing.STUCK: (
        "{holder} has held it for {since}, longer than it may; nobody else can start."
    ),
    Standing.NO_WINDOW: "No slot has a window: nobody can start.",
    Standing.UNWATCHED: "What ran then, and who was there, is not known.",
    Standing.NO_RUNNERS: "Nobody can start until a runner is heard.",
    Standing.GRACE: "{owner} is scheduled and too new; nobody may start for another {left}.",
    Standing.RUNNING: "{holder} holds for {since}.",
    Standing.WAITING: "nobody holds it.",
}
SCHEDULED = "{owner} is scheduled."
NEXT = "Next: {next} in {until}."
FLEET = "{runners}, windows of {window}."
WINDOWLESS_FLEET = "{runners}, no windows."
SO_FAR = "{since} so far"
UNWATCHED = f"Not watched since {{since}}: {UNKNOWN_NOW}"


def replay_words() -> dict[str, Any]:
    """Everything that a replay says, by its code."""
    return {
        "answers": {
            answer: {"mark": signal.key, "word": signal.word, "why": why}
            for answer, (signal, why) in TOLD.items()
        },
        # What the others are told while the scheduled runner is told that.
        "others": {answer: _others(answer) for answer in Answer},
        # What is told once somebody holds the service, and what whoever holds it is told.
        "held": {Answer.MAY_START: Answer.HELD},
        "holds": Answer.HOLDS,
        "standings": {
            standing: {"mark": words.mark, "word": words.word, "isTrouble": words.is_trouble}
            for standing, words in STANDINGS.items()
        },
        "sentences": SENTENCES,
        "running": {"mark": STATUSES[Status.RUNNING].key, "word": STATUSES[Status.RUNNING].word},
        "scheduled": SCHEDULED,
        "next": NEXT,
        "fleet": FLEET,
        "windowless": WINDOWLESS_FLEET,
        "soFar": SO_FAR,
        "unwatched": UNWATCHED,
    }


def sentence_of(standing: Standing, holders: int) -> Standing:
    """Which sentence tells that standing: who holds is said first, unless more is wrong with it."""
    if holders and standing not in (Standing.OVERLAP, Standing.SILENT, Standing.STUCK):
        return Standing.RUNNING
    return standing


def _others(answer: Answer) -> Answer:
    return answer if answer in (Answer.NO_WINDOW, Answer.GRACE, Answer.NOBODY) else Answer.WAITS

"""An incident in words: the name of its kind, and a sentence with the runners' full ids.

The sentence says neither what it cost nor, while it goes on, how long: both grow, and the lines of
an incident have them anyway. Of an incident that was summed up before its facts were kept it says
what can be said without them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scheduler.core.incidents.kinds import (
    HolderFacts,
    Incident,
    IncidentKind,
    LimitFacts,
    MarginFacts,
    Outside,
)
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.policy import NoWindow
from scheduler.core.reasons import EndReason
from scheduler.words.durations import duration, span
from scheduler.words.limits import LIMIT_WORDS
from scheduler.words.numbers import count, listed, reckoned
from scheduler.words.windows import no_window_words


def incident_word(kind: IncidentKind) -> str:
    """What the kind is called."""
    return KINDS[kind].word


def incident_sentence(incident: Incident, cycles: int = 1) -> str:
    """What happened, and where to look; ``cycles`` tell of it."""
    return KINDS[incident.kind].sentence(incident, cycles)


def _names(incident: Incident) -> str:
    return listed(incident.runner_ids, incident.unnamed)


def _overlap(incident: Incident, _cycles: int) -> str:
    # Its length is told once it is over, when it grows no more.
    lasted = f"overlapped for {duration(incident.seconds)}"
    how = "have overlapped" if incident.end is None else lasted
    return (
        f"{incident.count:,} runs {how}, on {_names(incident)}. Runs keep each other out only where"
        " a store refuses the second one."
    )


def _dead_holder(incident: Incident, _cycles: int) -> str:
    name = _names(incident)
    if incident.end is None:
        return f"{name} fell silent while it held the service. See whether it is alive."
    if isinstance(incident.facts, HolderFacts) and incident.facts.was_heard:
        return (
            f"{name} was given up as dead while it held the service, though its heartbeats came on"
            " time."
        )
    silent = duration(incident.seconds)
    if incident.reason == EndReason.RUNNER_DEAD:
        return f"{name} fell silent while it held the service, and was given up after {silent}."
    return f"{name} fell silent while it held the service, and its run was ended after {silent}."


def _stuck_run(incident: Incident, _cycles: int) -> str:
    past = LIMIT_WORDS[RunLimit(incident.reason)]
    run = f"The run of {_names(incident)}"
    if incident.end is None:
        return f"{run} has gone {past}."
    if isinstance(incident.facts, LimitFacts):
        return f"{run} went on for {span(incident.end - incident.facts.passed_at)} {past}."
    return f"{run} went on {past}."


def _no_windows(incident: Incident, _cycles: int) -> str:
    if isinstance(incident.facts, NoWindow):
        return no_window_words(incident.facts)
    return f"The margin left none of {count(incident.count, 'runner')} a window."


OUTSIDE = {
    Outside.NO_MEMBER: "when it was no member of the fleet. See why its heartbeats were missing",
    Outside.NO_WINDOW: "when the margin left no runner a window. See whether the fleet has the same"
    " policy",
    Outside.OTHER_TIME: "outside of its window. Compare its clock with ours",
}


def _outside_slot(incident: Incident, _cycles: int) -> str:
    # Older summaries have none of these reasons.
    known = incident.reason in set(Outside)
    why = OUTSIDE[Outside(incident.reason)] if known else "where it had no window"
    return f"{_names(incident)} started {why}."


def _flapping(incident: Incident, cycles: int) -> str:
    during = "one cycle" if cycles == 1 else f"{cycles:,} cycles"
    return (
        f"{_names(incident)} came and went {incident.count:,} times in {during}, and every time the"
        " slots were replanned. See whether heartbeats come often enough."
    )


def _slots(incident: Incident) -> str:
    return f"{count(incident.count, 'slot')} of {_names(incident)} passed without a start"


def _unserved(incident: Incident, _cycles: int) -> str:
    is_one = len(incident.runner_ids) + incident.unnamed == 1
    check = "its runner checks" if is_one else "their runners check"
    return f"{_slots(incident)}, and nothing explains it. See whether {check}."


def _lost_to_margin(incident: Incident, _cycles: int) -> str:
    facts = incident.facts
    if not isinstance(facts, MarginFacts):
        return f"{_slots(incident)}: the margin leaves less time to start in than checks need."
    return (
        f"{_slots(incident)}: startable for {duration(facts.startable_seconds)}, while checks come"
        f" every {reckoned(facts.check_interval_seconds)}. Lower the margin of"
        f" {reckoned(facts.margin_seconds)}, or check more often."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """What a kind is called, and how its sentence is made."""

    word: str
    sentence: Callable[[Incident, int], str]


KINDS: dict[IncidentKind, KindWords] = {
    IncidentKind.OVERLAP: KindWords(word="Two runs at once", sentence=_overlap),
    IncidentKind.DEAD_HOLDER: KindWords(word="Dead holder", sentence=_dead_holder),
    IncidentKind.STUCK_RUN: KindWords(word="Stuck run", sentence=_stuck_run),
    IncidentKind.ALL_WINDOWS_INVALID: KindWords(word="No windows", sentence=_no_windows),
    IncidentKind.RUN_OUTSIDE_SLOT: KindWords(word="Run outside its slot", sentence=_outside_slot),
    IncidentKind.MEMBERSHIP_FLAPPING: KindWords(word="Flapping membership", sentence=_flapping),
    IncidentKind.UNSERVED_SLOTS: KindWords(word="Slots with no start", sentence=_unserved),
    IncidentKind.SLOT_LOST_TO_MARGIN: KindWords(
        word="Slots lost to the margin", sentence=_lost_to_margin
    ),
}

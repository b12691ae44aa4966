"""What a cycle summary keeps as JSON: its incidents, and what became of each runner's slots.

Written and read here only, so that the form can be compact: a day of a thousand runners is read at
once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from scheduler.core.incidents.kinds import FACTS_OF, Incident, IncidentFacts, IncidentKind
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.reasons import WindowReason

# A fleet without windows names all of its runners; nobody reads more of them in one line.
NAMES_KEPT = 50
# A bare number in a path would be the index of a list.
_PREFIX = "r"

# Summaries of before have the older word. They are read as they are: one statement over all of them
# would keep everybody waiting, and miss what an older worker writes after it.
_RENAMED = {"relaid": WindowReason.REPLANNED.value}

Judged = tuple[Verdict, str]


def incident_to_json(incident: Incident) -> dict[str, Any]:
    return {
        "kind": incident.kind.value,
        "start": _instant(incident.start),
        "end": None if incident.end is None else _instant(incident.end),
        "seconds": incident.seconds,
        "runner_ids": list(incident.runner_ids[:NAMES_KEPT]),
        "unnamed": incident.unnamed + max(0, len(incident.runner_ids) - NAMES_KEPT),
        "run_ids": list(incident.run_ids[:NAMES_KEPT]),
        "reason": str(incident.reason),
        "count": incident.count,
        "blocked_attempts": incident.blocked_attempts,
        "facts": _facts_to_json(incident.facts),
        "known_until": None if incident.known_until is None else _instant(incident.known_until),
    }


def incident_from_json(kept: Mapping[str, Any]) -> Incident:
    # Older ones know nothing of what was not watched, and have a sentence in the place of facts.
    known_until = kept.get("known_until")
    return Incident(
        kind=IncidentKind(kept["kind"]),
        start=datetime.fromisoformat(kept["start"]),
        end=None if kept["end"] is None else datetime.fromisoformat(kept["end"]),
        seconds=kept["seconds"],
        runner_ids=tuple(kept["runner_ids"]),
        unnamed=kept.get("unnamed", 0),
        run_ids=tuple(kept["run_ids"]),
        reason=kept["reason"],
        count=kept["count"],
        blocked_attempts=kept["blocked_attempts"],
        facts=_facts_from_json(IncidentKind(kept["kind"]), kept.get("facts")),
        known_until=None if known_until is None else datetime.fromisoformat(known_until),
    )


def _facts_to_json(facts: IncidentFacts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {
        name: _instant(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _facts_from_json(kind: IncidentKind, kept: Mapping[str, Any] | None) -> IncidentFacts | None:
    """Their only texts are instants."""
    if kept is None:
        return None
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if isinstance(value, str) else value
        for name, value in kept.items()
    }
    return FACTS_OF[kind](**values)


def slots_to_json(verdicts: Iterable[SlotVerdict], keys: Mapping[str, int]) -> dict[str, Any]:
    """The kinds of verdicts that there are, and by runner (its primary key) which it got."""
    kinds: dict[tuple[str, str], int] = {}
    of: dict[str, list[int]] = {}
    for each in verdicts:
        # By number: a thousand runners repeat a handful of kinds.
        kind = kinds.setdefault((each.verdict.value, str(each.reason)), len(kinds))
        of.setdefault(_key(keys[each.runner_id]), []).append(kind)
    return {"kinds": [list(kind) for kind in kinds], "of": of}


def slots_path(key: int) -> tuple[str, str]:
    """The look-ups of the kinds, and of those of one runner: no more than that is read of a row."""
    return "slots__kinds", f"slots__of__{_key(key)}"


def judged_slots(
    kinds: Iterable[Sequence[str]] | None, of_runner: Iterable[int] | None
) -> tuple[Judged, ...]:
    """What became of one runner's slots, in order of time: each verdict and its reason."""
    known = _kinds(kinds or ())
    return tuple(known[index] for index in of_runner or ())


def tally_slots(kept: Iterable[Mapping[str, Any]]) -> dict[int, Counter[Judged]]:
    """How often each runner's slots of these cycles got each verdict, by its primary key."""
    tallies: dict[int, Counter[Judged]] = {}
    for each in kept:
        kinds = _kinds(each.get("kinds", ()))
        for key, indices in each.get("of", {}).items():
            tally = tallies.setdefault(int(key.removeprefix(_PREFIX)), Counter())
            for index in indices:
                tally[kinds[index]] += 1
    return tallies


def _kinds(kept: Iterable[Sequence[str]]) -> list[Judged]:
    return [(Verdict(verdict), _RENAMED.get(reason, reason)) for verdict, reason in kept]


def _key(key: int) -> str:
    return f"{_PREFIX}{key}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

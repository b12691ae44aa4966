"""What a cycle summary keeps as JSON: its incidents, and what became of each runner's slots.

Written and read here only, so that the form can be compact: a day of a thousand runners is read at
once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scheduler.core.incidents import Incident, IncidentKind
from scheduler.core.verdicts import SlotVerdict, Verdict

# A fleet without windows names all of its runners; nobody reads more of them in one line.
NAMES_KEPT = 50

Judged = tuple[Verdict, str]


def incident_to_json(incident: Incident) -> dict[str, Any]:
    return {
        "kind": incident.kind.value,
        "start": _instant(incident.start),
        "end": None if incident.end is None else _instant(incident.end),
        "seconds": incident.seconds,
        "runner_ids": list(incident.runner_ids[:NAMES_KEPT]),
        "run_ids": list(incident.run_ids[:NAMES_KEPT]),
        "reason": str(incident.reason),
        "count": incident.count,
        "blocked_attempts": incident.blocked_attempts,
        "sentence": incident.sentence,
    }


def incident_from_json(kept: Mapping[str, Any]) -> Incident:
    return Incident(
        kind=IncidentKind(kept["kind"]),
        start=datetime.fromisoformat(kept["start"]),
        end=None if kept["end"] is None else datetime.fromisoformat(kept["end"]),
        seconds=kept["seconds"],
        runner_ids=tuple(kept["runner_ids"]),
        run_ids=tuple(kept["run_ids"]),
        reason=kept["reason"],
        count=kept["count"],
        blocked_attempts=kept["blocked_attempts"],
        sentence=kept["sentence"],
    )


def slots_to_json(verdicts: Iterable[SlotVerdict], keys: Mapping[str, int]) -> dict[str, Any]:
    """The kinds of verdicts that there are, and by runner (its primary key) which it got."""
    kinds: dict[tuple[str, str], int] = {}
    of: dict[str, list[int]] = {}
    for each in verdicts:
        kind = kinds.setdefault((each.verdict.value, str(each.reason)), len(kinds))
        of.setdefault(str(keys[each.runner_id]), []).append(kind)
    return {"kinds": [list(kind) for kind in kinds], "of": of}


def slots_from_json(kept: Mapping[str, Any], key: int) -> Sequence[Judged]:
    """What became of one runner's slots, in order of time: the verdict and its reason."""
    kinds = [(Verdict(verdict), reason) for verdict, reason in kept.get("kinds", ())]
    return [kinds[index] for index in kept.get("of", {}).get(str(key), ())]


def tally_slots(kept: Iterable[Mapping[str, Any]]) -> dict[int, Counter[Judged]]:
    """How often each runner's slots of these cycles got each verdict, by its primary key."""
    tallies: dict[int, Counter[Judged]] = {}
    for each in kept:
        kinds = [(Verdict(verdict), reason) for verdict, reason in each.get("kinds", ())]
        for key, indices in each.get("of", {}).items():
            tally = tallies.setdefault(int(key), Counter())
            for index in indices:
                tally[kinds[index]] += 1
    return tallies


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

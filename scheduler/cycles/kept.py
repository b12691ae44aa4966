"""What is left of a cycle when its executions are gone: its summary."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.incidents.kinds import Incident
from scheduler.core.judging.outcome import Outcome
from scheduler.cycles.summary_json import Judged, incident_from_json, tally_slots
from scheduler.models import CycleSummary, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCycle:
    """A cycle as it was summed up last. ``blocked`` are refused attempts by reason, repeats
    included; ``slots`` how often its slots got each verdict (with its reason)."""

    cycle_start: datetime
    cycle_end: datetime
    outcome: Outcome
    runner_count: int
    started: int
    completed: int
    abandoned: int
    blocked: Mapping[str, int]
    slots: Counter[Judged]
    incidents: tuple[Incident, ...]


def kept_cycle(service: Service, cycle_start: datetime) -> KeptCycle | None:
    """The cycle that begins then; None where it has no summary, or none any longer."""
    row = CycleSummary.objects.filter(service=service, cycle_start=cycle_start).first()
    if row is None:
        return None
    return KeptCycle(
        cycle_start=row.cycle_start,
        cycle_end=row.cycle_end,
        outcome=Outcome(row.outcome),
        runner_count=row.runner_count,
        started=row.started,
        completed=row.completed,
        abandoned=row.abandoned,
        blocked=row.blocked_by_reason,
        # Whose they were does not matter to the cycle as a whole.
        slots=sum(tally_slots([row.slots]).values(), Counter()),
        incidents=tuple(incident_from_json(each) for each in row.incidents),
    )

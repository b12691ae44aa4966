"""What became of runners' slots over the last day, from the summaries of cycles that are over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scheduler.core.judging.verdicts import Verdict
from scheduler.cycles.summary_json import Judged, judged_slots, slots_path, tally_slots
from scheduler.db.answers import Answers
from scheduler.fleet.members import RECENT
from scheduler.models import CycleSummary, Service

# So many answers are kept in memory, each some kilobytes for a hundred runners.
RECORDS_KEPT = 16
# More cycles than a day of half-minute ones are not looked at.
CYCLES_READ = 3_000


_RECORDS: Answers[Mapping[int, "SlotRecord"]] = Answers(RECORDS_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """How often a runner's slots got each verdict (with its reason)."""

    verdicts: Counter[Judged]

    @property
    def served(self) -> int:
        return self._number(Verdict.SERVED)

    @property
    def missed(self) -> int:
        """Those that were refused or abandoned, or passed without a start and an explanation."""
        unexplained = self.verdicts[(Verdict.UNSERVED, "")]
        return self._number(Verdict.BLOCKED) + self._number(Verdict.ABANDONED) + unexplained

    @property
    def share_served(self) -> float | None:
        """The part (0..1) of the slots it was to serve; None where there was none.

        A slot that nobody watched says nothing, and neither does one that was replanned or whose
        runner had started in the same cycle before.
        """
        # What was not its to serve counts neither way.
        counted = self.served + self.missed
        return self.served / counted if counted else None

    def _number(self, wanted: Verdict) -> int:
        return sum(number for (verdict, _), number in self.verdicts.items() if verdict is wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerCycle:
    """One cycle that is over, and what became of one runner's slots in it."""

    cycle_start: datetime
    cycle_end: datetime
    slots: tuple[Judged, ...]


def slot_records(service: Service, now: datetime) -> Mapping[int, SlotRecord]:
    """The records of the last 24 hours, by the runner's primary key.

    A day of a large fleet is megabytes of JSON, and changes once a cycle, while its page is asked
    for every two seconds: so the last few answers are kept, each for one state of the summaries.
    """
    rows = _summaries(service, now)
    # What the day begins with is another cycle long before the next one is summed up.
    first = rows.order_by("cycle_start").values_list("cycle_start", flat=True).first()
    state = (service.pk, service.summary_revision, first)
    return _RECORDS.get(state, lambda: _records(rows))


def _records(rows: QuerySet[CycleSummary]) -> Mapping[int, SlotRecord]:
    tallies = tally_slots(rows.values_list("slots", flat=True)[:CYCLES_READ])
    return {key: SlotRecord(verdicts=tally) for key, tally in tallies.items()}


def runner_cycles(service: Service, key: int, now: datetime) -> list[RunnerCycle]:
    """The cycles of the last 24 hours, in order, for the runner of that primary key."""
    rows = _summaries(service, now).values_list("cycle_start", "cycle_end", *slots_path(key))
    return [
        RunnerCycle(cycle_start=start, cycle_end=end, slots=judged_slots(kinds, of_runner))
        for start, end, kinds, of_runner in reversed(rows[:CYCLES_READ])
    ]


def record_of(cycles: Sequence[RunnerCycle]) -> SlotRecord | None:
    """The record of one runner over these cycles; None where it had no slot in any."""
    verdicts = Counter(slot for cycle in cycles for slot in cycle.slots)
    return SlotRecord(verdicts=verdicts) if verdicts else None


def _summaries(service: Service, now: datetime) -> QuerySet[CycleSummary]:
    return CycleSummary.objects.filter(
        service=service, cycle_start__gte=now - RECENT, cycle_start__lt=now
    ).order_by("-cycle_start")

"""Many cycles that are over, one line each: what a strip draws. One range of one index."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from scheduler.models import CycleSummary, Service

# More are drawn by nobody: a week of half-minute cycles.
CYCLES_READ = 25_000


class StripCycle(NamedTuple):
    """One cycle in short; the counts are those of its summary, ``outcome`` an `Outcome`'s value."""

    cycle_start: datetime
    cycle_end: datetime
    outcome: str
    started: int
    completed: int
    abandoned: int
    blocked: int
    incident_count: int
    blocked_by_reason: Mapping[str, int]


_NOTHING_BLOCKED: Mapping[str, int] = {}
_PLAIN = StripCycle._fields[:-1]


def strip_cycles(service: Service, since: datetime, until: datetime) -> list[StripCycle]:
    """The cycles that are summed up and began in ``[since, until)``, the latest 25,000 in order."""
    # Most cycles have no reasons: read as text, those cost nothing.
    reasons = Cast("blocked_by_reason", TextField())
    rows = (
        CycleSummary.objects.filter(service=service, cycle_start__gte=since, cycle_start__lt=until)
        .order_by("-cycle_start")
        .values_list(*_PLAIN, reasons)[:CYCLES_READ]
    )
    return [
        StripCycle._make((*counts, json.loads(told) if told != "{}" else _NOTHING_BLOCKED))
        for *counts, told in reversed(rows)
    ]

"""What several cycles tell of one thing, as one incident: values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.core.incidents.kinds import Incident, IncidentKind

# A run that is held too long is a stuck one until its runner falls silent.
_OVERDUE = frozenset({IncidentKind.DEAD_HOLDER, IncidentKind.STUCK_RUN})
# These are about runs, and told with the same runs in every cycle that they touch.
ABOUT_RUNS = _OVERDUE | {IncidentKind.OVERLAP, IncidentKind.RUN_OUTSIDE_SLOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIncident:
    """One thing that went wrong, over ``cycles`` cycles from ``first_cycle`` to ``last_cycle``
    (their starts). ``incident`` has it from its first instant to its last, with all that it cost,
    and else what its last cycle knows."""

    incident: Incident
    first_cycle: datetime
    last_cycle: datetime
    cycles: int


class Told(NamedTuple):
    """One incident as one cycle tells it."""

    cycle_start: datetime
    cycle_end: datetime
    incident: Incident


def is_same(earlier: Told, later: Told) -> bool:
    """Whether two cycles tell of one thing; for a fleet's, the one follows the other."""
    one, other = earlier.incident, later.incident
    if one.kind is IncidentKind.OVERLAP and other.kind is one.kind:
        # Runs join and leave an overlap from cycle to cycle: one in common is enough.
        return bool(set(one.run_ids) & set(other.run_ids)) and _meet(one, other)
    if one.kind in ABOUT_RUNS:
        both = {one.kind, other.kind}
        return one.run_ids == other.run_ids and (len(both) == 1 or both <= _OVERDUE)
    if one.kind is not other.kind or earlier.cycle_end < later.cycle_start:
        return False
    return one.kind is not IncidentKind.ALL_WINDOWS_INVALID or _meet(one, other)


def _meet(one: Incident, other: Incident) -> bool:
    """Whether two intervals have an instant in common, or one ends where the other begins."""
    return (one.end is None or one.end >= other.start) and (
        other.end is None or other.end >= one.start
    )


def merged(told: Iterable[Told], cut: datetime | None = None) -> tuple[ServiceIncident, ...]:
    """The same thing once; `told` in the order of the cycles. At `cut`, the looking ended."""
    found: list[list[Told]] = []
    # The latest that was told of each kind, or of each run, and in what.
    latest: dict[object, list[Told]] = {}
    for one in told:
        keys = _keys(one.incident)
        same = next(
            (group for key in keys if (group := latest.get(key)) and is_same(group[-1], one)),
            None,
        )
        if same is None:
            same = []
            found.append(same)
        same.append(one)
        latest.update(dict.fromkeys(keys, same))
    whole = (_as_one(each, cut) for each in found)
    return tuple(sorted(whole, key=going_on_then_latest))


def _keys(incident: Incident) -> list[object]:
    if incident.kind not in ABOUT_RUNS:
        return [incident.kind]
    # Under one name: a stuck run and the dead holder that it came to be are one thing.
    kind = "overdue" if incident.kind in _OVERDUE else incident.kind.value
    return [(kind, run_id) for run_id in incident.run_ids] or [kind]


def _as_one(told: Sequence[Told], cut: datetime | None) -> ServiceIncident:
    """What several cycles tell of one thing, the last of them with the last word."""
    incidents = [one.incident for one in told]
    last = incidents[-1]
    # A stuck run that turned out to be a dead holder's is one since its last heartbeat.
    start = min(each.start for each in incidents if each.kind is last.kind)
    if last.kind is IncidentKind.OVERLAP and last.end is not None:
        # An interval may go on, by other runs, in a cycle that is not the last to tell of it.
        last = replace(last, end=max(each.end or last.end for each in incidents))
    # It is told with its true start in every cycle: its length so far is that of the last one.
    end = last.end or last.start + timedelta(seconds=last.seconds)
    counts = [each.count for each in incidents]
    ids = tuple(dict.fromkeys(name for each in incidents for name in each.runner_ids))
    most = max(len(each.runner_ids) + each.unnamed for each in incidents)
    runs = tuple(dict.fromkeys(run_id for each in incidents for run_id in each.run_ids))
    # In each cycle these are other slots and comings; runs and runners are the same ones.
    is_of_slots = last.kind not in ABOUT_RUNS | {IncidentKind.ALL_WINDOWS_INVALID}
    whole = replace(
        last,
        start=start,
        seconds=(end - start).total_seconds(),
        runner_ids=ids,
        # A summary names the first of them only: there may have been more than are named here.
        unnamed=max(0, most - len(ids)),
        run_ids=runs,
        count=sum(counts) if is_of_slots else max(*counts, len(runs)),
        # Each cycle tells the starts that were refused in it.
        blocked_attempts=sum(each.blocked_attempts for each in incidents),
        # A run's incidents are told with their true start everywhere.
        began_earlier=last.kind not in ABOUT_RUNS and told[0].cycle_start == cut,
    )
    return ServiceIncident(
        incident=whole,
        first_cycle=told[0].cycle_start,
        last_cycle=told[-1].cycle_start,
        cycles=len(told),
    )


def going_on_then_latest(each: ServiceIncident) -> tuple[bool, float]:
    return each.incident.end is not None, -each.incident.start.timestamp()

"""The tables below the chart: what each runner is told, what happened, what became of it."""

from dataclasses import dataclass

from dashboard.cycle.seen import SeenCycle
from dashboard.rows.decisions import DecisionTable, decision_table
from dashboard.rows.incidents import CycleIncidentList, cycle_incidents
from dashboard.rows.judgement import Judgement, judgement
from dashboard.rows.log import CycleLog, cycle_log
from scheduler.incidents.whole import whole_incidents
from scheduler.policies import policy_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleTables:
    """Of a cycle that is over, ``judgement`` tells what became of its windows."""

    decisions: DecisionTable
    log: CycleLog
    judgement: Judgement | None
    incidents: CycleIncidentList


def cycle_tables(seen: SeenCycle) -> CycleTables:
    """All that is told of the lanes shown, and all that went wrong in the cycle."""
    service, timeline = seen.service, seen.timeline
    names, words = seen.names, seen.words
    # Who changed the policy is asked only where it changed: without an instant it is no query.
    changed_at = [epoch.start for epoch in timeline.epochs if epoch.is_new_policy]
    return CycleTables(
        decisions=decision_table(
            timeline.plan,
            at=seen.at,
            holder_ids=tuple(each.runner_id for each in seen.holders),
            # Decisions and windows follow the choice of lanes; log and incidents do not.
            runner_ids=seen.chosen.runner_ids,
            names=names,
            words=words,
        ),
        log=cycle_log(
            timeline,
            slug=service.slug,
            changes=policy_changes(service, changed_at),
            names=names,
            words=words,
        ),
        # It takes the place of the decisions. While a cycle goes on, windows are not settled.
        judgement=_judgement(seen) if seen.is_over else None,
        incidents=cycle_incidents(
            timeline,
            # An outage of six hours is told as one, and not as the part that this cycle has.
            whole_incidents(service, timeline, seen.judged.incidents),
            slug=service.slug,
            names=names,
            words=words,
        ),
    )


def _judgement(seen: SeenCycle) -> Judgement:
    runner_ids = seen.chosen.runner_ids
    return judgement(seen.judged, names=seen.names, words=seen.words, runner_ids=runner_ids)

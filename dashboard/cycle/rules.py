"""The rules of a cycle: its policy, and what makes them hold less well than they should."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.cycle.seen import SeenCycle
from dashboard.text.clock_words import warning_sentences
from dashboard.text.policy_words import PolicyWords, policy_words
from dashboard.text.watch_words import in_zone
from dashboard.web.chrome import time_words
from scheduler.core.timeline import CycleTimeline
from scheduler.cycles.watching import watching_now
from scheduler.fleet.clocks import clock_warnings
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRules:
    """The policy in words; sentences about who watches, and about clocks that are too far off."""

    policy: PolicyWords
    watch_warnings: tuple[str, ...]
    clocks: tuple[str, ...]


def cycle_rules(seen: SeenCycle, *, is_now: bool) -> CycleRules:
    """Of watching and of clocks, only what they are now is kept: told where the page ``is_now``."""
    plan = seen.timeline.plan
    return CycleRules(
        policy=policy_words(plan.policy, len(plan.runners)),
        watch_warnings=_watch_warnings(seen.service, seen.timeline) if is_now else (),
        clocks=_clocks(seen.service, seen.timeline, seen.names) if is_now else (),
    )


def _clocks(service: Service, timeline: CycleTimeline, names: Mapping[str, str]) -> tuple[str, ...]:
    """Of the clocks that are too far off for the present plan, the worst."""
    # The time to start in depends on the number of runners, and a tenth of it is a clock's limit.
    plan = timeline.plan
    warned = clock_warnings(service, plan.policy, len(plan.runners), timeline.now)
    return warning_sentences(warned, names)


def _watch_warnings(service: Service, timeline: CycleTimeline) -> tuple[str, ...]:
    """What whoever watches the fleet has to say now."""
    watching = watching_now(service, timeline.now)
    # A coordinated service is asked for every start: it has nobody who watches.
    warnings = watching.warnings(timeline.plan.policy) if watching else ()
    return in_zone(warnings, time_words(timeline.now))

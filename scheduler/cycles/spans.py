"""Which cycles a service has, by its policies: no row of what happened in them is read."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, takewhile

from scheduler.core.cycle.grid import cycle_policy, cycle_spans
from scheduler.core.interval import CycleSpan
from scheduler.core.rows import PolicyRevision
from scheduler.models import Service
from scheduler.policies import policy_at, policy_revisions


def cycle_start_at(service: Service, at: datetime) -> datetime:
    """The start of the cycle that ``at`` is in, by the policy in force then."""
    return policy_at(service, at).cycle_start(at)


def cycle_span_at(service: Service, cycle_start: datetime) -> CycleSpan:
    """The cycle that begins at ``cycle_start``.

    Raises:
        ValueError: none of the service's policies has a cycle that begins there.
    """
    return span_of(policy_revisions(service), cycle_start)


def span_of(policies: Sequence[PolicyRevision], cycle_start: datetime) -> CycleSpan:
    """The same, by policies that are read already."""
    end = cycle_policy(policies, cycle_start).cycle_end(cycle_start)
    return CycleSpan(start=cycle_start, end=end)


def spans_over(
    policies: Sequence[PolicyRevision], since: datetime, *, until: datetime, at_most: int
) -> list[CycleSpan]:
    """The cycles that end after `since` and are over at `until`, the first of them."""
    # `cycle_spans` never ends by itself.
    over = takewhile(lambda span: span.end <= until, cycle_spans(policies, since))
    return list(islice(over, at_most))

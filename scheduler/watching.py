"""Who tells us of an observed fleet at an instant, how often, and what it has to say about that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.looks import seldom_looks
from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Service, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """A collector that watches now. ``every_seconds`` is the pause between two looks, None where
    it was not told; ``notices`` are its own sentences."""

    every_seconds: float | None
    notices: tuple[str, ...]

    def warnings(self, policy: SchedulingPolicy) -> tuple[str, ...]:
        """What the pages of its service should warn of."""
        seldom = seldom_looks(policy, self.every_seconds)
        return (*((seldom,) if seldom else ()), *self.notices)


def watching_now(service: Service, now: datetime) -> Watching | None:
    """Who watches the service at ``now``; None where nobody does, or where it needs nobody."""
    return None if service.is_coordinated else watchings_now([service], now).get(service.pk)


def watchings_now(services: Iterable[Service], now: datetime) -> dict[int, Watching]:
    """`watching_now` of many services, by primary key, in one query."""
    rows = (
        Watch.objects.filter(service__in=list(services), expires_at__gte=now, started_at__lte=now)
        .order_by("last_seen_at")
        .values_list("service_id", "every_seconds", "service__source__notices")
    )
    return {
        key: Watching(every_seconds=every_seconds, notices=tuple(notices or ()))
        for key, every_seconds, notices in rows
    }

"""Who tells us of an observed fleet at an instant, how often, and what it has to say about that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.instants import MICROSECOND
from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Service, Watch
from scheduler.models.watch import known_until
from scheduler.words.looks import seldom_warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """A collector that watches now. ``every_seconds`` is the pause between two looks, None where
    it was not told; ``notices`` are its own sentences."""

    every_seconds: float | None
    notices: tuple[str, ...]

    def warnings(self, policy: SchedulingPolicy) -> tuple[str, ...]:
        """What the pages of its service should warn of."""
        return (*seldom_warnings(policy, self.every_seconds), *self.notices)


def watching_now(service: Service, now: datetime) -> Watching | None:
    """Who watches the service at ``now``; None where nobody does, or where it needs nobody."""
    return None if service.is_coordinated else watchings_now([service], now).get(service.pk)


def pause_between_looks(service: Service, watching: Watching | None) -> float | None:
    """How often the service is looked at, or was when it was looked at last."""
    if watching is not None or service.is_coordinated:
        return watching.every_seconds if watching else None
    looks = Watch.objects.filter(service=service).order_by("-last_seen_at")
    return looks.values_list("every_seconds", flat=True).first()


def watchings_now(services: Iterable[Service], now: datetime) -> dict[int, Watching]:
    """`watching_now` of many services, by primary key, in one query."""
    rows = (
        Watch.objects.filter(service__in=list(services), expires_at__gte=now, started_at__lte=now)
        # Of several collectors of one service, the one that looked last speaks.
        .order_by("last_seen_at")
        .values_list("service_id", "every_seconds", "service__source__notices")
    )
    return {
        key: Watching(every_seconds=every_seconds, notices=tuple(notices or ()))
        for key, every_seconds, notices in rows
    }


def unwatched_now(services: Iterable[Service], now: datetime) -> set[int]:
    """Those of which nobody tells us at ``now``, by primary key; a query where any is observed."""
    observed = [each for each in services if not each.is_coordinated]
    # To ask for none costs nearly as much as to ask.
    watched = watchings_now(observed, now).keys() if observed else ()
    return {each.pk for each in observed}.difference(watched)


class WatchState(NamedTuple):
    """``until`` is the last instant that is known of a fleet, up to now (None: there is none), and
    ``is_on`` whether that is now. ``next_change_at``: when that ends, unless somebody looks again.
    """

    until: datetime | None
    is_on: bool
    next_change_at: datetime | None


def watch_of(service: Service, now: datetime) -> WatchState:
    """Whether, or until when, somebody tells us of the fleet: always so of a coordinated one."""
    if service.is_coordinated:
        return WatchState(now, is_on=True, next_change_at=None)
    until = watched_until([service], now).get(service.pk)
    if until is None or until < now:
        # Nothing changes by itself: somebody has to look again.
        return WatchState(until, is_on=False, next_change_at=None)
    return WatchState(now, is_on=True, next_change_at=until + MICROSECOND)


def watched_until(services: Iterable[Service], now: datetime) -> dict[int, datetime]:
    """Until when each of these services is or was watched, by primary key, in one query; those that
    never were are left out."""
    rows = Watch.objects.filter(service__in=list(services), started_at__lte=now).order_by()
    return dict(rows.values_list("service_id").annotate(until=Max(known_until(now))))


def watch_span(watch: Watch, now: datetime) -> WatchSpan:
    """The watch as the core knows it."""
    return WatchSpan(
        started_at=watch.started_at,
        ended_at=watch.known_until(now),
        every_seconds=watch.every_seconds or 0.0,
    )

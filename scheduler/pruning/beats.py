"""Which reported heartbeats may go: those of pruned times, and those that add nothing.

Runner by runner: from a runner's beats its presences are made anew when one comes late
(`scheduler.intake.reported_beats`), and they must come out the same.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.db.models import Min, Q, QuerySet

from scheduler.core.cycle.presences import redundant_marks
from scheduler.models import Heartbeat, Presence, Service
from scheduler.pruning.prunable import Place, holding_runners
from scheduler.retention.limits import reaches_past

# Beats are thinned once they are so old: until then a late one falls among all of its neighbours.
WHOLE_FOR = timedelta(days=1)
# So much of so many runners is looked at at once, without a lock.
SLICE = timedelta(hours=3)
RUNNERS_READ = 20
# What is too old is looked for anew when so much more of it is.
AGAIN_AFTER = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The beats of one runner in ``[since, until)``."""

    service: Service
    runner: int
    since: datetime
    until: datetime

    def redundant(self) -> list[int]:
        """The primary keys of those that add nothing to the others."""
        return _redundant(
            _beats(self.service, at__gte=self.since, at__lt=self.until).filter(runner=self.runner)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatBatch:
    """What one transaction may remove: these rows, or up to so many that add nothing to a slice.
    Neither: one only had to look."""

    keys: Sequence[int] = ()
    thins: Slice | None = None
    at_most: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.keys and self.thins is None

    def remove(self) -> int:
        """Under the service's lock only; how many are gone."""
        # A slice is read again: a late beat may have come since it was looked at.
        keys = self.thins.redundant()[: self.at_most] if self.thins else self.keys
        number, _ = Heartbeat.objects.filter(pk__in=keys).delete()
        return number


@dataclass(slots=True)
class BeatPruning:
    """How far the beats of one service are pruned. ``gone_until``: those of the time before, that
    say nothing of later, are gone."""

    gone_until: datetime | None = None
    # Until when they go in this round, and where it is among the presences in order of their ends.
    _goal: datetime | None = None
    _place: Place | None = None
    # Which slices, and in the next one which runners, were looked at for what adds nothing.
    _thinned_until: datetime | None = None
    _thinned_runner: int = 0
    _found: deque[Slice] = field(default_factory=deque)

    def next_batch(
        self, service: Service, until: datetime | None, now: datetime, at_most: int
    ) -> BeatBatch | None:
        """What is to be done next; None where nothing is.

        Args:
            until: beats that say nothing of this instant and later may go; None: none may.
        """
        if until is not None and self._goal is None and self._is_due(until):
            self._goal, self._place = until, None
        if self._goal is not None:
            return self._old_batch(service, self._goal, at_most)
        return self._thinning_batch(service, now - WHOLE_FOR, at_most)

    def _is_due(self, until: datetime) -> bool:
        return self.gone_until is None or until >= self.gone_until + AGAIN_AFTER

    def _old_batch(self, service: Service, goal: datetime, at_most: int) -> BeatBatch:
        alive = self._alive_before(service, goal)
        if not alive:
            # The last were looked at: there is nothing to loop over, and the next call may thin.
            self.gone_until, self._goal = goal, None
        holding = set(holding_runners(service))
        for end, key, runner in alive:
            keys = [] if runner in holding else _old_beats(service, runner, goal, at_most)
            if keys:
                return BeatBatch(keys=keys)
            self._place = end, key
        return BeatBatch()

    def _alive_before(self, service: Service, goal: datetime) -> list[tuple[datetime, int, int]]:
        """The next few presences that began before ``goal`` and were not looked at: end, key and
        runner."""
        rows = Presence.objects.filter(service=service, started_at__lt=goal)
        if self.gone_until is not None:
            rows = rows.filter(expires_at__gte=self.gone_until)
        if self._place is not None:
            end, key = self._place
            later = Q(expires_at__gt=end) | Q(expires_at=end, pk__gt=key)
            # The second bound makes it a range of presence_by_expiry, which the OR alone is not.
            rows = rows.filter(later, expires_at__gte=end)
        ordered = rows.order_by("expires_at", "pk")
        return list(ordered.values_list("expires_at", "pk", "runner_id")[:RUNNERS_READ])

    def _thinning_batch(
        self, service: Service, whole_from: datetime, at_most: int
    ) -> BeatBatch | None:
        while self._found:
            if self._found[0].redundant():
                return BeatBatch(thins=self._found[0], at_most=at_most)
            self._found.popleft()
        since = self._thinned_until or self._first_slice(service)
        if since is None or since + SLICE > whole_from:
            return None
        self._look_at(service, since, since + SLICE)
        return BeatBatch()

    def _first_slice(self, service: Service) -> datetime | None:
        presences = Presence.objects.filter(service=service)
        first: datetime | None = presences.aggregate(at=Min("started_at"))["at"]
        if first is None:
            return None
        first = max(first, self.gone_until) if self.gone_until else first
        # On a grid, so that a pruner that begins anew cuts the same slices.
        return _EPOCH + (first - _EPOCH) // SLICE * SLICE

    def _look_at(self, service: Service, since: datetime, until: datetime) -> None:
        """Find what adds nothing in this slice of the next few runners."""
        alive = Presence.objects.filter(
            service=service,
            expires_at__gte=since,
            started_at__lt=until,
            runner__gt=self._thinned_runner,
        ).order_by("runner_id")
        runners = list(alive.values_list("runner_id", flat=True).distinct()[:RUNNERS_READ])
        beats = _beats(service, runner__in=runners, at__gte=since, at__lt=until)
        for runner, mine in groupby(beats, key=lambda beat: beat.runner_id):
            if _redundant(mine):
                found = Slice(service=service, runner=runner, since=since, until=until)
                self._found.append(found)
        is_last = len(runners) < RUNNERS_READ
        # The slice is done with when its last runners are.
        self._thinned_until = until if is_last else since
        self._thinned_runner = 0 if is_last else runners[-1]


def _beats(service: Service, **which: object) -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(service=service, **which).order_by("runner_id", "at")


def _redundant(beats: Iterable[Heartbeat]) -> list[int]:
    rows = list(beats)
    return [rows[index].pk for index in redundant_marks([row.mark for row in rows])]


def _old_beats(service: Service, runner: int, goal: datetime, at_most: int) -> list[int]:
    """The oldest beats of a runner before ``goal``, without the last where that says it was alive
    then."""
    # One more than may go tells whether the runner's last beat before the goal is among them.
    beats = list(_beats(service, runner=runner, at__lt=goal)[: at_most + 1])
    if not beats:
        return []
    *before, last = beats
    is_last = len(beats) <= at_most
    if is_last and not reaches_past(goal, last.good_until):
        before.append(last)
    return [beat.pk for beat in before]

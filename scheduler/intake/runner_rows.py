"""Runner rows: made at the first sight of an id, kept for ever."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import Min

from scheduler import door
from scheduler.door import Unacceptable
from scheduler.intake.late_changes import note_change
from scheduler.models import Presence, Runner, Service


class InvalidRunnerId(Unacceptable):
    """A runner id that can't be kept."""


def known_runners(
    service: Service,
    first_seen_at: dict[str, datetime],
    *,
    now: datetime,
    identify: Callable[[Runner], object] | None = None,
) -> dict[str, Runner]:
    """The runner rows of these ids, made where they are new, by id. Under the service's lock only.

    ``identify`` completes a new row before it is stored.

    An earlier ``first_seen_at`` than the stored one moves it back, and with it the runner's seat
    and grace in every cycle since.
    """
    rows = Runner.objects.filter(service=service, runner_id__in=first_seen_at)
    runners = {runner.runner_id: runner for runner in rows}
    new = [
        Runner(service=service, runner_id=runner_id, first_seen_at=at)
        for runner_id, at in first_seen_at.items()
        if runner_id not in runners
    ]
    older = [
        runner
        for runner in runners.values()
        if first_seen_at[runner.runner_id] < runner.first_seen_at
    ]
    for runner in older:
        runner.first_seen_at = first_seen_at[runner.runner_id]
    Runner.objects.bulk_update(older, ("first_seen_at",))
    # Seats are in order of first sight: an earlier one moves all windows since.
    if older and (since := _member_since(service, older)):
        note_change(service, since, now, now=now)
        service.touch()
    if identify is not None:
        for runner in new:
            identify(runner)
    Runner.objects.bulk_create(new)
    return runners | {runner.runner_id: runner for runner in new}


def _member_since(service: Service, runners: Sequence[Runner]) -> datetime | None:
    """Since when any of these is known to live: before that, its first sight changes no cycle."""
    rows = Presence.objects.filter(service=service, runner__in=[runner.pk for runner in runners])
    since: datetime | None = rows.aggregate(since=Min("started_at"))["since"]
    return since


def latest_presences(
    service: Service, runners: Iterable[Runner], at: datetime
) -> dict[str, Presence]:
    """The latest lifespan of each runner, by its id, where that is not over before ``at``."""
    rows = Presence.objects.filter(
        service=service, runner__in=[runner.pk for runner in runners], expires_at__gte=at
    )
    ordered = rows.select_related("runner").order_by("started_at")
    # In order, so that of several lifespans the latest stays.
    return {presence.runner.runner_id: presence for presence in ordered}


def kept_runner_id(runner_id: object) -> str:
    """The id as it is kept, without white space at its edges.

    Raises:
        InvalidRunnerId: it can't be kept; says what would be right.
    """
    with door.refusing(InvalidRunnerId):
        return door.identifier("A runner id", runner_id)

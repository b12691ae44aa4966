"""Runner rows: made at the first sight of an id, kept for ever."""

from collections.abc import Iterable
from datetime import datetime

from scheduler.late_changes import note_change
from scheduler.models import Runner, Service
from scheduler.models.runner import RUNNER_ID_MAX_LENGTH

IDS_ASKED = 500


class InvalidRunnerId(ValueError):
    """A runner id that can't be kept."""


def known_runners(
    service: Service, first_seen_at: dict[str, datetime], *, now: datetime
) -> dict[str, Runner]:
    """The runner rows of these ids, made where they are new, by id. In a turn only.

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
    if older:
        note_change(service, min(runner.first_seen_at for runner in older), now, now=now)
    Runner.objects.bulk_create(new)
    return runners | {runner.runner_id: runner for runner in new}


def check_runner_id(runner_id: str) -> None:
    """Raises InvalidRunnerId where the id is empty or too long."""
    if not runner_id or len(runner_id) > RUNNER_ID_MAX_LENGTH:
        raise InvalidRunnerId(
            f"A runner id has 1 to {RUNNER_ID_MAX_LENGTH} characters, not {len(runner_id)}."
        )


def runner_addresses(
    service: Service, runner_ids: Iterable[str]
) -> dict[str, tuple[str, int | None]]:
    """Host and process id, by runner id, of those of the runners that told their host."""
    wanted = set(runner_ids)
    if not wanted:
        return {}
    rows = Runner.objects.filter(service=service).exclude(host="")
    # More ids would pass the databases' limit on parameters; a fleet is read whole instead.
    if len(wanted) <= IDS_ASKED:
        rows = rows.filter(runner_id__in=wanted)
    return {
        runner_id: (host, pid)
        for runner_id, host, pid in rows.values_list("runner_id", "host", "pid")
        if runner_id in wanted
    }

"""The whole way, as docs/integration.md shows it: three real runners, and our two databases."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoDbBlocker

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Policy, Presence, Runner, Service, Watch
from tests.fleet.watched import (
    DEAD_AFTER,
    DEAD_AFTER_SECONDS,
    INTERVAL,
    INTERVAL_SECONDS,
    Fleet,
    reading,
    recorded,
    told_by,
    wait_for,
)


def check_records(fleet: Fleet, killed: str, watched_from: datetime) -> None:
    service = Service.objects.get()
    assert (service.slug, service.name, service.mode) == ("shop", "shop", "observed")
    assert Policy.objects.get().scheduling_policy == SchedulingPolicy(
        service_interval_minutes=INTERVAL_SECONDS / 60,
        spread_margin_minutes=0.05,
        check_interval_seconds=1.0,
        dead_after_seconds=DEAD_AFTER_SECONDS,
    )
    assert recorded() == told_by(fleet.app)
    assert {one[1] for one in recorded()} == set(fleet.members)
    first_seen = Runner.objects.values_list("runner_id", "first_seen_at")
    assert dict(first_seen) == {
        runner_id: runner.creation_time for runner_id, runner in fleet.members.items()
    }
    presences = {
        one.runner.runner_id: (one.started_at, one.last_heartbeat_at, one.expires_at, one.eligible)
        for one in Presence.objects.select_related("runner")
    }
    assert Presence.objects.count() == len(presences) == 3
    assert presences == {
        runner_id: (
            runner.creation_time,
            runner.last_heartbeat,
            runner.last_heartbeat + DEAD_AFTER,
            True,
        )
        for runner_id, runner in fleet.members.items()
    }
    _, _, end_of_the_killed, _ = presences.pop(killed)
    assert all(end_of_the_killed < last_heartbeat for _, last_heartbeat, _, _ in presences.values())
    watch = Watch.objects.get()
    assert watch.started_at <= watched_from
    assert watch.last_seen_at - watched_from >= 2 * INTERVAL


@pytest.mark.long
def test_a_real_fleet_is_recorded_exactly(fleet: Fleet, django_db_blocker: DjangoDbBlocker) -> None:
    watched_from = datetime.now(UTC)
    wait_for(
        lambda: len(fleet.tried_since(watched_from)) == len(fleet.runners) == len(fleet.look()),
        within=3 * INTERVAL_SECONDS,
        what=fleet.situation,
    )

    fleet.runners[0].kill()
    killed_at = datetime.now(UTC)
    wait_for(lambda: len(fleet.look()) == 2, within=2 * DEAD_AFTER_SECONDS, what=fleet.look)
    (killed,) = set(fleet.members) - set(fleet.look())
    wait_for(
        lambda: (
            set(fleet.look()) <= fleet.tried_since(killed_at)
            and datetime.now(UTC) - watched_from > 2 * INTERVAL + timedelta(seconds=2)
        ),
        within=3 * INTERVAL_SECONDS,
        what=fleet.situation,
    )

    with django_db_blocker.unblock():
        fleet.stop()
        for url in fleet.urls:
            with reading(url):
                check_records(fleet, killed, watched_from)
    assert fleet.said().count("Runners: gone: " + killed) == len(fleet.logs)

"""Runners that count as dead sooner than a collector looks again."""

from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.models import LateChange, Presence
from tests.conftest import eventually
from tests.fleet.conftest import Shop

pytestmark = pytest.mark.django_db

DEAD_AFTER = timedelta(seconds=0.5)
# A check a second, and a look that speaks for ten.
FOUND_WITHIN = timedelta(seconds=1 + 10)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(
        tmp_path / "shop",
        runner_considered_dead_after_minutes=DEAD_AFTER.total_seconds() / 60,
        atomic_service_check_interval_minutes=1 / 60,
    )


def collector_of(shop: Shop) -> PynencCollector:
    return PynencCollector(shop.app, slug="shop", good_for_seconds=10, every_seconds=2)


def seen_alive(shop: Shop, collector: PynencCollector, lives: int = 1) -> PynencCollector:
    """The collector, once it has seen a beat of the runner in so many lives: a busy machine may
    take longer to look than the beat is good for."""

    def looks() -> bool:
        shop.beat("a")
        collector.poll()
        return Presence.objects.count() == lives

    eventually(looks)
    return collector


def wait_until_dead(shop: Shop) -> None:
    eventually(lambda: not shop.app.orchestrator.get_active_runners())


def test_a_runner_lives_until_a_look_finds_it_dead(shop: Shop) -> None:
    seen_alive(shop, collector_of(shop))

    presence = Presence.objects.get()
    assert presence.expires_at == presence.last_heartbeat_at + FOUND_WITHIN


def test_a_beat_after_a_silence_that_no_look_saw_is_no_second_life(shop: Shop) -> None:
    collector = seen_alive(shop, collector_of(shop))
    wait_until_dead(shop)
    shop.beat("a")

    collector.poll()

    assert Presence.objects.count() == 1


@pytest.mark.parametrize("is_restarted", [False, True], ids=["same collector", "restarted"])
def test_who_is_found_dead_was_so_since_its_heartbeat_expired(
    shop: Shop, is_restarted: bool
) -> None:
    first = seen_alive(shop, collector_of(shop))
    wait_until_dead(shop)

    (collector_of(shop) if is_restarted else first).poll()

    presence = Presence.objects.get()
    assert presence.expires_at == presence.last_heartbeat_at + DEAD_AFTER


def test_who_was_found_dead_comes_back_as_another_life(shop: Shop) -> None:
    collector = seen_alive(shop, collector_of(shop))
    wait_until_dead(shop)
    collector.poll()

    seen_alive(shop, collector, lives=2)

    first, second = Presence.objects.order_by("started_at")
    assert first.expires_at < second.started_at


def test_finding_it_dead_again_changes_nothing(shop: Shop) -> None:
    collector = seen_alive(shop, collector_of(shop))
    wait_until_dead(shop)
    service = collector.poll().service
    service.refresh_from_db()
    before = service.revision

    collector.poll()

    service.refresh_from_db()
    assert service.revision == before
    assert not LateChange.objects.exists()

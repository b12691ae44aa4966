import pytest

from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.overview import service_overviews
from tests.conftest import after

pytestmark = pytest.mark.django_db


def test_a_service_at_a_glance(make_service):
    service = make_service(max_start_slot_fraction=0.5)
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    finish(service, claim(service, "a", now=after(1)).execution.run_id, now=after(3))
    claim(service, "b", now=after(50))
    for second in (100, 105):
        claim(service, "a", now=after(second))

    (overview,) = service_overviews(after(106))

    assert overview.runner_count == 1  # b's last beat was good until 80 s
    assert overview.last_completed_at == after(3)
    assert overview.running == ()
    assert overview.blocked == {"late_start": 3}
    assert overview.blocked_count == 3
    assert overview.owner.runner_id == "a"
    assert overview.capacity.window_seconds == 60.0


def test_a_holder_without_a_heartbeat_is_silent(service):
    run = claim(service, "a", now=after(1)).execution

    (overview,) = service_overviews(after(90))

    assert [(one.run_id, one.silent) for one in overview.running] == [(run.run_id, True)]
    assert overview.runner_count == 0
    assert overview.owner is None


def test_blocks_older_than_an_hour_are_not_counted(make_service):
    service = make_service(max_start_slot_fraction=0.1)
    claim(service, "a", now=after(30))

    assert service_overviews(after(3_629))[0].blocked_count == 1
    assert service_overviews(after(3_631))[0].blocked_count == 0


def test_the_queries_do_not_grow_with_the_services(make_service, django_assert_num_queries):
    for _ in range(7):
        service = make_service()
        beat(service, Beat(runner_id="a"), now=after(0))
        claim(service, "a", now=after(1))

    # Services with their last completed run, policies, presences, running, blocked, incidents,
    # clocks, watches, and until when each was watched.
    with django_assert_num_queries(9):
        assert len(service_overviews(after(2))) == 7

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pynenc.orchestrator.atomic_service import AtomicServiceExecutionStatus as PackageStatus

from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.errors import Refused, Unavailable
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Policy, Presence, Service, ServiceMode, Watch
from scheduler.policies import policy_at
from scheduler.services import create_service
from tests.fleet.conftest import Shop, ago
from tests.fleet.watched import Facts, recorded, told_by

pytestmark = pytest.mark.django_db


def told(shop: Shop) -> Facts:
    return told_by(shop.app)


def status_of(run_id: str) -> str:
    return Execution.objects.get(run_id=run_id).status


def test_the_first_poll_records_everything_that_the_app_holds(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.run("a", ago(4000), ago(3990))
    shop.end(shop.start("b", ago(60)), ago(55), PackageStatus.ABANDONED, "exception:KeyError")
    shop.start("a", ago(30))
    shop.start("b", ago(20))  # blocked: a's run is on

    collector.poll()

    assert recorded() == told(shop)
    assert sorted(one[2] for one in recorded()) == ["abandoned", "blocked", "completed", "running"]


def test_a_run_that_ends_between_two_polls_is_ended(shop: Shop, collector: PynencCollector) -> None:
    run = shop.start("a", ago(30))
    collector.poll()

    shop.end(run, ago(5))
    collector.poll()

    assert recorded() == told(shop)


def test_several_starts_in_one_slot_are_several_runs(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()
    for second in (9, 6, 3):
        shop.run("a", ago(second), ago(second - 1))

    collector.poll()

    assert recorded() == told(shop)
    assert len(recorded()) == 3


def test_a_run_older_than_any_range_is_still_shown_as_running(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()
    shop.start("a", ago(7200), run_id="old")

    collector.poll()

    assert status_of("old") == "running"


def test_an_end_that_was_stamped_long_ago_is_found(shop: Shop, collector: PynencCollector) -> None:
    run = shop.start("a", ago(7200))
    collector.poll()

    shop.end(run, ago(3600))
    collector.poll()

    assert recorded() == told(shop)


def test_a_run_by_a_clock_that_is_minutes_behind_is_found(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()
    # Counted from this very moment: the overlap of two reads is five minutes.
    behind = datetime.now(UTC) - timedelta(minutes=4)
    shop.run("a", behind - timedelta(seconds=5), behind)

    collector.poll()

    assert recorded() == told(shop)


def test_a_silent_holder_is_never_ended_by_us(tmp_path: Path) -> None:
    shop = Shop(tmp_path, runner_considered_dead_after_minutes=0.0001)
    collector = PynencCollector(shop.app, slug="shop", good_for_seconds=10)
    shop.beat("a")
    shop.start("a", ago(600), run_id="long")

    for _ in range(3):
        collector.poll()

    assert status_of("long") == "running"


def test_a_run_that_the_app_lost_ends_with_an_unknown_outcome_at_the_last_look(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.start("a", ago(60), run_id="lost")
    last_look = collector.poll().at
    shop.purge()

    first, second = collector.poll(), collector.poll()

    assert (first.vanished, second.vanished) == ((), ("lost",))
    row = Execution.objects.get(run_id="lost")
    assert (row.status, row.reason, row.ended_at) == ("abandoned", "outcome_unknown", last_look)
    assert "no longer holds this run" in row.reason_detail


def test_one_look_without_a_trace_ends_nothing(shop: Shop, collector: PynencCollector) -> None:
    shop.start("a", ago(60), run_id="lost")
    collector.poll()
    shop.purge()

    collector.poll()

    assert status_of("lost") == "running"


def test_an_ending_that_is_told_after_all_replaces_the_unknown_one(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.start("a", ago(60), run_id="lost")
    service = collector.poll().service
    shop.purge()
    collector.poll()
    collector.poll()
    late = ExecutionReport(
        run_id="lost",
        runner_id="a",
        status=Status.COMPLETED,
        started_at=ago(60),
        ended_at=ago(-60),
    )

    report(service, executions=[late])

    row = Execution.objects.get(run_id="lost")
    assert (row.status, row.reason, row.ended_at) == ("completed", "", late.ended_at)


def test_a_poll_with_nothing_new_changes_nothing_that_is_drawn(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.beat("a")
    shop.run("a", ago(30), ago(20))
    shop.start("a", ago(10))
    service = collector.poll().service
    before = Service.objects.get(pk=service.pk).revision

    sight = collector.poll()

    assert sight.stored == 0
    assert Service.objects.get(pk=service.pk).revision == before


def test_a_poll_with_nothing_new_asks_for_no_run_that_was_told(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.run("a", ago(30), ago(20))
    collector.poll()

    with CaptureQueriesContext(connection) as asked:
        collector.poll()

    assert [query["sql"] for query in asked if '"run_id" IN' in query["sql"]] == []


def test_another_collector_of_the_same_app_makes_no_second_row(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.beat("a")
    shop.run("a", ago(30), ago(20))
    collector.poll()

    sight = PynencCollector(shop.app, slug="shop", good_for_seconds=10).poll()

    assert sight.stored == 0
    assert Execution.objects.count() == 1
    assert Presence.objects.count() == 1


def test_a_runner_is_present_from_its_registration_to_its_last_heartbeat(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.beat("a")
    shop.beat("a")
    (runner,) = shop.app.orchestrator.get_active_runners()

    collector.poll()

    presence = Presence.objects.select_related("runner").get()
    assert presence.runner.runner_id == "a"
    assert presence.runner.first_seen_at == presence.started_at == runner.creation_time
    assert presence.last_heartbeat_at == runner.last_heartbeat
    assert presence.expires_at == runner.last_heartbeat + timedelta(minutes=10)
    assert presence.eligible


def test_runners_outside_the_cycle_are_seen_as_such(shop: Shop, collector: PynencCollector) -> None:
    shop.beat("a")
    shop.beat("worker-of-a", eligible=False)

    collector.poll()

    presences = Presence.objects.values_list("runner__runner_id", "eligible")
    assert dict(presences) == {"a": True, "worker-of-a": False}


def test_the_service_is_made_with_the_policy_of_the_app(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path,
        atomic_service_interval_minutes=0.5,
        atomic_service_spread_margin_minutes=0.05,
        atomic_service_check_interval_minutes=0.02,
        atomic_service_membership_stabilization_minutes=0.1,
        atomic_service_max_start_slot_fraction=0.25,
        runner_considered_dead_after_minutes=0.2,
    )

    sight = PynencCollector(shop.app, slug="shop", good_for_seconds=10).poll()

    service = Service.objects.get(slug="shop")
    assert (service.name, service.mode) == ("shop", ServiceMode.OBSERVED)
    assert sight.policy == policy_at(service, sight.at)
    assert sight.policy == SchedulingPolicy(
        service_interval_minutes=0.5,
        spread_margin_minutes=0.05,
        check_interval_seconds=1.2,
        membership_stabilization_seconds=6.0,
        max_start_slot_fraction=0.25,
        dead_after_seconds=12.0,
    )


def test_a_changed_setting_is_a_new_revision_of_the_policy(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()
    shop.app.conf.atomic_service_spread_margin_minutes = 0.5

    collector.poll()
    collector.poll()

    rows = Policy.objects.order_by("effective_from")
    assert [(row.spread_margin_minutes, row.changed_by) for row in rows] == [
        (1.0, "watch_pynenc"),
        (0.5, "watch_pynenc"),
    ]


def test_a_new_collector_keeps_the_policy_that_is_in_force(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()

    PynencCollector(shop.app, slug="shop", good_for_seconds=10).poll()

    assert Policy.objects.count() == 1


def test_the_slug_of_a_coordinated_service_is_refused(
    shop: Shop, collector: PynencCollector
) -> None:
    create_service("shop")

    with pytest.raises(Refused, match=r"coordinated.*--service"):
        collector.poll()


def test_a_slug_that_is_none_is_refused(shop: Shop) -> None:
    collector = PynencCollector(shop.app, slug="no slug!", good_for_seconds=10)

    with pytest.raises(Refused, match=r"'no slug!' can't be made.*--service"):
        collector.poll()


def test_settings_that_are_no_policy_are_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path, atomic_service_interval_minutes=0.0)
    collector = PynencCollector(shop.app, slug="shop", good_for_seconds=10)

    with pytest.raises(Refused, match="The service interval"):
        collector.poll()


def test_a_service_that_is_deleted_meanwhile_is_not_made_again(
    shop: Shop, collector: PynencCollector
) -> None:
    collector.poll()
    Watch.objects.all().delete()
    Policy.objects.all().delete()
    Service.objects.all().delete()
    shop.beat("a")

    with pytest.raises(Refused, match="was deleted"):
        collector.poll()


@pytest.mark.django_db(transaction=True)
def test_a_store_that_went_away_and_came_back_is_read_whole(
    shop: Shop, collector: PynencCollector
) -> None:
    run = shop.start("a", ago(60))
    collector.poll()
    away = shop.directory.with_name("away")
    shop.directory.rename(away)

    with pytest.raises(Unavailable, match="The app's store: there is no file"):
        collector.poll()
    assert status_of(run.atomic_service_run_id) == "running"

    away.rename(shop.directory)
    shop.end(run, ago(50))
    shop.run("b", ago(4000), ago(3990))
    collector.poll()
    assert recorded() == told(shop)


@pytest.mark.django_db(transaction=True)
def test_a_failed_poll_is_no_look(shop: Shop, collector: PynencCollector) -> None:
    at = collector.poll().at
    shop.directory.rename(shop.directory.with_name("away"))

    with pytest.raises(Unavailable):
        collector.poll()

    assert Watch.objects.get().last_seen_at == at


def test_looks_leave_no_file_open(shop: Shop, collector: PynencCollector) -> None:
    for _ in range(30):
        collector.poll()

    # Those of other tests are closed when they are collected.
    open_files = [one.readlink() for one in Path("/dev/fd").iterdir() if one.is_symlink()]
    assert open_files.count(shop.directory / "shop.sqlite3") <= 3


def test_looks_in_time_are_one_watch(shop: Shop, collector: PynencCollector) -> None:
    first, second = collector.poll().at, collector.poll().at

    watch = Watch.objects.get()
    assert (watch.started_at, watch.last_seen_at) == (first, second)
    assert watch.expires_at == second + timedelta(seconds=10)


def test_a_pause_longer_than_a_look_is_good_for_is_a_gap(shop: Shop) -> None:
    collector = PynencCollector(shop.app, slug="shop", good_for_seconds=0)

    looks = [collector.poll().at, collector.poll().at]

    assert list(Watch.objects.order_by("started_at").values_list("started_at", flat=True)) == looks


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_is_made_anew(shop: Shop, collector: PynencCollector) -> None:
    collector.poll()
    connection.connection.close()
    with pytest.raises(Unavailable, match="Slotwatch's database"):
        collector.poll()

    shop.run("a", ago(40), ago(30))
    collector.poll()

    assert recorded() == told(shop)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_went_away_and_came_back_misses_nothing(
    shop: Shop, collector: PynencCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.start("a", ago(60))
    collector.poll()
    shop.end(run, ago(50))
    with monkeypatch.context() as away:
        connection.close()
        if connection.vendor == "sqlite":
            away.setitem(connection.settings_dict, "NAME", str(tmp_path / "no" / "file"))
        else:
            away.setitem(connection.settings_dict["OPTIONS"], "host", str(tmp_path))

        with pytest.raises(Unavailable, match="Slotwatch's database: OperationalError"):
            collector.poll()
        shop.run("b", ago(40), ago(30))

    collector.poll()

    assert recorded() == told(shop)


def test_rows_that_cannot_have_been_are_kept_as_near_as_they_can(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.end(shop.start("a", ago(30), run_id="backwards"), ago(40))
    blocked = shop.start("a", ago(20), run_id="holder")
    shop.app.orchestrator.record_atomic_service_execution_start(
        type(blocked)(runner_id="b", atomic_service_run_id="mute"), ago(10), PackageStatus.BLOCKED
    )

    collector.poll()

    backwards = Execution.objects.get(run_id="backwards")
    assert (backwards.started_at, backwards.ended_at) == (ago(30), ago(30))
    assert Execution.objects.get(run_id="mute").reason == "not_told"


def test_a_row_that_cannot_be_kept_holds_up_no_other(
    shop: Shop, collector: PynencCollector
) -> None:
    shop.run("x" * 201, ago(30), ago(20))
    shop.run("a", ago(15), ago(10))
    shop.beat("a", "y" * 201)

    sight = collector.poll()

    assert [one[1] for one in recorded()] == ["a"]
    assert Presence.objects.get().runner.runner_id == "a"
    assert len(sight.refused) == 2


def test_a_run_id_of_two_runners_holds_up_no_other(shop: Shop, collector: PynencCollector) -> None:
    shop.run("a", ago(30), ago(20))
    service = collector.poll().service
    taken = ExecutionReport(
        run_id="taken", runner_id="z", status=Status.RUNNING, started_at=ago(15)
    )
    report(service, executions=[taken])
    shop.end(shop.start("a", ago(18), run_id="free"), ago(17))
    shop.start("a", ago(15), run_id="taken")
    shop.beat("a")

    sight = collector.poll()

    assert status_of("free") == "completed"
    assert Presence.objects.count() == 1
    assert [message for message in sight.refused if "'taken'" in message]

"""An app's settings change while it is watched: noticed, and in force from when its runners are."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.collectors.pynenc.app import load_app
from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.collectors.pynenc.settings import Reading
from scheduler.collectors.sight import Sight
from scheduler.core.policy import SchedulingPolicy
from scheduler.errors import Refused
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import Policy, Service, Source
from scheduler.services import change_policy
from tests.conftest import eventually
from tests.fleet.conftest import Shop, ago

pytestmark = pytest.mark.django_db

APP = """
from pynenc import PynencBuilder

print("said by the app")
app = PynencBuilder().app_id("shop").sqlite({path!r}).thread_runner().custom_config(
    {setting}={value},
).build()
"""
INTERVAL = "atomic_service_interval_minutes"


class Stall:
    """The app's module, as a file that is written anew."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "stall.py"
        self.store = directory / "shop" / "shop.sqlite3"
        self.write(INTERVAL, 5.0)

    def write(
        self, setting: str, value: float, *, at: datetime | None = None, store: Path | None = None
    ) -> None:
        self.file.write_text(
            APP.format(path=str(store or self.store), setting=setting, value=value)
        )
        # The file system has a clock of its own, which no test moves.
        self.touch(at or datetime.now(UTC))

    def touch(self, at: datetime) -> None:
        os.utime(self.file, (at.timestamp(), at.timestamp()))


@pytest.fixture
def stall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stall]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    # Its bytecode is told from its source by the second.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    yield Stall(tmp_path)
    sys.modules.pop("stall", None)


@pytest.fixture
def watch(stall: Stall, shop: Shop) -> Iterator[Callable[[], PynencCollector]]:
    """Starts collectors of the app as it is in its file now, as a new process would."""
    started = []

    def start() -> PynencCollector:
        sys.modules.pop("stall", None)
        made = PynencCollector(
            load_app("stall.app"), slug="shop", good_for_seconds=10, path="stall.app"
        )
        started.append(made)
        return made

    yield start
    for each in started:
        each.close()


def poll_until(collector: PynencCollector, is_so: Callable[[Sight], object]) -> Sight:
    """Poll until a sight is as it should be: another process reads the app meanwhile."""
    sights: list[Sight] = []

    def polled() -> bool:
        sights.append(collector.poll())
        return bool(is_so(sights[-1]))

    eventually(polled)
    return sights[-1]


def born(shop: Shop, runner_id: str) -> datetime:
    """When the app says that the runner was started."""
    runners = {one.runner_id: one for one in shop.app.orchestrator.get_active_runners()}
    at: datetime = runners[runner_id].creation_time
    return at


def policy_of_two() -> SchedulingPolicy:
    """Cycles of two minutes, and else what the package has."""
    return SchedulingPolicy(service_interval_minutes=2.0)


def members(service: Service, *runner_ids: str) -> None:
    """These were alive for the last hour."""
    beats = [
        HeartbeatReport(runner_id=runner_id, at=ago(3600 - 300 * number))
        for number in range(12)
        for runner_id in runner_ids
    ]
    report(service, heartbeats=beats)


SETTINGS = [
    (INTERVAL, 2.0, "service_interval_minutes", 2.0),
    ("atomic_service_spread_margin_minutes", 0.5, "spread_margin_minutes", 0.5),
    ("atomic_service_check_interval_minutes", 0.25, "check_interval_seconds", 15.0),
    (
        "atomic_service_membership_stabilization_minutes",
        0.5,
        "membership_stabilization_seconds",
        30.0,
    ),
    ("atomic_service_max_start_slot_fraction", 0.75, "max_start_slot_fraction", 0.75),
    ("runner_considered_dead_after_minutes", 20.0, "dead_after_seconds", 1200.0),
]


@pytest.mark.parametrize(("setting", "value", "field", "expected"), SETTINGS)
def test_a_changed_setting_is_in_force_from_the_first_runner_started_with_it(
    stall: Stall,
    shop: Shop,
    watch: Callable[[], PynencCollector],
    setting: str,
    value: float,
    field: str,
    expected: float,
) -> None:
    shop.beat("old")
    collector = watch()
    collector.poll()
    stall.write(setting, value)
    noticed = poll_until(collector, lambda sight: sight.news)
    assert "The settings of stall.app were changed at" in noticed.news[0]
    assert any("runners still go by those of before" in each for each in noticed.notices)
    assert Policy.objects.count() == 1
    shop.beat("new")

    sight = collector.poll()

    assert getattr(sight.policy, field) == expected
    assert sight.policy_since == born(shop, "new")
    assert Policy.objects.latest("effective_from").effective_from == born(shop, "new")
    assert getattr(collector.poll().policy, field) == expected


def test_an_interval_that_the_service_cannot_have_is_said(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    collector = watch()
    collector.poll()
    stall.write(INTERVAL, 60 * 24 * 365.0)

    with pytest.raises(Refused, match=r"an interval may be from 300 ms to 3 d 11 h 20 m"):
        poll_until(collector, lambda _: False)


def test_while_old_runners_go_on_beside_new_ones_it_is_said(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    collector = watch()
    collector.poll()
    stall.write(INTERVAL, 2.0)
    poll_until(collector, lambda sight: sight.news)
    shop.beat("new")
    shop.beat("old")

    sight = collector.poll()

    assert any("1 of 2 runners were started before" in each for each in sight.notices)
    assert Source.objects.get().notices == list(sight.notices)


def test_a_file_that_is_only_touched_changes_nothing(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    collector = watch()
    collector.poll()
    stall.touch(ago(-1))
    shop.beat("new")
    assert collector.poll().news == ()

    stall.write(INTERVAL, 2.0)
    shop.beat("newer")
    poll_until(collector, lambda sight: sight.policy.service_interval_minutes == 2.0)

    assert Policy.objects.count() == 2


def test_a_change_that_is_taken_back_was_none(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    collector = watch()
    collector.poll()
    stall.write(INTERVAL, 2.0)
    poll_until(collector, lambda sight: sight.news)

    stall.write(INTERVAL, 5.0)
    sight = poll_until(collector, lambda sight: sight.news)

    assert "are those in force again" in sight.news[0]
    assert sight.notices == ()
    shop.beat("new")
    collector.poll()
    assert Policy.objects.count() == 1


def test_a_file_that_cannot_be_read_any_more_is_said_and_the_watch_goes_on(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    collector = watch()
    collector.poll()
    stall.file.write_text("def (")

    sight = poll_until(collector, lambda sight: sight.news)

    assert "can't be read any more: stall can't be imported: SyntaxError" in sight.news[0]
    shop.run("a", ago(20), ago(10))
    assert collector.poll().stored == 1


def test_settings_in_a_file_of_the_package_are_seen(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    stall.write("max_pending_seconds", 5.0)
    collector = watch()
    collector.poll()

    (tmp_path / "pyproject.toml").write_text(f"[tool.pynenc]\n{INTERVAL} = 3.0\n")

    sight = poll_until(collector, lambda sight: sight.policy.service_interval_minutes == 3.0)
    assert "cycles of 3 m instead of 5 m" in " ".join(sight.news)


def test_settings_in_a_module_beside_the_app_are_seen(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector], tmp_path: Path
) -> None:
    (tmp_path / "stall_settings.py").write_text("MINUTES = 5.0\n")
    stall.file.write_text(
        "from stall_settings import MINUTES\n"
        + APP.format(path=str(stall.store), setting=INTERVAL, value="MINUTES")
    )
    collector = watch()
    collector.poll()
    sys.modules.pop("stall_settings")

    (tmp_path / "stall_settings.py").write_text("MINUTES = 4.0\n")

    poll_until(collector, lambda sight: sight.policy.service_interval_minutes == 4.0)


def test_an_app_that_moves_to_another_store_is_said_and_the_old_one_watched(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector], tmp_path: Path
) -> None:
    collector = watch()
    collector.poll()
    moved = tmp_path / "moved.sqlite3"

    stall.write(INTERVAL, 2.0, store=moved)

    sight = poll_until(collector, lambda sight: sight.notices)
    assert f"is the pynenc app 'shop' in {moved} now" in sight.notices[0]
    assert Policy.objects.count() == 1
    assert not moved.exists()


def test_a_change_while_nobody_watched_holds_from_the_restart_of_the_runners(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    watch().poll()
    Policy.objects.update(effective_from=ago(3600))
    stall.write(INTERVAL, 2.0)
    shop.beat("new")
    later = born(shop, "new")
    stall.touch(later - timedelta(microseconds=1))

    sight = watch().poll()

    assert sight.policy.service_interval_minutes == 2.0
    assert Policy.objects.latest("effective_from").effective_from == later


def test_after_a_restart_settings_that_no_runner_read_are_not_in_force(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    watch().poll()
    stall.write(INTERVAL, 2.0)

    sight = watch().poll()

    assert sight.policy.service_interval_minutes == 5.0
    assert any("restart them" in each for each in sight.notices)


def test_what_a_person_set_stands_until_the_files_change(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    stall.touch(ago(7200))
    shop.beat("old")
    collector = watch()
    collector.poll()
    service = Service.objects.get()
    Policy.objects.update(effective_from=ago(3600))
    change_policy(service, other := policy_of_two(), changed_by="alice", effective_from=ago(1800))

    for each in (collector, watch()):
        sight = each.poll()
        assert sight.policy == other
        assert any("was set by alice" in notice for notice in sight.notices)

    stall.write(INTERVAL, 7.0)
    shop.beat("new")
    poll_until(collector, lambda sight: sight.policy.service_interval_minutes == 7.0)


def test_two_collectors_do_not_set_it_back_and_forth(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    shop.beat("old")
    first = watch()
    first.poll()
    stall.write(INTERVAL, 2.0)
    shop.beat("new")
    second = watch()
    second.poll()
    assert Policy.objects.count() == 2

    poll_until(first, lambda sight: sight.notices == ())
    second.poll()

    assert Policy.objects.count() == 2


def window_start(runner_count: int, position: int, interval: timedelta, back: int) -> datetime:
    """The start of a window, so many cycles ago."""
    seconds = interval.total_seconds()
    cycle = datetime.fromtimestamp(datetime.now(UTC).timestamp() // seconds * seconds, UTC)
    return cycle - back * interval + position * interval / runner_count


def test_starts_that_fit_no_window_are_said_with_what_to_do(
    stall: Stall, shop: Shop, watch: Callable[[], PynencCollector]
) -> None:
    stall.write("atomic_service_spread_margin_minutes", 1.0)
    service = watch().poll().service
    Policy.objects.update(effective_from=ago(7200))
    # Two runners, cycles of 5 minutes: b starts where a's window is.
    members(service, "a", "b")
    for back in range(1, 5):
        at = window_start(2, 0, timedelta(minutes=5), back) + timedelta(seconds=20)
        shop.run("b", at, at + timedelta(seconds=1))

    watch().poll()
    sight = watch().poll()

    (said,) = sight.notices
    assert "4 of the last 4 starts fit no window" in said
    assert "manage.py change_policy shop --from 20" in said


def test_a_reading_that_is_stopped_is_over(stall: Stall) -> None:
    stall.file.write_text("import time; time.sleep(600)")
    reading = Reading("stall.app")
    assert not reading.is_over()

    reading.stop()

    assert reading.is_over()

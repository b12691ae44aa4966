"""What every test may ask for: both databases, services, instants."""

import gc
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from zlib import crc32

import pytest
from _pytest.mark import ParameterSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from scheduler.core.policy import SchedulingPolicy
from scheduler.db.answers import forget_all
from scheduler.models import Service, ServiceMode
from scheduler.services import create_service
from tests.lengths import first_of

DATABASES = ("sqlite", "postgresql")
# The connections of the main thread, as soon as both databases are made.
_both: list[BaseDatabaseWrapper] = []
ROOT = Path(__file__).resolve().parent.parent
# What is tested here is not how rows are read and written.
ONE_DATABASE = tuple(
    ROOT / "tests" / each
    for each in (
        *("bench", "dashboard", "deploy", "slotwatch", "fleet", "scheduler/management"),
        "simulation/test_seeded_rows.py",
    )
)
# What is tested here is made of rows, and less of how they are read and written: on one of the two
# in every run, and on the other with `make test-long`.
OTHER_DATABASE_LONG = tuple(
    ROOT / "tests" / each
    for each in (
        *("accounts", "hostile", "simulation"),
        *("scheduler/cycles", "scheduler/incidents", "scheduler/pruning", "scheduler/upkeep"),
    )
)
# Rooms of tests that wait for browsers, processes and time-outs, or play many fleets.
LONG_ROOMS = tuple(
    ROOT / "tests" / each
    for each in ("browser", "fleet", "deploy", "slotwatch", "accounts", "simulation", "hostile")
)
T0 = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
# On a busy machine an example may take its time; the rest is as the machine's own profile has it.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every database test runs on SQLite and on PostgreSQL, unless its room says otherwise; then
    it is always the same one of them. A test that is marked `both_databases` runs on both.
    """
    item = metafunc.definition
    if item.get_closest_marker("django_db"):
        chosen: Sequence[str | ParameterSet] = DATABASES
        first = crc32(item.nodeid.encode()) % len(DATABASES)
        if item.get_closest_marker("both_databases"):
            pass
        elif is_in(ONE_DATABASE, item.path):
            chosen = (DATABASES[first],)
        elif is_in(OTHER_DATABASE_LONG, item.path):
            chosen = first_of(1, (DATABASES[first], DATABASES[1 - first]))
        metafunc.parametrize("each_database", chosen, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files of the long rooms first, each of them whole with one worker, for what its tests
    share is made once there; what is left in the end is short, and every worker has some of it."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    # A worker begins with one part of the whole, in order, and then takes from the others.
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    files: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    for room in LONG_ROOMS:
        inside = [path for path in files if path.is_relative_to(room)]
        for part, path in zip(cycle(sorted(parts, key=len)), inside, strict=False):
            part.extend(files.pop(path))
    short = iter([item for file in files.values() for item in file])
    share = -(-len(items) // workers)
    for part in parts:
        part.extend(islice(short, max(0, share - len(part))))
    items[:] = [item for part in parts for item in part]


def pytest_collection_finish() -> None:
    """What is there by now stays: nothing looks through it again for what can be freed."""
    gc.collect()
    gc.freeze()


@cache
def is_in(rooms: tuple[Path, ...], path: Path) -> bool:
    return any(path.is_relative_to(each) for each in rooms)


@pytest.fixture(autouse=True)
def nothing_found_before() -> None:
    """Primary keys and revisions are used again by the next test."""
    forget_all()


@pytest.fixture(scope="session", autouse=True)
def each_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The database that stands in the place of ``default``: ``sqlite`` or ``postgresql``."""
    name = getattr(request, "param", "")
    if name != "postgresql":
        yield name
        return
    request.getfixturevalue("postgresql_database")
    _put_first("postgresql")
    yield name
    _put_first("sqlite")


@pytest.fixture(scope="session")
def postgresql_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The second test database; the first one is the plugin's own."""
    with django_db_blocker.unblock():
        made = setup_databases(0, interactive=False, aliases={"postgresql": None})
    _both[:] = connections["default"], connections["postgresql"]
    yield
    # At the end of a run, the order in which this and `each_database` end is not ours.
    _put_first("sqlite")
    with django_db_blocker.unblock():
        _end_other_sessions(connections["postgresql"])
        teardown_databases(made, 0)


def _end_other_sessions(connection: BaseDatabaseWrapper) -> None:
    """A database is not dropped under a session, and that of a process that was killed goes on
    until the server notices."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _put_first(vendor: str) -> None:
    """Have this database in the place of ``default``, and the other one in the place of
    ``postgresql``; for this thread's connections and for those yet to be made.

    Whatever a test left there, it is the connections of the beginning that take their places: the
    databases are dropped by what these are called then.
    """
    first, second = sorted(_both, key=lambda each: each.vendor != vendor)
    for alias, each in (("default", first), ("postgresql", second)):
        connections.settings[alias] = each.settings_dict
        connections[alias] = each
        each.alias = alias


@pytest.fixture
def make_service() -> Callable[..., Service]:
    """A factory of services: a minute's cycle, no margin, no grace, no late start by default."""
    count = iter(range(1, 1_000))

    def make(mode: ServiceMode = ServiceMode.COORDINATED, **policy: float) -> Service:
        number = next(count)
        defaults = {
            "service_interval_minutes": 1.0,
            "spread_margin_minutes": 0.0,
            "check_interval_seconds": 5.0,
            "membership_stabilization_seconds": 0.0,
            "max_start_slot_fraction": 1.0,
            "dead_after_seconds": 30.0,
        }
        return create_service(
            f"service-{number}",
            name=f"Service {number}",
            mode=mode,
            policy=SchedulingPolicy(**(defaults | policy)),
            effective_from=T0 - timedelta(days=400),
        )

    return make


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service()


@pytest.fixture
def observed(make_service: Callable[..., Service]) -> Service:
    return make_service(ServiceMode.OBSERVED)


def after(seconds: float) -> datetime:
    """An instant, counted from the start of a cycle."""
    return T0 + timedelta(seconds=seconds)


def database_url() -> str:
    """DATABASE_URL of the database under test, for another process."""
    settings = connections["default"].settings_dict
    if settings["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{settings['NAME']}"
    return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['OPTIONS']['host']}"


@pytest.fixture
def process_environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """The environment in which another process works on the database under test."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "slotwatch.settings",
        "PYTHONPATH": str(ROOT),
        "SLOTWATCH_DATA_DIR": str(tmp_path),
        "SLOTWATCH_HTTPS": "off",
    }


def eventually(condition: Callable[[], object], *, within_seconds: float = 60.0) -> None:
    """Ask until the condition holds; fail when it does not in time."""
    give_up_at = time.monotonic() + within_seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {within_seconds} s"
        pause.wait(0.05)

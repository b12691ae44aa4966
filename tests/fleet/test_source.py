"""Which app a service is of: remembered, told, and held to."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pynenc import PynencBuilder

from scheduler.collectors.observed import observed_service
from scheduler.collectors.pynenc.collector import PynencCollector
from scheduler.collectors.pynenc.store import SqliteStore, address_of
from scheduler.core.policy import SchedulingPolicy
from scheduler.door import Unacceptable
from scheduler.errors import Refused, Unavailable
from scheduler.intake.sources import (
    SourceAddress,
    replace_source,
    require_source,
    source_of,
    tell_notices,
)
from scheduler.models import Execution, Policy, Service, Source
from tests.conftest import T0
from tests.fleet.conftest import Shop, ago

pytestmark = pytest.mark.django_db


def collector_of(shop: Shop, *, slug: str = "shop", replace: bool = False) -> PynencCollector:
    return PynencCollector(shop.app, slug=slug, good_for_seconds=10, replace=replace)


def of(shop: Shop) -> SourceAddress:
    path = os.path.realpath(shop.directory / "shop.sqlite3")
    return SourceAddress(kind="pynenc", app_id=shop.app.app_id, store=path)


@pytest.fixture
def other(tmp_path: Path) -> Shop:
    """An app of the same id, in another store."""
    return Shop(tmp_path / "other")


def test_a_service_remembers_what_it_is_watched_from(shop: Shop) -> None:
    sight = collector_of(shop).poll()

    assert source_of(Service.objects.get()) == of(shop) == sight.source


def test_a_second_collector_of_the_same_app_is_welcome(shop: Shop) -> None:
    collector_of(shop).poll()

    assert collector_of(shop).poll().replaced is None
    assert Source.objects.count() == 1


def test_the_same_store_by_another_path_is_the_same(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector_of(shop).poll()
    (tmp_path / "link").symlink_to(shop.directory)
    monkeypatch.chdir(tmp_path)

    for path in ("link/shop.sqlite3", "shop/../shop/shop.sqlite3"):
        again = PynencBuilder().app_id("shop").sqlite(path).build()
        PynencCollector(again, slug="shop", good_for_seconds=10).poll()

    assert source_of(Service.objects.get()) == of(shop)


@pytest.mark.parametrize("app_id", ["shop", "depot"], ids=["same id", "another id"])
def test_another_app_under_the_same_slug_is_refused_and_nothing_of_it_is_kept(
    shop: Shop, tmp_path: Path, app_id: str
) -> None:
    shop.run("a", ago(60), ago(50))
    collector_of(shop).poll()
    stranger = Shop(tmp_path / "other", app_id=app_id, atomic_service_interval_minutes=0.5)
    stranger.run("b", ago(40), ago(30))

    with pytest.raises(Refused) as refused:
        collector_of(stranger).poll()

    assert str(of(shop)) in str(refused.value)
    assert str(of(stranger)) in str(refused.value)
    assert "--service" in str(refused.value)
    assert "--replace" in str(refused.value)
    assert Execution.objects.get().runner.runner_id == "a"
    assert Policy.objects.count() == 1
    assert source_of(Service.objects.get()) == of(shop)


def test_two_apps_in_one_store_are_two(shop: Shop) -> None:
    collector_of(shop).poll()

    with pytest.raises(Refused, match="'depot'"):
        collector_of(Shop(shop.directory, app_id="depot")).poll()


def test_a_service_is_given_over_on_purpose(shop: Shop, other: Shop) -> None:
    shop.run("a", ago(60), ago(50))
    first = collector_of(shop)
    first.poll()
    other.run("b", ago(40), ago(30))

    sight = collector_of(other, replace=True).poll()

    assert sight.replaced == of(shop)
    assert source_of(Service.objects.get()) == of(other)
    assert Execution.objects.count() == 2
    with pytest.raises(Refused, match="--replace"):
        first.poll()


def test_a_replacement_by_itself_replaces_nothing(shop: Shop) -> None:
    collector_of(shop).poll()

    assert collector_of(shop, replace=True).poll().replaced is None


def test_a_replacement_is_done_once(shop: Shop, other: Shop) -> None:
    collector_of(shop).poll()
    replacing = collector_of(other, replace=True)
    replacing.poll()
    collector_of(shop, replace=True).poll()

    with pytest.raises(Refused):
        replacing.poll()


def test_a_service_that_remembers_nothing_takes_the_first_who_comes(shop: Shop) -> None:
    collector_of(shop).poll()
    Source.objects.all().delete()

    collector_of(shop).poll()

    assert source_of(Service.objects.get()) == of(shop)


@pytest.mark.parametrize("path", ["shop.sqlite3", "state/deep/shop.sqlite3"])
def test_a_store_that_is_not_there_is_refused_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    monkeypatch.chdir(wrong)
    app = PynencBuilder().app_id("shop").sqlite(path).build()

    with pytest.raises(Refused) as refused:
        PynencCollector(app, slug="shop", good_for_seconds=10).poll()

    assert f"There is no file {wrong / path}" in str(refused.value)
    assert list(wrong.iterdir()) == []
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds nothing of the app 'shop'"),
        (b"no database at all" * 100, "can't be read as a SQLite database"),
    ],
)
def test_a_file_that_is_no_store_is_refused_and_not_changed(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "x?y #z.sqlite3"
    path.write_bytes(content)
    app = PynencBuilder().app_id("shop").sqlite(str(path)).build()

    with pytest.raises(Refused, match=why):
        PynencCollector(app, slug="shop", good_for_seconds=10).poll()

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_store_of_other_apps_is_told_whose_it_is(shop: Shop) -> None:
    app = PynencBuilder().app_id("depot").sqlite(str(shop.directory / "shop.sqlite3")).build()

    with pytest.raises(Refused, match="holds nothing of the app 'depot', only of shop"):
        PynencCollector(app, slug="depot", good_for_seconds=10).poll()

    with closing(sqlite3.connect(shop.directory / "shop.sqlite3")) as store:
        tables = store.execute("SELECT name FROM sqlite_master WHERE name LIKE 'depot%'")
        assert tables.fetchall() == []


@pytest.mark.parametrize(("path", "why"), [("", "sqlite_db_path is empty"), (":memory:", "memory")])
def test_an_app_without_a_file_is_refused(path: str, why: str) -> None:
    app = PynencBuilder().app_id("shop").sqlite().custom_config(sqlite_db_path=path).build()

    with pytest.raises(Refused, match=why):
        PynencCollector(app, slug="shop", good_for_seconds=10).poll()


def test_a_store_that_goes_away_is_not_made_again(shop: Shop) -> None:
    run = shop.start("a", ago(60))
    collector = collector_of(shop)
    collector.poll()
    (away,) = ((shop.directory / "shop.sqlite3").rename(shop.directory / "away"),)

    for _ in range(2):
        with pytest.raises(Unavailable, match="there is no file"):
            collector.poll()
    assert not (shop.directory / "shop.sqlite3").exists()

    away.rename(shop.directory / "shop.sqlite3")
    shop.end(run, ago(50))
    collector.poll()
    assert Execution.objects.get().status == "completed"


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "Far"),
        ({"redis_host": "db1", "redis_db": 0}, "Far at redis_db=0 redis_host=db1"),
        ({"redis_password": "hush", "redis_port": 1}, "Far at redis_port=1"),
        ({"redis_url": "redis://me:hush@db1:1/2?password=hush"}, "Far at redis://db1:1/2"),
        ({"mongo_uri": "mongodb://me:hu@sh@a:1,b:2/shop"}, "Far at mongodb://a:1,b:2/shop"),
    ],
)  # fmt: skip
def test_an_address_has_no_passwords(settings: dict[str, object], address: str) -> None:
    assert address_of("Far", settings) == address


def test_a_store_that_is_locked_at_the_first_look_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.collectors.pynenc.store._PATIENCE_SECONDS", 0.01)
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="database is locked"):
            SqliteStore(path).require("shop")

    with pytest.raises(Refused, match="holds nothing"):
        SqliteStore(path).require("shop")


ODD_TEXTS = ("a\0b", "\ud800 half", "x" * 20_000, "\n", "‮")


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_whatever_an_app_is_called_is_remembered_and_known_again(
    service: Service, odd: str
) -> None:
    address = SourceAddress(kind="pynenc", app_id=odd, store=f"/{odd}")

    for _ in range(2):
        require_source(service, address, at=T0)
        require_source(service, SourceAddress(kind="pynenc", app_id=odd, store=f"/{odd}"), at=T0)

    assert source_of(service) == address
    assert replace_source(service, address, at=T0) == address
    assert Source.objects.count() == 1


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_whatever_a_collector_says_is_told_once(service: Service, odd: str) -> None:
    require_source(service, SourceAddress(kind="pynenc", app_id="a", store="b"), at=T0)

    tell_notices(service, [odd, "more"], at=T0)
    revision = Service.objects.get().revision
    tell_notices(service, [odd, "more"], at=T0)

    assert Source.objects.get().notices[1] == "more"
    assert Service.objects.get().revision == revision


@pytest.mark.parametrize("notices", ["a text", None, [7], [None], {"a": "b"}, 7])
def test_notices_that_are_no_texts_are_refused(service: Service, notices: Any) -> None:
    with pytest.raises(Unacceptable, match="notice"):
        tell_notices(service, notices, at=T0)


@pytest.mark.parametrize("told", [{"kind": ""}, {"kind": "k" * 41}, {"app_id": 7}, {"store": None}])
def test_an_address_of_no_texts_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable, match=next(iter(told))):
        SourceAddress(**{"kind": "pynenc", "app_id": "a", "store": "b", **told})


@pytest.mark.parametrize(
    ("called", "name"),
    [("Shop", "Shop"), ("a\0b", "a\ufffdb"), ("a\nb", "shop"), ("\u200b", "shop"), ("", "shop")],
)
def test_a_service_gets_the_name_of_its_app_where_that_can_be_one(called: str, name: str) -> None:
    service = observed_service("shop", name=called, policy=SchedulingPolicy(), changed_by="pynenc")

    assert service.name == name


def test_a_store_is_read_without_a_trace(shop: Shop, tmp_path: Path) -> None:
    path = shop.directory / "shop.sqlite3"
    before = path.read_bytes(), path.stat().st_mtime_ns

    SqliteStore(path).require("shop")

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before

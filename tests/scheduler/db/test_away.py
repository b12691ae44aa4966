import time
from collections.abc import Iterator
from pathlib import Path

import django.db
import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django import DjangoDbBlocker

from slotwatch.databases import database
from slotwatch.environment import Environment
from tests.conftest import eventually
from tests.scheduler.db.gate import Gate

AWAY_SECONDS = 8.0


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    made.open()
    yield made
    made.close()


@pytest.fixture
def pooled(gate: Gate, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """A connection as a web server has it: out of a pool that nobody closes."""
    entry = database(Environment(variables={"DATABASE_URL": gate.url("postgres")}), Path())
    settings = connections.configure_settings({"default": entry})["default"]
    settings["OPTIONS"]["pool"]["timeout"] = 0.2
    connection = DatabaseWrapper(settings, "behind the gate")
    with django_db_blocker.unblock():
        yield connection
    connection.close()
    connection.close_pool()


def answers(connection: DatabaseWrapper) -> bool:
    """Ask as a request does: with a connection of its own, and given back after it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except django.db.OperationalError:
        return False
    finally:
        connection.close()
    return True


def test_a_pool_notices_within_five_seconds_that_the_database_is_back(
    gate: Gate, pooled: DatabaseWrapper
) -> None:
    assert answers(pooled)
    gate.close()
    away_until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < away_until:
        assert not answers(pooled)

    gate.open()

    back_at = time.monotonic()
    eventually(lambda: answers(pooled))
    assert time.monotonic() - back_at < 5

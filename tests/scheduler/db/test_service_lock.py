import sqlite3
from contextlib import closing

import pytest
from django.db import connection

from scheduler.models import Execution, Runner, Service
from scheduler.pruning.pruner import Pruner
from tests.conftest import T0, after
from tests.scheduler.pruning.pruned_rows import END, execution

pytestmark = pytest.mark.django_db(transaction=True)


def in_the_file() -> int:
    """Executions in SQLite's file itself, without what only its log has."""
    address = f"file:{connection.settings_dict['NAME']}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as file:
        (number,) = file.execute("SELECT COUNT(*) FROM scheduler_execution").fetchone()
    return int(number)


def test_who_prunes_leaves_nothing_to_write_back_to_who_claims(service):
    if connection.vendor != "sqlite":
        return  # it has processes of its own for that
    runner = Runner.objects.create(service=service, runner_id="a", first_seen_at=T0)
    for number in range(3):
        execution(service, runner, number, number)
    Service.objects.filter(pk=service.pk).update(summarised_until=after(END), keep_days=0.5)
    service.refresh_from_db()

    Pruner().prune(service, now=after(END), at_most=2)

    assert Execution.objects.count() == in_the_file() == 1

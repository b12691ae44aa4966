from datetime import timedelta, timezone

import pytest
from django.db import IntegrityError, transaction

from scheduler.db import bulk
from scheduler.models import Presence, Runner, Service
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

RUNNER = ("service_id", "runner_id", "first_seen_at", "host", "pid")
PRESENCE = (
    "service_id",
    "runner_id",
    "started_at",
    "last_heartbeat_at",
    "expires_at",
    "eligible",
)


def insert_runner(service: Service, *, runner_id="a", at=T0, host="", pid=None) -> None:
    bulk.insert(Runner, RUNNER, [(service.pk, runner_id, bulk.writer()(at), host, pid)])


@pytest.mark.parametrize(
    "at",
    [
        T0,
        after(0.1),
        after(0.000001),
        after(-1e9),
        after(0.5).astimezone(timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_an_instant_is_stored_as_the_model_stores_it(service, at):
    Runner.objects.create(service=service, runner_id="by model", first_seen_at=at)
    insert_runner(service, at=at)

    stored = Runner.objects.filter(service=service, first_seen_at=at)
    assert stored.count() == 2
    assert {each.first_seen_at for each in stored} == {at}


@pytest.mark.parametrize("text", ["tab\tand\nline", "back\\slash", "\\N", "quote'\"", "ünïcode 🕐"])
def test_a_text_comes_back_as_it_was(service, text):
    insert_runner(service, host=text)

    assert Runner.objects.get(service=service).host == text


def test_nothing_is_told_from_an_empty_text(service):
    insert_runner(service, host="", pid=None)

    runner = Runner.objects.get(service=service)
    assert (runner.host, runner.pid) == ("", None)


def test_truth_values_are_kept(service):
    insert_runner(service)
    runner = Runner.objects.get(service=service)
    ends = [
        (bulk.writer()(after(second)), eligible) for second, eligible in ((1, True), (2, False))
    ]
    bulk.insert(Presence, PRESENCE, [(service.pk, runner.pk, at, at, at, fit) for at, fit in ends])

    rows = Presence.objects.filter(service=service).order_by("started_at")
    assert [(row.started_at, row.eligible) for row in rows] == [(after(1), True), (after(2), False)]


def test_a_broken_rule_is_the_databases_error_and_leaves_nothing(service):
    written = bulk.writer()(T0)
    twice = [(service.pk, runner_id, written, "", None) for runner_id in ("a", "b", "b")]

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Runner, RUNNER, twice)

    assert not Runner.objects.filter(service=service).exists()


def test_a_missing_value_is_the_databases_error(service):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Presence, PRESENCE, [(service.pk, None, None, None, None, None)])

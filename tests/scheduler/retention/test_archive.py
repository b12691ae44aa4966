"""Archived services: kept, out of sight, and nothing is taken; and services with another name."""

from datetime import timedelta
from random import Random

import pytest

from scheduler.collectors.observed import observed_service
from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.door import Unacceptable
from scheduler.errors import Refused
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.known_services import archived_services, service_names, services_by_slug
from scheduler.models import CycleSummary, Execution, Presence
from scheduler.overview import service_overviews
from scheduler.pruning.pruner import Pruner
from scheduler.pruning.removal import mark_deleted
from scheduler.retention.archive import ArchivedService, ProtectedService, archive, unarchive
from scheduler.services import get_service, rename_service
from scheduler.upkeep.duties import Upkeep
from scheduler.upkeep.service import upkeep_service
from tests.conftest import after
from tests.scheduler.pruning.pruned_rows import tell_random_rows

pytestmark = pytest.mark.django_db


def slugs_in_sight():
    return [each.slug for each in services_by_slug()]


def test_an_archived_service_is_out_of_sight(service, make_service):
    other = make_service()

    assert archive(service, by="kim", now=after(0))

    assert slugs_in_sight() == [other.slug]
    assert [each.slug for each in service_names()] == [other.slug]
    assert [each.slug for each in service_names(service.slug)] == [service.slug, other.slug]
    assert [each.slug for each in service_overviews(after(1))] == [other.slug]
    assert [each.slug for each in archived_services()] == [service.slug]


def test_it_can_be_read_and_says_who_and_when(service):
    archive(service, by="kim", now=after(0))

    kept = get_service(service.slug)

    assert (kept.archived_at, kept.archived_by) == (after(0), "kim")


def test_it_is_archived_once(service):
    archive(service, by="kim", now=after(0))

    assert not archive(service, by="ann", now=after(5))

    assert get_service(service.slug).archived_by == "kim"


@pytest.mark.parametrize(
    "ask",
    [
        lambda service: claim(service, "a"),
        lambda service: beat(service, Beat(runner_id="a")),
    ],
)
def test_who_asks_an_archived_service_is_told(ask, service):
    archive(service, by="kim", now=after(0))

    with pytest.raises(ArchivedService, match=r"is archived since 2026-03-14 12:00:00 UTC, by kim"):
        ask(service)

    assert not Execution.objects.exists()
    assert not Presence.objects.exists()


@pytest.mark.parametrize(
    "tell",
    [
        lambda service: report(service, heartbeats=[HeartbeatReport(runner_id="a", at=after(-9))]),
        lambda service: report(service),
        lambda service: watched(service, "c", at=after(1), good_for_seconds=5),
    ],
)
def test_who_reports_late_to_an_archived_service_is_told(tell, observed):
    archive(observed, by="kim", now=after(0))

    with pytest.raises(ArchivedService, match=f"manage.py service unarchive {observed.slug}"):
        tell(observed)


def test_a_collector_does_not_begin_with_it(observed):
    archive(observed, by="kim")

    with pytest.raises(Refused, match="is archived"):
        observed_service(observed.slug, name="x", policy=SchedulingPolicy(), changed_by="c")


def test_a_run_that_goes_on_may_be_finished(service):
    run = claim(service, "a", now=after(1)).execution
    archive(service, by="kim", now=after(2))

    assert finish(service, run.run_id, now=after(3)).changed


def test_the_upkeep_leaves_it_alone(service):
    claim(service, "a", now=after(1))
    archive(service, by="kim", now=after(2))

    done = Upkeep(say=print).work()

    assert done.rows["dead_holders"] == done.rows["summaries"] == 0
    assert Execution.objects.get().status == "running"
    assert not CycleSummary.objects.exists()


def test_nothing_of_it_is_pruned(observed):
    tell_random_rows(observed, Random(1))
    archive(observed, by="kim")
    before = Execution.objects.count()

    batch = Pruner().prune(get_service(observed.slug), now=clock.now() + timedelta(days=9_999))

    assert batch.is_done
    assert Execution.objects.count() == before > 0


def test_taken_out_it_is_as_before(service):
    archive(service, by="kim")

    assert unarchive(service)
    assert not unarchive(service)

    assert slugs_in_sight() == [service.slug]
    assert claim(service, "a").started
    assert get_service(service.slug).archived_by == ""


def test_the_upkeep_itself_can_not_be_archived_or_deleted():
    service = upkeep_service()

    for forbidden in (archive, mark_deleted):
        with pytest.raises(ProtectedService, match="workers share their work"):
            forbidden(service, by="kim")

    assert slugs_in_sight() == [service.slug]


def test_a_service_is_renamed_and_keeps_its_slug(service):
    revision = service.revision

    assert rename_service(service, "  Night run ") == "Night run"

    renamed = get_service(service.slug)
    assert renamed.name == "Night run"
    assert renamed.revision > revision


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\0b", "two\nlines"])
def test_what_can_not_be_a_name_is_refused(name, service):
    with pytest.raises(Unacceptable, match="name"):
        rename_service(service, name)

    assert get_service(service.slug).name == service.name

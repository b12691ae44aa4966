import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from scheduler.core.policy import SchedulingPolicy
from scheduler.models import Policy, Service
from scheduler.policies import policy_at, policy_book
from scheduler.services import (
    InvalidChange,
    PolicyInForce,
    UnknownService,
    change_policy,
    create_service,
    get_service,
)
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db
migration = import_module("scheduler.migrations.0011_policy_recorded_at_and_note")


def test_a_new_service_has_a_policy(service):
    assert get_service(service.slug) == service
    assert policy_at(service, T0).service_interval_minutes == 1.0


@pytest.mark.parametrize("slug", ["service-1", "no spaces", "", "x" * 81])
def test_a_slug_that_is_taken_or_none_is_refused(service, slug):
    with pytest.raises(ValidationError):
        create_service(slug)

    assert Service.objects.count() == Policy.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"name": "a\0b"}, "name .* has a NUL"),
        ({"name": "x" * 201}, "name must have at most 200 characters, not 201"),
        ({"name": "\u200b"}, "nothing that one can see"),
        ({"name": 7}, "name must be a text, not 7"),
        ({"mode": "watched"}, "mode must be coordinated or observed, not 'watched'"),
        ({"policy": {}}, "policy must be a SchedulingPolicy, not a dict"),
        ({"changed_by": "x" * 201}, "changed_by must have at most 200 characters"),
        ({"effective_from": datetime(9999, 12, 31, tzinfo=UTC)}, "not between 1970-01-01 and"),
        ({"effective_from": T0.replace(tzinfo=None)}, "effective_from .* has no time zone"),
    ],
)
def test_a_service_that_cannot_be_kept_is_refused_in_words(told, words):
    with pytest.raises(ValidationError, match=words):
        create_service("new", **told)

    assert not Service.objects.exists()


def test_white_space_at_the_edges_of_a_name_is_not_kept():
    service = create_service(" new ", name="\tThe new one\u00a0")

    assert (service.slug, service.name) == ("new", "The new one")


def test_a_second_policy_for_one_instant_replaces_nothing_and_says_so(service):
    before = policy_at(service, T0)
    first, second = (replace(before, service_interval_minutes=each) for each in (2.0, 3.0))
    change_policy(service, first, changed_by="ann", effective_from=T0)

    with pytest.raises(PolicyInForce, match=r"in force from 2026-03-14T12:00:00.00:00 on"):
        change_policy(service, second, changed_by="bob", effective_from=T0)

    assert policy_at(service, T0) == first
    assert not change_policy(service, first, changed_by="bob", effective_from=T0)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"effective_from": datetime(1, 1, 1, tzinfo=UTC)}, "not between 1970-01-01 and"),
        ({"effective_from": "tomorrow"}, "effective_from must be a datetime"),
        ({"changed_by": "\ud800"}, "changed_by .* surrogate"),
        ({"note": "n" * 501}, "note must have at most 500 characters, not 501"),
        ({"note": "two\nlines"}, "note .* no control characters"),
        ({"policy": None}, "policy must be a SchedulingPolicy"),
    ],
)
def test_a_change_that_cannot_be_kept_is_refused_in_words(service, told, words):
    given = {"policy": SchedulingPolicy(), "changed_by": "ann"} | told

    with pytest.raises(InvalidChange, match=f"^Nothing was changed: .*{words}"):
        change_policy(service, given.pop("policy"), **given)

    assert Policy.objects.count() == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("slug", ["nope", "no\0pe", "\udcff", "né", "", "n" * 10_000])
def test_an_unknown_slug_is_named(slug):
    with pytest.raises(UnknownService, match=re.escape(ascii(slug[:40])[:-1])):
        get_service(slug)


def test_a_change_rules_from_its_instant_on_and_not_before(service):
    before = policy_at(service, T0)
    wider = replace(before, service_interval_minutes=2.0)

    assert change_policy(service, wider, changed_by="ann", effective_from=after(30))

    book = policy_book(service)
    for look_up in (book, lambda at: policy_at(service, at)):
        assert look_up(after(29.999999)) == before
        assert look_up(after(30)) == wider
        assert look_up(T0 - timedelta(days=5_000)) == before
    assert Policy.objects.get(effective_from=after(30)).changed_by == "ann"


def test_who_changed_a_policy_when_and_why_is_kept(service):
    wider = replace(policy_at(service, T0), service_interval_minutes=2.0)

    change_policy(
        service,
        wider,
        changed_by="ann",
        note=" the fleet grew ",
        effective_from=after(30),
        now=after(90),
    )

    first, changed = Policy.objects.filter(service=service)
    assert (first.recorded_at, first.note) == (service.created_at, "")
    assert (changed.effective_from, changed.recorded_at) == (after(30), after(90))
    assert (changed.changed_by, changed.note) == ("ann", "the fleet grew")


@pytest.mark.parametrize(
    ("effective_from", "recorded_at"),
    [
        # As far as anybody knows, it was told when it came into force.
        (after(30), after(30)),
        # What is to come was told by now.
        (after(90), after(60)),
    ],
)
def test_of_older_revisions_it_is_taken_when_they_were_told(
    service, monkeypatch, effective_from, recorded_at
):
    wider = replace(policy_at(service, T0), service_interval_minutes=2.0)
    change_policy(service, wider, changed_by="", effective_from=effective_from, now=after(1))
    monkeypatch.setattr("django.utils.timezone.now", lambda: after(60))

    migration.recorded_when_in_force(apps, None)

    assert Policy.objects.get(effective_from=effective_from).recorded_at == recorded_at


@pytest.mark.parametrize("minutes", [0.004, 5_001])
def test_a_cycle_never_holds_more_others_than_can_be_drawn(make_service, minutes):
    service = make_service(service_interval_minutes=5.0)
    policy = SchedulingPolicy(service_interval_minutes=minutes, spread_margin_minutes=0.0)

    with pytest.raises(InvalidChange, match="may be from 300 ms to 3 d 11 h 20 m,"):
        change_policy(service, policy, changed_by="kim")

    assert Policy.objects.filter(service=service).count() == 1


def test_the_same_policy_again_is_no_change(service):
    assert not change_policy(service, policy_at(service, T0), changed_by="ann")
    assert Policy.objects.filter(service=service).count() == 1


def test_a_change_of_policy_is_drawn(service):
    change_policy(
        service, replace(policy_at(service, T0), spread_margin_minutes=0.1), changed_by=""
    )

    assert Service.objects.get(pk=service.pk).revision > service.revision

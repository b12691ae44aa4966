from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from scheduler.models import Policy, Service
from scheduler.services import (
    UnknownService,
    change_policy,
    create_service,
    get_service,
    policy_at,
    policy_book,
)
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def test_a_new_service_has_a_policy(service):
    assert get_service(service.slug) == service
    assert policy_at(service, T0).service_interval_minutes == 1.0


@pytest.mark.parametrize("slug", ["service-1", "no spaces", "", "x" * 81])
def test_a_slug_that_is_taken_or_none_is_refused(service, slug):
    with pytest.raises(ValidationError):
        create_service(slug)

    assert Service.objects.count() == Policy.objects.count() == 1


def test_an_unknown_slug_is_named():
    with pytest.raises(UnknownService, match="'nope'"):
        get_service("nope")


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


def test_the_same_policy_again_is_no_change(service):
    assert not change_policy(service, policy_at(service, T0), changed_by="ann")
    assert Policy.objects.filter(service=service).count() == 1


def test_a_change_of_policy_is_drawn(service):
    change_policy(
        service, replace(policy_at(service, T0), spread_margin_minutes=0.1), changed_by=""
    )

    assert Service.objects.get(pk=service.pk).revision > service.revision

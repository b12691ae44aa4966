import pytest
from django.apps import apps
from django.db.models.signals import post_migrate
from pytest_django import Settings

from accounts.first_account import ensure_operator
from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-sentence-of-hers"


@pytest.fixture(autouse=True)
def account_in_the_environment(settings: Settings) -> None:
    settings.SLOTWATCH_OPERATOR_USERNAME = "ann"
    settings.SLOTWATCH_OPERATOR_PASSWORD = PASSWORD


def test_the_first_account_may_operate() -> None:
    ensure_operator()

    ann = User.objects.get()
    assert ann.username == "ann"
    assert ann.check_password(PASSWORD)
    assert ann.is_staff
    assert not ann.is_superuser
    assert ann.has_perm("scheduler.operate")


def test_it_is_made_after_the_tables(settings: Settings) -> None:
    scheduler = apps.get_app_config("scheduler")

    post_migrate.send(
        sender=scheduler, app_config=scheduler, verbosity=0, interactive=False, using="default"
    )

    assert User.objects.get().username == "ann"


def test_a_password_changed_since_is_not_set_back() -> None:
    ensure_operator()
    ann = User.objects.get()
    ann.set_password("another-sentence-of-hers")
    ann.save()

    assert ensure_operator() is None

    ann.refresh_from_db()
    assert ann.check_password("another-sentence-of-hers")


def test_a_closed_account_is_not_opened_again() -> None:
    ensure_operator()
    User.objects.update(is_active=False)

    assert ensure_operator() is None
    assert not User.objects.get().is_active


def test_none_is_made_where_a_superuser_is() -> None:
    User.objects.create_superuser("root-of-all", password=PASSWORD)

    assert ensure_operator() is None
    assert not User.objects.filter(username="ann").exists()


def test_one_is_made_beside_viewers() -> None:
    User.objects.create_user("viewer")

    assert ensure_operator() == User.objects.get(username="ann")


def test_none_is_made_without_a_name(settings: Settings) -> None:
    settings.SLOTWATCH_OPERATOR_USERNAME = ""

    assert ensure_operator() is None
    assert not User.objects.exists()

"""The pages of errors and of signing in: in the look of the house, and telling what to do."""

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dashboard.web.errors import server_error

pytestmark = pytest.mark.django_db


def test_an_address_of_nothing(viewer: Client) -> None:
    response = viewer.get("/nothing/")

    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()


def test_a_form_without_its_token() -> None:
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x"})

    assert response.status_code == 403
    assert "Nothing was changed." in response.content.decode()


@pytest.mark.both_databases
def test_a_broken_server_asks_nothing_of_the_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        response = server_error(HttpRequest())

    assert response.status_code == 500
    assert "Nothing that was stored is lost" in response.content.decode()


def test_a_page_that_fails_is_answered_with_the_page_of_failure(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("dashboard.overview.views.service_overviews")
    viewer.raise_request_exception = False

    response = viewer.get("/")

    assert response.status_code == 500
    assert "Slotwatch failed to answer" in response.content.decode()


def test_signing_in_leads_back_to_the_page_asked_for() -> None:
    get_user_model().objects.create_user("ada", password="correct horse")

    response = Client().post(
        "/login/", {"username": "ada", "password": "correct horse", "next": "/s/x/"}
    )

    assert (response.status_code, response["Location"]) == (302, "/s/x/")


def test_a_wrong_password_is_said() -> None:
    response = Client().post("/login/", {"username": "ada", "password": "wrong"})

    assert "Wrong username or password." in response.content.decode()


def test_signing_out_takes_a_post(viewer: Client) -> None:
    assert viewer.get("/logout/").status_code == 405
    assert viewer.post("/logout/").status_code == 302
    assert viewer.get("/").status_code == 302

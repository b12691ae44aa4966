from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def database_away(tmp_path: Path) -> Iterator[None]:
    """The default connection, with its file in a directory that is gone."""
    present = connections["default"]
    connections["default"] = DatabaseWrapper(
        {**present.settings_dict, "NAME": tmp_path / "gone" / "watch.sqlite3", "OPTIONS": {}}
    )
    yield
    connections["default"] = present


def test_the_process_says_that_it_is_alive(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
@pytest.mark.usefixtures("database_away")
def test_it_is_not_ready_while_the_database_is_away(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.content.startswith(b"The database does not answer.")
    assert "unable to open database file" in caplog.text


@pytest.mark.django_db
@pytest.mark.usefixtures("database_away")
def test_it_is_alive_while_the_database_is_away(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_only_asks(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/login/", 301)])
def test_probes_alone_may_ask_over_plain_http(
    path: str, status: int, client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == status

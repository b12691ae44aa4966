from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.urls("tests.slotwatch.pages")


def views(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        else:
            yield pattern


def test_a_page_sends_a_visitor_to_sign_in(client: Client) -> None:
    response = client.get("/page/?from=now-6h")

    assert response.status_code == 302
    assert response.headers["Location"] == "/login/?next=/page/%3Ffrom%3Dnow-6h"


@pytest.mark.django_db
def test_a_viewer_is_let_in(client: Client) -> None:
    client.force_login(User.objects.create(username="viewer"))

    assert client.get("/page/").content == b"seen"


def test_a_visitor_may_look_where_that_is_public(client: Client, settings: Settings) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert client.get("/page/").content == b"seen"
    assert client.head("/page/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_visitor_may_not_change_anything_even_there(
    method: str, client: Client, settings: Settings
) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    response = getattr(client, method)("/page/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")


def test_a_fragment_sends_its_whole_page_to_sign_in(client: Client) -> None:
    response = client.get(
        "/page/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/s/nightly/?tz=local"},
    )

    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == "/login/?next=/s/nightly/%3Ftz%3Dlocal"


def test_a_fragments_foreign_page_is_not_returned_to(client: Client) -> None:
    response = client.get(
        "/page/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
    )

    assert response.headers["HX-Redirect"] == "/login/?next=/"


def test_only_these_addresses_are_open_to_anybody() -> None:
    open_views = [
        pattern.name
        for pattern in views(get_resolver("slotwatch.urls").url_patterns)
        if not getattr(pattern.callback, "login_required", True)
    ]

    assert open_views == ["healthz", "readyz", "login"]


POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize("path", ["/page/", "/healthz", "/nothing-here/"])
def test_every_answer_carries_the_strict_policy(path: str, client: Client) -> None:
    header = client.get(path).headers["Content-Security-Policy"]

    assert dict(part.split(" ", 1) for part in header.split("; ")) == POLICY

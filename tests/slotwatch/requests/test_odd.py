"""Whatever a stranger writes into a request: 400 or 404, a short log, and never a failure."""

import io
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from scheduler.models import Service
from slotwatch.logs import BoundedFormatter

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/login/",
    "/password/",
    "/history/",
    "/history/summary/",
    "/history/tail/",
    "/history/runners/",
    "/history/export.csv",
    "/s/service-1/",
    "/s/service-1/cycles/",
    "/s/service-1/cycles/2026-03-14T12:00:00Z/",
    "/s/service-1/past/",
    "/s/service-1/history/",
    "/s/service-1/blocked/",
    "/s/service-1/blocked/runners/",
    "/s/service-1/runners/",
    "/s/service-1/runners/a/",
    "/s/service-1/executions/a/",
    "/nothing/",
)
ODD = (
    "a/" * 250,
    "../" * 500,
    "\0",
    "a\0b",
    "‮",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    "9" * 5_000,
    "-" + "9" * 400,
    "1e999",
    "nan",
    "now-" + "9" * 30 + "d",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "[" * 2_000,
    "%" * 500,
    "é" * 2_000,
)
PARAMETERS = (
    "tz", "from", "to", "at", "t", "q", "known", "known_past", "strip", "selected", "lanes",
    "runner", "status", "reason", "origin", "min", "max", "longer", "shorter", "cycle",
    "cycle_start", "run", "run_id", "sort", "page", "after", "before", "service", "through",
    "bars", "next", "seen", "show", "kind",
)  # fmt: skip
READABLE = {200, 204, 302, 400, 404}


@pytest.fixture(params=["signed in", "visitor"])
def who(request: pytest.FixtureRequest, make_service: Callable[[], Service]) -> Client:
    make_service()
    client = Client()
    if request.param == "signed in":
        client.force_login(get_user_model().objects.create_user("viewer", password="x"))
    return client


@pytest.fixture
def viewer(make_service: Callable[[], Service]) -> Client:
    make_service()
    client = Client()
    client.force_login(get_user_model().objects.create_user("viewer"))
    return client


@pytest.mark.parametrize("zone", ["a/" * 250, "a/" * 20_000, "x" * 60_000, "/etc/passwd", "Europe"])
@pytest.mark.parametrize("path", ["/", "/login/", "/nothing/", "/s/service-1/", "/healthz"])
def test_a_zone_that_is_none_is_refused_shortly(path: str, zone: str, who: Client) -> None:
    answer = who.get(path, {"tz": zone})

    assert answer.status_code == 400
    assert f"“{zone[:20]}" in answer.content.decode()
    assert len(answer.content) < 20_000


@pytest.mark.parametrize("path", ["/", "/login/", "/nothing/", "/s/service-1/", "/history/"])
def test_too_many_parameters_are_refused(path: str, who: Client) -> None:
    query = "&".join(f"p{number}=1" for number in range(1_001))

    assert who.get(f"{path}?{query}").status_code == 400


def test_too_many_fields_of_a_form_are_refused(who: Client) -> None:
    fields = {f"p{number}": "1" for number in range(1_001)}

    assert who.post("/s/service-1/blocked/acknowledge/", fields).status_code in (302, 400)
    assert Client().post("/login/", fields).status_code == 400


def test_an_unreadable_address_of_a_foreign_host_is_refused(who: Client) -> None:
    query = "&".join(f"p{number}=1" for number in range(1_001))

    assert who.get(f"/?{query}", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_no_parameter_makes_a_page_fail(path: str, viewer: Client) -> None:
    # Each with another one on each page, and each odd value in all of them at once.
    lease = PAGES.index(path)
    asked = [
        f"{name}={quote(ODD[(number + lease) % len(ODD)])}"
        for number, name in enumerate(PARAMETERS)
    ]
    asked += ["&".join(f"{name}={quote(odd)}" for name in PARAMETERS[1:]) for odd in ODD[::4]]

    failed = []
    for query in asked:
        answer = viewer.get(f"{path}?{query}")
        # An export gives its place back when all of it is read.
        answer.getvalue()
        if answer.status_code not in READABLE:
            failed.append((query[:80], answer.status_code))

    assert failed == []


BEFORE = (
    "/",
    "/s/",
    "/s/service-1/",
    "/static/",
    "/s/service-1/runners/",
    "/s/service-1/executions/",
    "/s/service-1/cycles/",
    "/history/",
)


@pytest.mark.parametrize("before", BEFORE)
def test_no_path_makes_the_server_fail(before: str, who: Client) -> None:
    paths = [f"{before}{quote(odd)}{end}" for odd in ODD for end in ("", "/")]

    assert {who.get(path).status_code for path in paths} <= READABLE | {301}


FORMAT: dict[str, Any] = project.LOGGING["formatters"]["line"]  # type: ignore[index]
HEADERS = (
    ("HX-Current-URL", "http://["),
    ("HX-Current-URL", "http://testserver/?" + "&".join("a=1" for _ in range(1_001))),
    ("HX-Current-URL", "http://testserver:99999999/"),
    ("HX-Current-URL", "\\x00"),
    ("HX-Current-URL", "http://testserver/?tz=" + "a/" * 250),
    ("HX-Target", "é" * 1_000),
    ("HX-Trigger", "[" * 1_000),
    ("Triggering-Event", "[" * 5_000),
    ("Referer", "http://["),
    ("Origin", "http://["),
    ("Accept-Language", "x-" * 5_000),
    ("Accept-Encoding", ";q=" * 100),
    ("If-Modified-Since", "nonsense"),
    ("If-None-Match", '"' * 100),
    ("Range", "bytes=9-1"),
    ("Cookie", "; " * 1_000),
    ("Cookie", 'sessionid="\\000aaaaaaaaaaaa"'),
    ("Cookie", "sessionid=" + "a" * 6_000),
    ("Cookie", "messages=x; csrftoken=é; slotwatch_zone=a/a/a; slotwatch_times=local"),
    ("Cookie", "slotwatch_times=local; slotwatch_zone=" + "a/" * 250),
    ("Cookie", 'slotwatch_times=local; slotwatch_zone="\\000"; slotwatch_theme="\\012"'),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=nonsense"),
    ("Content-Length", "many"),
    ("X-Forwarded-For", "," * 100),
    ("X-Forwarded-Host", "http://["),
)


@pytest.mark.parametrize("htmx", ["true", "false"])
def test_no_header_makes_a_page_fail(htmx: str, who: Client) -> None:
    answers = [
        (name, value[:30], ask(path, {}, headers={"HX-Request": htmx, name: value}).status_code)
        for name, value in HEADERS
        for path in ("/", "/login/")
        for ask in (who.get, who.post)
    ]

    assert [each for each in answers if each[2] not in READABLE | {405, 429}] == []


@pytest.mark.parametrize("address", ["http://[", "http%3A%2F%2F%5B"])
def test_an_address_of_a_page_that_is_none_counts_as_absent(address: str) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Current-URL": address,
        "HX-Current-URL-URI-AutoEncoded": "true",
    }

    answer = Client().get("/", headers=headers)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/login/?next=/")


@pytest.mark.parametrize("host", ["[", "a b", "evil.example", "x" * 1_000])
def test_an_odd_host_is_refused(host: str, who: Client, settings: Settings) -> None:
    assert who.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "text/plain"])
def test_an_odd_body_is_no_failure(content_type: str, who: Client) -> None:
    for path in ("/login/", "/s/service-1/blocked/acknowledge/", "/logout/"):
        answer = who.post(path, b"\xff\0--x\r\n\r\n", content_type=content_type)

        assert answer.status_code in READABLE | {403}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/nothing/", 404),
        ("/s/nothing/", 404),
        ("/?tz=x", 400),
        ("/s/service-1/runners/%00/", 400),
        ("/logout/", 405),
        ("/s/service-1/blocked/acknowledge/", 303),
        ("/password/", 404),
    ],
)
def test_nobody_keeps_what_a_signed_in_user_sees(path: str, status: int, viewer: Client) -> None:
    answer = viewer.get(path)

    assert answer.status_code == status
    assert "no-store" in answer["Cache-Control"]


def test_nor_what_they_may_not_do_or_what_failed(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = viewer.post("/s/service-1/blocked/acknowledge/")
    monkeypatch.delattr("dashboard.overview.views.service_overviews")
    viewer.raise_request_exception = False
    failed = viewer.get("/")

    assert (refused.status_code, failed.status_code) == (403, 500)
    assert "no-store" in refused["Cache-Control"]
    assert "no-store" in failed["Cache-Control"]


def test_nor_a_form_that_was_too_old(viewer: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = viewer.cookies

    answer = strict.post("/logout/")

    assert answer.status_code == 403
    assert "no-store" in answer["Cache-Control"]


def test_static_files_are_kept(viewer: Client, settings: Settings) -> None:
    settings.WHITENOISE_USE_FINDERS = True

    answer: Any = viewer.get("/static/dashboard/web/page.css")

    assert b"".join(answer.streaming_content)
    assert "no-store" not in answer["Cache-Control"]


def test_a_line_of_the_log_stays_short() -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    settings = FORMAT
    handler.setFormatter(BoundedFormatter(settings["format"], style=settings["style"]))
    logger = logging.getLogger("tests.odd_requests")
    logger.addHandler(handler)

    def deep(levels: int) -> None:
        if not levels:
            raise ValueError("x" * 50_000)
        other(levels - 1)

    def other(levels: int) -> None:
        deep(levels)

    try:
        deep(150)
    except ValueError:
        logger.exception("Bad Request: %s", "a/" * 50_000)

    logger.removeHandler(handler)
    text = lines.getvalue()
    assert len(text) < 13_000
    assert "ERROR tests.odd_requests: Bad Request: a/a/" in text
    assert "in test_a_line_of_the_log_stays_short" in text


def test_the_project_logs_with_it() -> None:
    assert FORMAT["()"] == "slotwatch.logs.BoundedFormatter"

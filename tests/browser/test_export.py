"""Exports in a browser, and over a connection that is cut."""

import csv
import re
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connection
from playwright.sync_api import Page, Route, expect

from bench.export import history
from scheduler.models import Execution, Service
from tests.browser.conftest import Server
from tests.conftest import eventually

OpenPage = Callable[..., Page]
HISTORY = "/s/service-1/history/"
# All of time: the last day is meant where an address names none.
LONG_EXPORT = "/s/long/history/export.csv?to=now"
SAID = "[data-export-said]"
LINE = "[data-export-line]"


@pytest.fixture
def started(fleet: Service, owner_starts: Callable[[], str]) -> str:
    """One run of the fleet, which goes on."""
    return owner_starts()


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def test_what_is_seen_is_saved(open_page: OpenPage, started: str) -> None:
    page = open_page(f"{HISTORY}?status=running", wait=False)

    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()

    # No time was asked for: what is seen, and saved, is of the last 24 hours.
    name = r"service-1_history_from-\d{8}T\d{6}Z_exported-\d{8}T\d{6}Z\.csv"
    assert re.fullmatch(name, download.value.suggested_filename)
    assert [row["atomic_service_run_id"] for row in rows_in(download.value.path())] == [started]
    expect(page.locator(SAID)).to_have_text("Saved 1 row, 1 kB.")
    expect(page.locator("[data-export-cancel]")).to_be_hidden()


def test_without_scripts_the_links_download(open_page: OpenPage, started: str) -> None:
    page = open_page(f"{HISTORY}?status=running", wait=False, java_script_enabled=False)

    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()

    assert [row["atomic_service_run_id"] for row in rows_in(download.value.path())] == [started]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("CSV", 'run,note\r\na,"two\nlines"\r\nb,\r\nINCOMPLETE: an error,,,"'),
        ("NDJSON", '{"run":"a"}\n{"run":"\\"b\\""}\n{"error":"INCOMPLETE: an error'),
    ],
)
def test_what_was_cut_off_is_not_saved(
    open_page: OpenPage, started: str, form: str, body: str
) -> None:
    page = open_page(HISTORY, wait=False)
    saved: list[object] = []
    page.on("download", lambda download: saved.append(download))
    page.route("**/export.*", lambda route: route.fulfill(body=body))

    page.get_by_role("link", name=f"Export as {form}").click()

    expect(page.locator(SAID)).to_have_text("Cut off after 2 rows: nothing was saved. Try again.")
    assert saved == []


def test_a_server_that_is_away_is_said(open_page: OpenPage, started: str) -> None:
    page = open_page(HISTORY, wait=False)
    page.route("**/export.*", lambda route: route.abort())

    page.get_by_role("link", name="Export as CSV").click()

    expect(page.locator(LINE)).to_have_text("Can't reach Slotwatch: nothing was saved. Try again.")


def test_an_export_can_be_cancelled(open_page: OpenPage, started: str) -> None:
    page = open_page(HISTORY, wait=False)
    held: list[Route] = []
    page.route("**/export.*", lambda route: held.append(route))
    page.get_by_role("link", name="Export as CSV").click()
    expect(page.locator(LINE)).to_contain_text("Waiting for the first rows")

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(LINE)).to_have_text("Cancelled: nothing was saved.")


def is_nothing_open() -> bool:
    """Whether no other connection has a transaction, or reads."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # It empties the log only where nobody reads an older state.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return bool(cursor.fetchone()[0] == 0)
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        )
        return bool(cursor.fetchone()[0] == 0)


@pytest.mark.django_db(transaction=True)
def test_a_stalled_and_then_cut_connection_leaves_nothing_open(server: Server) -> None:
    """Its 20 MB are more than the buffers between server and client hold."""
    history(60_000)
    # More of them than the server has threads: each is given back.
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            client.sendall(f"GET {LONG_EXPORT} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")

            eventually(is_nothing_open)

            # A writer goes on beside it.
            assert Execution.objects.filter(service__slug="long", status="blocked").update(
                attempts=2
            )

    eventually(is_nothing_open)
    with urlopen(server.url(LONG_EXPORT), timeout=60) as response:
        assert response.read().count(b"\n") == 60_001

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from dashboard.blocked.query import BLOCKED as BLOCKS
from dashboard.history.lists import HISTORY as EXECUTIONS
from scheduler.history import exports
from scheduler.history.export_columns import NAMES
from scheduler.models import DerivedBlock, Runner, Service
from tests.conftest import after
from tests.dashboard.conftest import Story

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HISTORY = "/s/service-1/history/export.csv"
BLOCKED = "/s/service-1/blocked/export.csv"


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def test_the_history_is_a_file(viewer: Client, story: Story) -> None:
    response = viewer.get(HISTORY)

    newest, refused, oldest = rows_of(response)
    assert list(newest) == list(NAMES)
    assert [row["status"] for row in (newest, refused, oldest)] == [
        "blocked",
        "running",
        "completed",
    ]
    assert newest["attempts"] == "3"
    assert refused["ended_at"] == refused["duration_seconds"] == ""
    assert oldest["atomic_service_run_id"] == story.completed
    assert oldest["started_at"] == "2026-03-14T12:00:02.000000Z"
    # From 2 s to 6 s.
    assert oldest["duration_seconds"] == "4.000000"
    assert response["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response["Content-Disposition"] == (
        'attachment; filename="service-1_history_from-20260313T120025Z_'
        'exported-20260314T120025Z.csv"'
    )
    assert "no-store" in response["Cache-Control"]


def test_ndjson_is_the_same(viewer: Client, story: Story) -> None:
    response: Any = viewer.get("/s/service-1/history/export.ndjson")

    lines = b"".join(response.streaming_content).decode().splitlines()
    told = [json.loads(line)["atomic_service_run_id"] for line in lines]
    assert told == [row["atomic_service_run_id"] for row in rows_of(viewer.get(HISTORY))]
    assert response["Content-Type"] == "application/x-ndjson; charset=utf-8"


def test_a_browser_gets_it_compressed(viewer: Client, story: Story) -> None:
    packed: Any = viewer.get(HISTORY, headers={"accept-encoding": "gzip, br"})
    plain: Any = viewer.get(HISTORY, headers={"accept-encoding": "identity"})

    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in packed["Vary"]
    assert "Accept-Encoding" in plain["Vary"]
    assert gzip.decompress(b"".join(packed)) == b"".join(plain)


def test_it_is_filtered_and_sorted_as_its_page_and_whole(viewer: Client, story: Story) -> None:
    asked = "?status=completed&status=running&sort=started_at&limit=1&cursor=of+a+page"

    response = viewer.get(HISTORY + asked)

    told = [row["atomic_service_run_id"] for row in rows_of(response)]
    assert told == [story.completed, story.running]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("?from=2026-03-14T12:00Z", "from-20260314T120000Z"),
        ("?to=2026-03-14T12:00Z", "until-20260314T120000Z"),
        ("?from=2026-03-14T11:00Z&to=2026-03-14T12:00Z", "20260314T110000Z-20260314T120000Z"),
    ],
)
def test_its_name_tells_the_range(viewer: Client, story: Story, asked: str, named: str) -> None:
    name = viewer.get(HISTORY + asked)["Content-Disposition"]

    assert f"service-1_history_{named}_exported-20260314T120025Z.csv" in name


def test_all_services_are_in_one_file(
    viewer: Client, story: Story, make_service: Callable[..., Service]
) -> None:
    make_service()

    response = viewer.get("/history/export.csv")

    assert {row["service"] for row in rows_of(response)} == {"service-1"}
    assert "all-services_history_" in response["Content-Disposition"]


def test_blocks_are_told_with_those_that_were_derived(viewer: Client, story: Story) -> None:
    DerivedBlock.objects.create(
        service=story.service,
        runner=Runner.objects.get(runner_id="c"),
        cycle_start=after(-60),
        started_at=after(-20),
        ended_at=after(0),
        reason="late_start",
        runner_position=2,
        stable_runner_count=3,
    )

    recorded, derived = rows_of(viewer.get(BLOCKED))

    assert (recorded["origin"], recorded["reason"]) == ("claimed", "prior_running")
    assert (derived["origin"], derived["status"]) == ("derived", "blocked")
    assert derived["duration_seconds"] == derived["attempts"] == ""
    assert derived["ended_at"] == "2026-03-14T12:00:00.000000Z"
    assert [row["origin"] for row in rows_of(viewer.get(f"{BLOCKED}?origin=derived"))] == [
        "derived"
    ]


def test_blocks_are_those_of_the_last_day_as_on_their_page(viewer: Client, story: Story) -> None:
    DerivedBlock.objects.create(
        service=story.service,
        runner=Runner.objects.get(runner_id="c"),
        cycle_start=after(-90_060),
        started_at=after(-90_000),
        ended_at=after(-89_990),
        reason="late_start",
        runner_position=2,
        stable_runner_count=3,
    )

    assert [row["origin"] for row in rows_of(viewer.get(BLOCKED))] == ["claimed"]
    assert len(rows_of(viewer.get(f"{BLOCKED}?to=now"))) == 2


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{HISTORY}?status=odd", "status=odd is not known"),
        (f"{HISTORY}?origin=derived", "origin=derived is not known"),
        (f"{HISTORY}?runner_id=nobody", "No runner “nobody” is known"),
        (f"{BLOCKED}?sort=duration_seconds", "sort=duration_seconds is not an order of blocks"),
        (f"{BLOCKED}?status=completed", "status=completed finds no blocks"),
    ],
)
def test_what_could_not_be_asked_for_is_said(
    viewer: Client, story: Story, path: str, said: str
) -> None:
    response = viewer.get(path)

    assert response.status_code == 400
    assert said in response.text


def test_an_unknown_service_is_said(viewer: Client) -> None:
    assert viewer.get(HISTORY).status_code == 404


def test_an_unknown_format_is_no_address(viewer: Client, story: Story) -> None:
    assert viewer.get("/s/service-1/history/export.xls").status_code == 404


@pytest.mark.parametrize("path", [HISTORY, BLOCKED, "/history/export.ndjson"])
def test_a_visitor_signs_in_first(anonymous: Client, story: Story, path: str) -> None:
    response = anonymous.get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")


def test_what_fails_at_once_is_an_error_page(
    viewer: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise OSError("the database is gone")

    monkeypatch.setattr(exports, "heads", gone)
    viewer.raise_request_exception = False

    assert viewer.get(HISTORY).status_code == 500


def test_what_fails_on_the_way_does_not_look_whole(
    viewer: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> Iterator[Any]:
        yield from real(*_, **__)
        raise OSError("the database is gone")

    real = exports.export_batches
    monkeypatch.setattr("dashboard.exports.views.export_batches", failing)

    response: Any = viewer.get(HISTORY)

    read: list[bytes] = []
    with pytest.raises(OSError, match="the database is gone"):
        read.extend(response)
    assert b"INCOMPLETE: an error of the server cut this off after 3 rows." in b"".join(read)


def test_links_carry_the_query_of_the_page() -> None:
    links = EXECUTIONS.exports("service-1", "?status=blocked")
    assert links.csv_url == "/s/service-1/history/export.csv?status=blocked"
    assert links.ndjson_url == "/s/service-1/history/export.ndjson?status=blocked"
    assert EXECUTIONS.exports("", "").csv_url == "/history/export.csv"
    assert BLOCKS.exports("a", "").csv_url == "/s/a/blocked/export.csv"

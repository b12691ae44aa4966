"""A filter is one row of a table, and no page shows more because something has not heard of it."""

import csv
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from dashboard.blocked import query as blocked_query
from dashboard.blocked import words
from dashboard.history import filter_bar, filters, query
from dashboard.history.filter_kinds import Address, Single, Told
from dashboard.web.choices import WrongChoice
from scheduler.cycles.summaries import keep_summaries
from scheduler.history import samples
from scheduler.history.filters import HistoryFilter
from scheduler.models import Execution, Service
from tests.conftest import after
from tests.dashboard.blocked.blocking import block, derived
from tests.scheduler.history.rows import MadeUp

pytestmark = pytest.mark.django_db
ASKED = "?attempts=3&to=now"
MEANT = 3


class Attempts(Single):
    def told(self, value: str, address: Address) -> Told:
        if not value.isdecimal():
            raise WrongChoice(f"attempts={value} is no number", "Write attempts=3.", self.name)
        return Told({self.field: int(value)}, (value,))


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = Attempts("attempts", "Attempts", "attempts", "Run")
    for module in (filter_bar, query, blocked_query, words):
        monkeypatch.setattr(module, "FILTERS", (*filters.FILTERS, made_up))
    monkeypatch.setitem(query._ORDER, made_up.name, -1)
    monkeypatch.setattr(query, "HistoryFilter", MadeUp)


@pytest.fixture
def rows(service: Service, set_clock: Callable[[datetime], None]) -> None:
    """Of runs and of blocks, each with one or three attempts; derived blocks; and summaries."""
    for number in range(MEANT):
        at = 60.0 * number
        for attempts in (1, 3):
            block(service, at + attempts, attempts=attempts)
            ended: dict[str, Any] = {"status": "completed", "ended_at": after(at + 20 + attempts)}
            block(service, at + 10 + attempts, "", attempts=attempts, **ended)
        derived(service, at + 40)
    set_clock(after(3_600))
    while keep_summaries(service, now=after(3_600)).written:
        pass


def page_of(client: Client, address: str) -> Any:
    response = client.get(address, headers={"HX-Request": "true"} if "summary" in address else {})
    assert response.status_code == 200
    return response.context["page"]


def lines_of(client: Client, address: str) -> list[dict[str, str]]:
    response: Any = client.get(address)
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("sort", ["", "&sort=started_at", "&sort=duration_seconds"])
@pytest.mark.parametrize("part", ["", "tail/"])
def test_the_history_lists_what_is_meant(viewer: Client, part: str, sort: str) -> None:
    page = page_of(viewer, f"/s/service-1/history/{part}{ASKED}{sort}")

    runs = set(Execution.objects.filter(attempts=3).values_list("run_id", flat=True))
    assert {row.run_id for row in page.rows} == runs
    assert "attempts=3" in page.summary_url
    assert "attempts=3" in page.export.csv_url


@pytest.mark.usefixtures("rows")
def test_totals_and_chart_count_what_is_meant(viewer: Client) -> None:
    page = page_of(viewer, f"/s/service-1/history/summary/{ASKED}")

    assert page.totals.number == str(2 * MEANT)
    assert bars(page) == 2 * MEANT


@pytest.mark.usefixtures("rows")
def test_summaries_do_not_fill_up_the_chart(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE", 3)

    every = page_of(viewer, "/s/service-1/history/summary/?to=now")
    asked = page_of(viewer, f"/s/service-1/history/summary/{ASKED}")

    assert every.summed_since is not None
    assert bars(every) == 4 * MEANT
    assert asked.summed_since is None
    assert bars(asked) == int(asked.totals.counted) < 2 * MEANT


def bars(page: Any) -> int:
    return sum(sum(each["y"]) for each in page.chart.figure["data"] if each["type"] == "bar")


@pytest.mark.usefixtures("rows")
def test_the_audit_counts_what_is_meant(viewer: Client) -> None:
    page = page_of(viewer, f"/s/service-1/blocked/{ASKED}")

    assert len(page.blocks.rows) == MEANT
    assert page.reasons.derived == 0
    assert page.sentence.what.startswith(f"{MEANT} blocks")
    assert sum(sum(each["y"]) for each in page.reasons.figure["data"]) == MEANT
    assert all("attempts=3" in each.href for each in page.reasons.groups)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("kind", "lines"), [("history", 2 * MEANT), ("blocked", MEANT)])
def test_an_export_has_what_is_meant(viewer: Client, kind: str, lines: int) -> None:
    found = lines_of(viewer, f"/s/service-1/{kind}/export.csv{ASKED}")

    assert [each["attempts"] for each in found] == ["3"] * lines


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("page", ["history", "blocked"])
def test_it_has_its_field_and_its_chip(viewer: Client, page: str) -> None:
    html = viewer.get(f"/s/service-1/{page}/{ASKED}").content.decode()
    wrong = viewer.get(f"/s/service-1/{page}/?attempts=few").content.decode()

    assert 'name="attempts"' in html
    assert '<span class="muted">Attempts</span> <bdi>3</bdi>' in html
    assert "attempts=few is no number" in wrong.partition('id="error-attempts"')[2]


def test_every_field_is_asked_by_one_filter() -> None:
    asked = [each.field for each in filters.FILTERS]

    # A cycle is asked for by its start.
    assert sorted([*asked, "began_until"]) == sorted(each.name for each in fields(HistoryFilter))


def test_every_filter_has_its_place_on_the_form() -> None:
    assert {each.legend for each in filters.FILTERS} == {
        legend for legends in filters.LEGENDS for legend in legends
    }

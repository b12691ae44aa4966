"""No page shows a character that can't be seen or that moves its neighbours, whoever told it."""

import json
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from re import findall
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import resolve

from dashboard.urls import urlpatterns
from scheduler.blocks.acknowledgements import acknowledge, undo
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.intake.sources import SourceAddress, require_source, tell_notices
from scheduler.models import Execution, Service, ServiceMode
from scheduler.retention.archive import archive
from tests.conftest import after

pytestmark = pytest.mark.django_db

HIDDEN = "\u202e\u200b\u2066"
LIVE = "/s/service-1/"
HERE = quote(HIDDEN)
# What no link leads to.
ALONE = (
    *("/archived/", "/glossary/", f"{LIVE}settings/", f"{LIVE}past/", f"{LIVE}history/tail/"),
    *(f"{LIVE}history/runners/?q=a{HERE}", f"{LIVE}blocked/runners/?q=a{HERE}"),
    *("/history/tail/", "/history/summary/", f"{LIVE}cycles/", f"/history/runners/?q={HERE}"),
    *(f"{LIVE}runners/?q={HERE}", f"{LIVE}?runner_id={HERE}&runner_id=a{HERE}"),
)
# Wrong in every way that an address can be.
WRONG = (
    *(f"/s/{HERE}/", f"{LIVE}runners/{HERE}/", f"{LIVE}executions/{HERE}/", f"/{HERE}/"),
    *(f"{LIVE}cycles/{HERE}/", f"{LIVE}cycles/?at={HERE}", f"{LIVE}?runner_id={HERE}"),
    *(
        f"{path}?{name}={HERE}{more}"
        for path in ("/history/", f"{LIVE}history/", f"{LIVE}blocked/")
        for name in ("runner_id", "status", "origin", "from", "cycle_start", "min_duration_seconds")
        for more in ("", f"&{name}=b{HERE}")
    ),
    *(f"{LIVE}history/?{name}={HERE}" for name in ("sort", "limit", "cursor", "acknowledged")),
    *(f"{LIVE}{name}={HERE}" for name in ("?lanes", "?page", "?size", "runners/?sort", "past/?h")),
)
# What a form sends back, a button copies, or a script looks up has the text as it was told; and a
# field whose text could not be told from another's would be worse than one that is read backwards.
TRUE_ATTRIBUTES = ("value", "data-copy", "data-run", "data-runner", "id")
TRUE_KEYS = ("runners", "executions", "id", "run_id", "runner_id", "uirevision")


def hidden(name: str) -> str:
    return f"{name}{HIDDEN}x"


@pytest.fixture
def told(make_service, set_clock):
    """An observed service, of which every text has what can't be seen; and an archived one."""
    service = make_service(ServiceMode.OBSERVED, dead_after_seconds=30.0)
    gone = make_service()
    Service.objects.update(name=hidden("name"))
    beats = [
        HeartbeatReport(
            runner_id=hidden(name),
            at=after(at),
            host=hidden("host") if name != "c" else "",
            pid=1,
            runner_time=after(at + 45),
            round_trip_seconds=0.1,
        )
        for name in "abc"
        for at in (0, 20, 40, 60)
    ]
    runs = [
        ExecutionReport(
            run_id=hidden(f"run-{name}-{status}-{at}"),
            runner_id=hidden(name),
            status=status,
            started_at=after(at),
            ended_at=None if status is Status.RUNNING else after(at + 3),
            reason=f"{hidden('reason')}: {hidden('detail')}",
        )
        for name, status, at in (
            *(("a", Status.ABANDONED, 5), ("b", Status.BLOCKED, 10), ("c", Status.BLOCKED, 30)),
            *(("b", Status.COMPLETED, 21), ("a", Status.RUNNING, 62), ("c", Status.RUNNING, 63)),
            *(("a", Status.BLOCKED, 64), ("b", Status.BLOCKED, 65)),
        )
    ]
    source = SourceAddress(kind="pynenc", app_id=hidden("app"), store=hidden("store"))
    require_source(service, source, at=after(0))
    for at in (0, 20, 40, 66):
        watched(service, hidden("collector"), at=after(at), good_for_seconds=30)
    report(service, heartbeats=beats, executions=runs, now=after(66))
    tell_notices(service, [hidden("A notice")], at=after(66))
    keep_summaries(service, now=after(66))
    for name in ("b", "c"):
        rows = Execution.objects.filter(runner__runner_id=hidden(name))
        done = acknowledge(
            service,
            executions=rows,
            seen=None,
            by=hidden("actor"),
            note=hidden("note"),
            now=after(67),
        )
    undo(done, by=hidden("other"), now=after(68))
    archive(gone, by=hidden("keeper"), now=after(68))
    set_clock(after(70))
    return service


@pytest.fixture
def reader(db: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(
        get_user_model().objects.create_superuser(hidden("kim"), password="so long a word")
    )
    return client


class Shown(HTMLParser):
    """Every text that a page shows, with where it does."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self.is_json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_json = tag == "script"
        self.texts += [
            (f"{tag}[{name}]", value)
            for name, value in attrs
            if value and name not in TRUE_ATTRIBUTES
        ]

    def handle_endtag(self, tag: str) -> None:
        self.is_json = False

    def handle_data(self, data: str) -> None:
        self.texts += (
            [("json", each) for each in strings(json.loads(data))]
            if self.is_json and data.strip()
            else [(f"text: {self.get_starttag_text()}", data)]
        )


def strings(value: Any) -> Iterator[str]:
    """The strings of JSON; not the ids that scripts look up."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        yield from value
        for key, each in value.items():
            if key == "customdata":
                # Of several, the first is shown; the others are for the scripts.
                each = [point[0] if isinstance(point, list) else point for point in each]
            if key not in TRUE_KEYS:
                yield from strings(each)


def shown_hidden(html: str) -> list[tuple[str, str]]:
    """Where a page shows one, or its source has one that is not written as a reference."""
    page = Shown()
    page.feed(html)
    page.close()
    texts = [*page.texts, *(("source", line) for line in html.splitlines())]
    return [each for each in texts if any(character in each[1] for character in HIDDEN)]


def name_of(path: str) -> str:
    return resolve(path.partition("?")[0]).url_name or ""


def pages_from(client: Client, first: str) -> Iterator[tuple[str, str]]:
    """Address and HTML of pages that lead from one to the next: some of each kind."""
    waiting, seen, number = [first, *ALONE], set(), Counter[str]()
    while waiting:
        path = waiting.pop(0).partition("#")[0]
        if path in seen or not path.startswith("/") or path.startswith(("/static/", "/login/")):
            continue
        seen.add(path)
        name = name_of(path)
        number[name] += 1
        if number[name] > 4 or name.endswith("_export"):
            continue
        answer = client.get(path, follow=True)
        assert answer.status_code == 200, path
        html = answer.content.decode()
        yield path, html
        waiting += [urljoin(path, unescape(href)) for href in findall(r'href="([^"]*)"', html)]


def test_no_page_of_the_service_shows_one(reader: Client, told: Service) -> None:
    visited, found = set(), {}
    for path, html in pages_from(reader, "/"):
        visited.add(name_of(path))
        if shown := shown_hidden(html):
            found[path] = shown

    assert found == {}
    only_posts = {"acknowledge", "undo"}
    names = {each.name or "" for each in urlpatterns} - only_posts
    assert {name for name in names if not name.endswith("_export")} <= visited


def test_no_page_of_an_error_shows_one(reader: Client, told: Service) -> None:
    answers = {path: reader.get(path, follow=True) for path in WRONG}

    assert [path for path, answer in answers.items() if answer.status_code >= 500] == []
    found = {path: shown_hidden(each.content.decode()) for path, each in answers.items()}
    assert {path: shown for path, shown in found.items() if shown} == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "rename", "name": hidden("new")},
        {"action": "rename", "name": hidden("x" * 300)},
        {"action": "delete", "slug": hidden("service-1")},
        {"action": "delete", "slug": "service-1"},
        {"action": "archive"},
        {"action": hidden("x")},
    ],
)
def test_no_answer_to_a_form_shows_one(reader: Client, told: Service, fields) -> None:
    answer = reader.post(f"{LIVE}settings/", fields, follow=True)

    assert answer.status_code < 500
    assert shown_hidden(answer.content.decode()) == []

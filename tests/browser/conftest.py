"""A real browser, and a real server in a process of its own on the database under test."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    sync_playwright,
)

from bench.chromium import launch_chromium
from scheduler.db import clock
from scheduler.intake.claims import claim
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.server import Server as Server  # the tests of this folder take it from here

# Neither on UTC nor in a zone that any test shows: what takes the browser's own zone is wrong here.
BROWSER_ZONE = "America/St_Johns"
OWN_ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"
WEEK_IN_MINUTES = 7 * 24 * 60
TWO_WEEKS = timedelta(days=14)


def long_interval_minutes() -> float:
    """An interval of about a week whose present cycle neither began nor ends near today.

    Cycles are counted from 1970, so the length of one decides how far into it we are: two fifths
    of it. To whole minutes, three thousand roundings would add up to a seventh more or less.
    """
    since_1970 = clock.now().timestamp() / 60
    whole_cycles = since_1970 // WEEK_IN_MINUTES
    return round(since_1970 / (whole_cycles + 0.4), 2)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, in which Django refuses its database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = launch_chromium(playwright.chromium)
        yield browser
        browser.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def kept_servers() -> Iterator[dict[str, Server]]:
    """By the URL of their database. A server takes its time to start, and knows no test."""
    kept: dict[str, Server] = {}
    yield kept
    for each in kept.values():
        each.stop()


@pytest.fixture
def server(
    process_environment: dict[str, str],
    browser: Browser,
    kept_servers: dict[str, Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Server:
    database = process_environment["DATABASE_URL"]
    if database not in kept_servers:
        directory = tmp_path_factory.mktemp("server")
        own = {"SLOTWATCH_PUBLIC_VIEW": "on", "SLOTWATCH_DATA_DIR": str(directory)}
        kept_servers[database] = Server(process_environment | own)
    server = kept_servers[database]
    if not server.is_running:  # a test may have stopped it
        server.start()
    return server


@pytest.fixture
def open_page(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a path in a window of its own; a word on its console fails the test.

    ``wait``: until the chart is drawn. ``answer``: in place of the server. The rest are
    Playwright's options of a context; the browser lives in a zone that the page does not show.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # What the browser and htmx say of a server that is away is expected where a test stops it.
        away = "ERR_" in message.text or message.text.startswith("htmx:")
        if message.type in ("error", "warning") and not away:
            complaints.append(message.text)

    def open_path(
        path: str,
        *,
        wait: bool = True,
        clock: bool = False,
        answer: Callable[[Route], None] | None = None,
        **options: object,
    ) -> Page:
        usual = {"viewport": {"width": 1280, "height": 720}, "timezone_id": BROWSER_ZONE}
        context = browser.new_context(**(usual | options))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if clock:
            page.clock.install()
        if answer is not None:
            page.route(server.url(path), answer)
        page.goto(server.url(path))
        if options.get("java_script_enabled", True):
            shown = page.locator("html").get_attribute("data-zone") or "UTC"
            assert page.evaluate(OWN_ZONE) not in ("UTC", shown)
        if wait:
            page.wait_for_selector("#timeline .nsewdrag")
            page.wait_for_selector(".chart-tools:not([hidden])")
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def fleet(server: Server, make_service: Callable[..., Service]) -> Service:
    """Thirty runners whose cycle is about a week: it does not end in the middle of a test."""
    service = make_service(
        service_interval_minutes=long_interval_minutes(),
        dead_after_seconds=TWO_WEEKS.total_seconds(),
    )
    runners = [Beat(runner_id=f"worker-{number:02}") for number in range(30)]
    beat(service, *runners, now=clock.now() - TWO_WEEKS / 2)
    return service


@pytest.fixture
def owner_starts(fleet: Service) -> Callable[[], str]:
    """The runner whose turn it is starts a run; returns its run id."""

    def start() -> str:
        for number in range(30):
            execution = claim(fleet, f"worker-{number:02}").execution
            if execution is not None:
                return execution.run_id
        raise AssertionError("nobody's turn")

    return start

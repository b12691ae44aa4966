"""Pytest's part of a moved clock: moves the browser's, sets it back for each test of a run that is
in one minute, and notes which tests read a clock.

Loaded through PYTEST_PLUGINS by `tests.calendar` alone.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType

from scheduler.db import clock
from tests import postgresql
from tests.calendar.shift import (
    BEGINS_AT,
    NOTED_IN,
    SHIFT_FILE,
    follow,
    set_clock,
    set_shift,
    shift_seconds,
    unmoved,
)

# `Date` as pages use it, ahead of the real one.
_AHEAD = """(() => {
  const Real = Date;
  const now = () => Real.now() + %d;
  globalThis.Date = new Proxy(Real, {
    apply: () => new Real(now()).toString(),
    construct: (_, given, made) =>
      Reflect.construct(Real, given.length ? given : [now()], made),
    get: (real, name) => (name === "now" ? now : Reflect.get(real, name)),
  });
})();"""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Where every test begins at one instant, each worker has a clock of its own, and so a
    PostgreSQL that follows it: before anything asks for one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or BEGINS_AT not in os.environ:
        return
    own = Path(f"{os.environ[SHIFT_FILE]}-{worker}")
    set_shift(own, shift_seconds())
    follow(own)
    del os.environ[postgresql.VARIABLE]


def pytest_unconfigure() -> None:
    postgresql.stop()


@pytest.fixture(scope="session", autouse=True)
def browsers_ahead() -> Iterator[None]:
    """Every browser of the run starts under the real clock, and its pages see the moved one."""
    launch, new_context = BrowserType.launch, Browser.new_context

    def start(self: BrowserType, *, env: Mapping[str, str], **options: Any) -> Browser:
        return launch(self, env=unmoved(env), **options)

    def open_context(self: Browser, **options: Any) -> BrowserContext:
        context = new_context(self, **options)
        context.add_init_script(_AHEAD % (shift_seconds() * 1_000))
        return context

    with (
        mock.patch.object(BrowserType, "launch", start),
        mock.patch.object(Browser, "new_context", open_context),
    ):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Set the clock, where a test begins at a certain instant. Note the test, and how long it took,
    if it or a fixture of it read a clock."""
    if BEGINS_AT in os.environ and not _goes_on(item):
        set_clock(int(os.environ[BEGINS_AT]))
    # Of sessions and accounts, Django itself tells the time.
    readings: list[bool] = [True] if item.path.parent.name == "accounts" else []
    begun = time.monotonic()
    with _noting(readings):
        result = yield
    if readings and NOTED_IN in os.environ:
        # A line is one write: several workers append.
        with Path(os.environ[NOTED_IN]).open("a") as noted:
            noted.write(f"{time.monotonic() - begun:.3f} {item.nodeid}\n")
    return result


# The file of the test before.
_file_before: list[Path] = []


def _goes_on(item: pytest.Item) -> bool:
    """Whether the test lives with what an earlier one of its file has made: a demo, a server. Their
    clock does not jump."""
    is_next = _file_before == [item.path]
    _file_before[:] = [item.path]
    fixtures = item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
    return is_next and any(each.scope == "module" for defined in fixtures for each in defined)


@contextmanager
def _noting(readings: list[bool]) -> Iterator[None]:
    """Appends to `readings` where a clock is read, or a process started that has its own."""

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def read(*args: Any, **options: Any) -> Any:
            readings.append(True)
            return function(*args, **options)

        return read

    with (
        mock.patch.object(clock, "now", noted(clock.now)),
        mock.patch.object(subprocess.Popen, "__init__", noted(subprocess.Popen.__init__)),
    ):
        yield

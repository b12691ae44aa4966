"""The browser that tests and benchmarks drive: Debian's Chromium, without a screen."""

import os
import shutil

from playwright.sync_api import Browser, BrowserType

# The first that is there. Debian's shell without a screen is the same browser without its own
# windows, which take three times as long to open as a page of ours takes to be drawn.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    # As root it runs in no sandbox; what it opens is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_chromium(kind: BrowserType, *flags: str, **environment: str) -> Browser:
    """The browser, started with these flags and variables of its environment besides.

    Args:
        kind: Playwright's ``chromium``.

    Raises:
        SystemExit: none is there; says how to get one.
    """
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        raise SystemExit("No Chromium on PATH: scripts/programs.sh says how to get one.")
    variables: dict[str, str | float | bool] = {**os.environ, **environment}
    return kind.launch(executable_path=path, args=[*FLAGS, *flags], env=variables)

"""`make screenshots ARGS=DIRECTORY`: every page, at every width and in every mode, to be looked at.

Pages are found by following links from a running Slotwatch (a demo of its own, unless --url names
one). Beside the pictures there is a sheet of all pages for each width and mode.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import django
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from bench.chromium import launch_chromium
from tests.browser.tour import pages

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (360, 768, 1440, 2560)
HEIGHT = 900
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
}
# Pages that no link leads to.
OTHERS = ("/login/", "/nowhere/", "/s/nobody/", "/?tz=Nowhere", "/history/?run_id=none")
LONGEST = 3_000
SHEET_COLUMNS = 5
DRAWN = """() => ["timeline", "history-chart", "reasons-chart"].every((id) => {
  const chart = document.getElementById(id);
  return !chart || chart.querySelector(".plot-container");
})"""
DRAWN_WITHIN_MS = 5_000
TABLE_OF_PICTURES = """
<style>
  body {{ display: grid; grid-template-columns: repeat({columns}, 1fr); gap: 12px; margin: 12px; }}
  figure {{ margin: 0; font: 12px sans-serif; }}
  img {{ width: 100%; max-height: 900px; object-fit: cover; object-position: top; }}
</style>
{figures}
"""


def main() -> None:
    # Its demo ends with it, however it is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    arguments = _arguments()
    directory: Path = arguments.directory.resolve()
    if directory.is_relative_to(ROOT):
        sys.exit(f"{directory} is inside the repository: name a directory outside of it.")
    directory.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with _running(arguments.url, arguments.hours) as url, sync_playwright() as playwright:
        found = pages(lambda address: _html(url + address), "/", *OTHERS)
        browser = launch_chromium(playwright.chromium)
        for mode in arguments.modes:
            for width in arguments.widths:
                _shoot(browser, url, found, directory, width=width, mode=mode)
        browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make screenshots ARGS=…", description=__doc__)
    parser.add_argument("directory", type=Path, help="where to, outside of the repository")
    parser.add_argument("--url", help="a running Slotwatch that shows its pages to everybody")
    parser.add_argument("--hours", type=int, default=24, help="of history in the demo")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    return parser.parse_args()


@contextmanager
def _running(url: str | None, hours: int) -> Iterator[str]:
    """The address of the Slotwatch to look at; a demo lives as long as it is looked at."""
    if url:
        yield url.rstrip("/")
        return
    with tempfile.TemporaryDirectory(prefix="slotwatch-screenshots-") as data:
        demo = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", "0", "--hours", str(hours)],
            cwd=ROOT,
            env=os.environ
            | {"SLOTWATCH_DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "slotwatch.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(demo)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(timeout=60)


def _address(demo: "subprocess.Popen[str]") -> str:
    for line in demo.stdout or ():
        if told := re.search(r"(http://\S+?)/?\s", line):
            return told[1]
    sys.exit("The demo ended before it said its address.")


def _html(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            is_page = response.headers["Content-Type"].startswith("text/html")
            return response.read().decode() if is_page else ""
    except HTTPError as error:
        return error.read().decode()


def _shoot(
    browser: Browser, url: str, addresses: list[str], directory: Path, *, width: int, mode: str
) -> None:
    """Every page at that width and in that mode, and the sheet of them."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, **MODES[mode])
    page = context.new_page()
    pictures = []
    for address in addresses:
        page.goto(url + address)
        _settle(page)
        height = min(LONGEST, page.evaluate("document.documentElement.scrollHeight"))
        picture = directory / f"{_name(address)}-{width}-{mode}.png"
        page.screenshot(
            path=picture, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height}
        )
        wide = page.evaluate("document.documentElement.scrollWidth")
        pictures.append((address, picture))
        if wide > width:
            print(f"{address} is {wide} px wide on a screen of {width}")
    _sheet(page, pictures, directory / f"sheet-{width}-{mode}.png")
    context.close()
    print(f"{len(pictures)} pages at {width} px, {mode}: {directory}")


def _settle(page: Page) -> None:
    """Until charts are drawn, where there is anything to draw."""
    page.wait_for_load_state("load")
    with suppress(NotInTime):
        page.wait_for_function(DRAWN, timeout=DRAWN_WITHIN_MS)


def _name(address: str) -> str:
    return re.sub(r"[^\w]+", "-", address).strip("-") or "services"


def _sheet(page: Page, pictures: list[tuple[str, Path]], path: Path) -> None:
    figures = "".join(
        f'<figure><figcaption>{address.replace("<", "")}</figcaption><img src="{picture.name}">'
        "</figure>"
        for address, picture in pictures
    )
    html = path.with_suffix(".html")
    html.write_text(TABLE_OF_PICTURES.format(columns=SHEET_COLUMNS, figures=figures))
    page.set_viewport_size({"width": 1_800, "height": HEIGHT})
    page.goto(html.as_uri())
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()

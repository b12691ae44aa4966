"""What a page costs, the peer's and ours turn by turn: seconds and bytes, and until it is drawn."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, sync_playwright

from bench.chromium import launch_chromium
from bench.peer.fleet import Fleet
from bench.peer.monitor import PATIENCE_SECONDS
from bench.peer.pages import Page
from bench.server import HOST, Visitor

ROUNDS, ROUNDS_AT_LEAST = 40, 5
LOADS, LOADS_AT_LEAST = 7, 3
# Once so long is over, no further round begins.
SECONDS = 40.0
WARM_UP = 2
# The browser finds nobody but this machine, and doesn't wait for the others either.
ALONE = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}"
# Milliseconds since the navigation began, at the second frame after everything is there.
DRAWN = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Median seconds of the peer's page, and of ours for the first viewer after something has
    happened and for the next one; and the last bodies."""

    theirs: float
    first: float
    following: float
    their_body: bytes
    our_body: bytes


def turns(most: int, at_least: int) -> Iterator[int]:
    begun = time.monotonic()
    for number in range(most):
        if number >= at_least and time.monotonic() - begun > SECONDS:
            return
        yield number


def ask(visitor: Visitor, path: str) -> tuple[float, bytes]:
    """Seconds and body.

    Raises:
        SystemExit: the page does not answer as it should.
    """
    visitor.connect()
    answer = visitor.get(path)
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}.")
    return answer.seconds, answer.body


def measure(peer: Visitor, slotwatch: Visitor, fleet: Fleet, page: Page) -> Measured:
    """Before each turn the fleet goes on, so that nobody has seen what it asks for."""
    ours = page.ours.format(fleet.name)
    for _ in range(WARM_UP):
        ask(peer, page.theirs)
        ask(slotwatch, ours)
    theirs, first, following = [], [], []
    their_body = our_body = b""
    for _ in turns(ROUNDS, ROUNDS_AT_LEAST):
        fleet.go_on()
        seconds, their_body = ask(peer, page.theirs)
        theirs.append(seconds)
        first.append(ask(slotwatch, ours)[0])
        seconds, our_body = ask(slotwatch, ours)
        following.append(seconds)
    return Measured(
        theirs=statistics.median(theirs),
        first=statistics.median(first),
        following=statistics.median(following),
        their_body=their_body,
        our_body=our_body,
    )


def drawn(peer: Visitor, slotwatch: Visitor, fleet: Fleet, page: Page) -> tuple[float, float]:
    """Median milliseconds from the start of the navigation until the page is drawn: the peer's,
    and ours. What a browser keeps of an earlier visit it has."""
    theirs, ours = [], []
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright.chromium, ALONE)
        # By host name and port they are two sites, so one context does for both.
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = slotwatch.cookie.partition("=")
        our_site, their_site = (f"http://{HOST}:{each.port}" for each in (slotwatch, peer))
        context.add_cookies([{"name": name, "value": value, "url": our_site}])
        for number in turns(LOADS + 1, LOADS_AT_LEAST + 1):
            their_ms = _load(context, their_site + page.theirs, page.theirs_drawn)
            our_ms = _load(context, our_site + page.ours.format(fleet.name), page.ours_drawn)
            if number:  # the first fills the caches
                theirs.append(their_ms)
                ours.append(our_ms)
        browser.close()
    return statistics.median(theirs), statistics.median(ours)


def _load(context: BrowserContext, url: str, selector: str) -> float:
    tab = context.new_page()
    tab.set_default_timeout(1e3 * PATIENCE_SECONDS)
    tab.goto(url)
    tab.wait_for_selector(selector, state="attached")
    taken: float = tab.evaluate(DRAWN)
    tab.close()
    return taken

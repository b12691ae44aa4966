"""What a browser feels of the pages of 1,000 runners: `python -m bench.browser`.

Each page is opened three times by a browser that has nothing of it yet, by turns with a page of one
word, while the fleet works; then it stays open, live and runners for ten minutes (`--minutes`), the
others for a tenth of that. Printed are first contentful paint, when the status line and the chart
are there (`null` is the first paint of that one word), layout shift, bytes on the wire, long tasks,
and the heap before and after. Ends with status 1 when a bound is missed. Two bounds are in seconds,
and hold on a machine that does nothing else: where the load is higher at the start, they are
printed, and don't count.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.management import call_command

from bench.at_work import CLAIMS, at_work
from bench.chromium import launch_chromium
from bench.fleet import Fleet, coordinated
from bench.page_load import Load, Stay, fresh_context, opened, stay
from bench.server import HOST, Visitor, own_data, serving

RUNNERS = 1_000
MINUTES = 10.0
LOADS = 3
LIVE, RUNNERS_PAGE = "live", "runners"
HTML_AT_MOST_KB = 30.0
STATUS_AT_MOST_MS = 500.0
CHART_AT_MOST_MS = 1_500.0
LONG_A_MINUTE_AT_MOST_MS = 1_000.0
LONGEST_AT_MOST_MS = 100.0
# Of each processor, in the minute before; above it, the machine does something else.
IDLE_AT_MOST = 0.5
HEAD = (
    "           ms to when it is there                kB on the wire   and while it stays open\n"
    "page        null  paint  status   chart  shift   html     all   minutes  long ms/min  longest"
    "  shift  kB/min  heap MB  after"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One of the pages: its address, and whether it has a chart."""

    name: str
    path: str
    has_chart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """A page, and the one of one word by turns with it."""

    load: Load
    null: Load
    stay: Stay


@dataclass(frozen=True, slots=True)
class Bound:
    """What was measured, and what it may be at most; it may be that it does not count here."""

    what: str
    measured: float
    at_most: float
    counts: bool = True

    @property
    def is_held(self) -> bool:
        return self.measured <= self.at_most or not self.counts

    def __str__(self) -> str:
        busy = "" if self.counts else "; the machine is busy, so it doesn't count"
        return f"{self.what}: {self.measured:.1f} (at most {self.at_most:g}{busy})"


def pages_of(fleet: Fleet) -> tuple[Opened, ...]:
    from dashboard.web.addresses import cycle_url, execution_url, runner_url, service_url

    live = service_url(fleet.slug)
    return (
        Opened(name=LIVE, path=live),
        Opened(name="history", path=f"{live}history/"),
        Opened(name="blocked", path=f"{live}blocked/"),
        Opened(name=RUNNERS_PAGE, path=f"{live}runners/", has_chart=False),
        Opened(name="overview", path="/", has_chart=False),
        Opened(name="cycle", path=cycle_url(fleet.slug, fleet.past_cycle)),
        Opened(name="runner", path=runner_url(fleet.slug, fleet.runner_ids[0])),
        Opened(name="attempt", path=execution_url(fleet.slug, fleet.run_id)),
    )


def measure(
    visitor: Visitor, pages: tuple[Opened, ...], minutes: float
) -> Iterator[tuple[str, Felt]]:
    """Page by page, as soon as it is known."""
    from playwright.sync_api import sync_playwright

    url = f"http://{HOST}:{visitor.port}"
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright.chromium)
        for each in pages:
            null, loads = [], []
            for _ in range(LOADS):
                with fresh_context(browser, url, visitor.cookie) as context:
                    null.append(opened(context, f"{url}/null/", has_chart=False)[1])
                context = fresh_context(browser, url, visitor.cookie)
                page, load = opened(context, url + each.path, has_chart=each.has_chart)
                loads.append(load)
                if len(loads) < LOADS:
                    context.close()
            is_long = each.name in (LIVE, RUNNERS_PAGE)
            stayed = stay(page, minutes if is_long else minutes / 10)
            context.close()
            yield each.name, Felt(load=Load.median(loads), null=Load.median(null), stay=stayed)
        browser.close()


def row(name: str, felt: Felt) -> str:
    load, stayed = felt.load, felt.stay
    return (
        f"{name:9}  {felt.null.paint_ms:5.0f}  {load.paint_ms:5.0f}"
        f"  {_ms(load.status_ms)}  {_ms(load.chart_ms)}"
        f"  {load.shift:5.3f}  {load.html_bytes / 1e3:5.1f}  {load.all_bytes / 1e3:6.0f}"
        f"  {stayed.minutes:8.1f}  {stayed.long_ms_a_minute:11.0f}  {stayed.longest_ms:7.0f}"
        f"  {stayed.shift:5.3f}  {stayed.bytes / 1e3 / stayed.minutes:6.0f}"
        f"  {stayed.heap_before / 1e6:7.1f}  {stayed.heap_after / 1e6:5.1f}"
    )


def _ms(value: float | None) -> str:
    return f"{'–' if value is None else f'{value:.0f}':>6}"


def bounds_of(felt: dict[str, Felt], *, is_idle: bool) -> Iterator[Bound]:
    live, runners = felt[LIVE], felt[RUNNERS_PAGE].stay
    load, null = live.load, f"beside {live.null.paint_ms:.0f} of a page of one word"
    assert load.status_ms is not None
    assert load.chart_ms is not None
    yield Bound("live: kB of HTML, compressed", load.html_bytes / 1e3, HTML_AT_MOST_KB)
    yield Bound(f"live: ms to the status line, {null}", load.status_ms, STATUS_AT_MOST_MS, is_idle)
    yield Bound(f"live: ms to the chart, {null}", load.chart_ms, CHART_AT_MOST_MS, is_idle)
    yield Bound(
        "runners: ms of long tasks a minute", runners.long_ms_a_minute, LONG_A_MINUTE_AT_MOST_MS
    )
    yield Bound("runners: ms of the longest task", runners.longest_ms, LONGEST_AT_MOST_MS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.browser", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    minutes = parser.parse_args().minutes
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    is_idle = load <= IDLE_AT_MOST * processors
    felt: dict[str, Felt] = {}
    with own_data():
        # As it is served for real: files that a browser keeps.
        call_command("collectstatic", verbosity=0, interactive=False)
        fleet = coordinated("fleet", RUNNERS)
        pages = pages_of(fleet)
        with serving() as visitor, at_work(CLAIMS, fleet.slug, RUNNERS):
            print(HEAD, flush=True)
            for name, each in measure(visitor, pages, minutes):
                felt[name] = each
                print(row(name, each), flush=True)
    print(f"load of the machine before: {load:.1f} on {processors} processors")
    bounds = list(bounds_of(felt, is_idle=is_idle))
    for bound in bounds:
        print(bound)
    is_held = all(each.is_held for each in bounds)
    print("held" if is_held else "missed")
    return 0 if is_held else 1


if __name__ == "__main__":
    sys.exit(main())

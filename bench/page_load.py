"""A page as a browser feels it: how soon it is there, what it weighs, and what staying on it costs.

What it tells is the browser's own: paint, layout-shift, longtask and resource timing, and the heap
of its engine right after garbage was collected.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Page

DRAWN_WITHIN_MS = 60_000
# After it is drawn, what a page still does of itself is no polling.
SETTLE_MS = 2_000
# Before any script of the page; instants are milliseconds since it was asked for.
_WATCH = """
const seen = { status: null, chart: null, shift: 0, bytes: 0, longTasks: [] };
window.benchSeen = seen;
const each = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
    type,
    buffered: true,
  });
each("layout-shift", (entry) => (seen.shift += entry.hadRecentInput ? 0 : entry.value));
each("longtask", (entry) => seen.longTasks.push([entry.startTime, entry.duration]));
each("navigation", (entry) => (seen.bytes += entry.transferSize));
each("resource", (entry) => (seen.bytes += entry.transferSize));
// With the frame that shows it.
for (const [name, selector] of [["status", "#status"], ["chart", ".nsewdrag"]]) {
  new MutationObserver((_, observer) => {
    if (document.querySelector(selector)) {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => (seen[name] = performance.now())));
    }
  }).observe(document, { childList: true, subtree: true });
}
"""
_LOADED = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  html: performance.getEntriesByType("navigation")[0].encodedBodySize,
  ...window.benchSeen,
})"""
_IS_THERE = """(hasChart) =>
  performance.getEntriesByName("first-contentful-paint").length > 0 &&
  (!hasChart || window.benchSeen.chart !== null)"""
_SINCE = """(start) => ({
  tasks: window.benchSeen.longTasks.filter(([at]) => at >= start).map(([, length]) => length),
  shift: window.benchSeen.shift,
  bytes: window.benchSeen.bytes,
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A page as it comes, to a browser that has nothing of it yet. `status` and `chart` are None
    where it has none; the bytes are those on the wire, of the page and of it with all its files."""

    paint_ms: float
    status_ms: float | None
    chart_ms: float | None
    shift: float
    html_bytes: int
    all_bytes: int

    @classmethod
    def median(cls, loads: Sequence[Self]) -> Self:
        return cls(
            paint_ms=statistics.median(each.paint_ms for each in loads),
            status_ms=_median([each.status_ms for each in loads]),
            chart_ms=_median([each.chart_ms for each in loads]),
            shift=max(each.shift for each in loads),
            html_bytes=max(each.html_bytes for each in loads),
            all_bytes=max(each.all_bytes for each in loads),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A while on a page that nobody touches. Long tasks are those of 50 ms and more."""

    minutes: float
    long_tasks_ms: tuple[float, ...]
    shift: float
    bytes: int
    heap_before: int
    heap_after: int

    @property
    def long_ms_a_minute(self) -> float:
        return sum(self.long_tasks_ms) / self.minutes

    @property
    def longest_ms(self) -> float:
        return max(self.long_tasks_ms, default=0.0)


def opened(context: BrowserContext, url: str, *, has_chart: bool) -> tuple[Page, Load]:
    """The page when it is drawn, and how it came."""
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_function(_IS_THERE, arg=has_chart, timeout=DRAWN_WITHIN_MS)
    page.wait_for_timeout(SETTLE_MS)
    told = page.evaluate(_LOADED)
    load = Load(
        paint_ms=told["paint"],
        status_ms=told["status"],
        chart_ms=told["chart"],
        shift=told["shift"],
        html_bytes=told["html"],
        all_bytes=told["bytes"],
    )
    return page, load


def stay(page: Page, minutes: float) -> Stay:
    """What so many minutes on it cost."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    heap_before = _heap(session.send)
    start = page.evaluate("() => performance.now()")
    before = page.evaluate(_SINCE, start)
    page.wait_for_timeout(60_000 * minutes)
    told = page.evaluate(_SINCE, start)
    return Stay(
        minutes=minutes,
        long_tasks_ms=tuple(told["tasks"]),
        shift=told["shift"] - before["shift"],
        bytes=told["bytes"] - before["bytes"],
        heap_before=heap_before,
        heap_after=_heap(session.send),
    )


def fresh_context(browser: Browser, url: str, cookie: str) -> BrowserContext:
    """A window of somebody who has signed in there and has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, _, value = cookie.partition("=")
    signed_in: Any = {"name": name, "value": value, "url": url}
    context.add_cookies([signed_in])
    return context


def _heap(send: Callable[..., Any]) -> int:
    """Bytes of the page's heap that something still holds."""
    send("HeapProfiler.collectGarbage")
    metrics = send("Performance.getMetrics")["metrics"]
    return next(int(each["value"]) for each in metrics if each["name"] == "JSHeapUsedSize")


def _median(values: Sequence[float | None]) -> float | None:
    there = [each for each in values if each is not None]
    return statistics.median(there) if there else None

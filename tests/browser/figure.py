"""What Plotly holds of the chart in a page, and where its bars are on the screen, read back.

Instants are Unix milliseconds. A lane is told by its runner; the ribbon has none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from tests.browser.axis import axis_of, instant_of

_READ = """(name) => {
  const chart = document.getElementById("timeline");
  const { meta } = chart.layout;
  const marks = [];
  for (const trace of chart.data.filter((each) => each.name === name)) {
    const isBar = trace.type === "bar";
    trace.x.forEach((x, index) => {
      const start = isBar ? trace.base[index] : x;
      const hover = trace.customdata?.[index] ?? "";
      marks.push({
        start,
        length: isBar ? x : 0,
        ahead: meta.clock.ahead,
        runner: trace.yaxis === "y2" ? "" : (meta.runners[Math.round(trace.y[index])] ?? ""),
        text: trace.text?.[index] ?? "",
        hover: hover.replaceAll("<br>", "\\n"),
      });
    });
  }
  return marks;
}"""

# Where the bars of a trace really are on the screen, on the scale of the axis.
_SEEN = """(name) => {
  const chart = document.getElementById("timeline");
  const { layout } = chart;
  const top = chart.getBoundingClientRect().top + layout.margin.t + layout.meta.lanesTop;
  const drawn = [...chart.querySelectorAll(".barlayer .trace.bars")].filter(
    (each) => each.__data__[0].trace.name === name,
  );
  return drawn.flatMap((trace) =>
    [...trace.querySelectorAll(".point path")].map((path) => {
      const box = path.getBoundingClientRect();
      const lane = Math.floor((box.top + box.height / 2 - top) / layout.meta.lanePx);
      return {
        left: box.left,
        right: box.right,
        runner: layout.meta.runners[lane],
      };
    }),
  );
}"""
# Where the first point of a trace is on the screen, which is first moved to where it can be seen.
_PLACE = """(name) => {
  const chart = document.getElementById("timeline");
  const { layout } = chart;
  const { xaxis } = chart._fullLayout;
  const trace = chart.data.find((each) => each.name === name);
  const { lanesTop, lanePx } = layout.meta;
  const x = layout.margin.l + xaxis.d2p(trace.x[0]);
  const y = layout.margin.t + lanesTop + (trace.y[0] + 0.5) * lanePx;
  scrollBy(0, chart.getBoundingClientRect().top + y - innerHeight / 2);
  const box = chart.getBoundingClientRect();
  return [box.left + x, box.top + y];
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One bar [start, end], or one mark at `start`, where `end` is the same. Between two lines, or
    outlines, of one trace both are None."""

    runner: str
    start: int | None
    end: int | None
    text: str
    hover: str


def marks(page: Page, name: str) -> list[Mark]:
    """Everything on the traces of this name, as Plotly holds it."""
    return [_mark(**each) for each in page.evaluate(_READ, name)]


def _mark(*, start: str | None, length: int, ahead: int, **words: str) -> Mark:
    if start is None:
        return Mark(start=None, end=None, **words)
    begins = millisecond(instant_of(start, ahead))
    return Mark(start=begins, end=begins + length, **words)


def intervals(page: Page, name: str) -> list[tuple[str, int | None, int | None]]:
    """The runner, start and end of every bar on the traces of this name."""
    return [(each.runner, each.start, each.end) for each in marks(page, name)]


def seen_bars(page: Page, name: str) -> list[tuple[str, float, float]]:
    """The runner, start and end of every bar on the lanes, from the pixels that it covers."""
    axis = axis_of(page, "timeline")
    seen: list[dict[str, Any]] = page.evaluate(_SEEN, name)
    return [
        (each["runner"], *(axis.at(each[edge]).timestamp() * 1000 for edge in ("left", "right")))
        for each in seen
    ]


def milliseconds_a_pixel(page: Page) -> float:
    return axis_of(page, "timeline").pixel / timedelta(milliseconds=1)


def millisecond(at: datetime) -> int:
    """The instant, rounded."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since + timedelta(microseconds=500)) // timedelta(milliseconds=1)


def point_at(page: Page, name: str) -> None:
    """Put the mouse on the first point of a trace, wherever on the page it is."""
    page.mouse.move(*page.evaluate(_PLACE, name))

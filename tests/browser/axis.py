"""The time axis of a chart in a page, told by what is seen: pixels and words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

_AXIS = """(chart) => {
  const { layout } = chart;
  const { left, right, top, bottom } = chart.querySelector(".nsewdrag").getBoundingClientRect();
  return { range: layout.xaxis.range, ahead: layout.meta.clock.ahead, left, right, top, bottom };
}"""
_TICKS = """(chart) => [...chart.querySelectorAll(".xtick text, .x2tick text")].map((text) => {
  const box = text.getBoundingClientRect();
  const lines = [...text.querySelectorAll("tspan")].map((line) => line.textContent);
  const words = (lines.length ? lines : [text.textContent]).join(" ");
  // One that has no room is there, but not seen.
  return { middle: box.left + box.width / 2, words, shown: box.width > 0 };
})"""
_BARS = """([chart, name]) => {
  const drawn = [...chart.querySelectorAll(".barlayer .trace.bars")].filter(
    (each) => each.__data__[0].trace.name === name,
  );
  return drawn.flatMap((trace) => [...trace.querySelectorAll(".point path")].map((path) => {
    const { left, right } = path.getBoundingClientRect();
    return [left, right];
  }));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """``at`` is the instant in the middle of its words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The instants that a chart shows, and the pixels they are at."""

    start: datetime
    end: datetime
    left: float
    right: float
    top: float
    bottom: float

    @property
    def pixel(self) -> timedelta:
        return (self.end - self.start) / (self.right - self.left)

    def at(self, x: float) -> datetime:
        return self.start + (x - self.left) * self.pixel

    def x(self, at: datetime) -> float:
        return self.left + (at - self.start) / self.pixel


def axis_of(page: Page, chart: str) -> Axis:
    """The axis of the chart with this id."""
    told: dict[str, Any] = page.locator(f"#{chart}").evaluate(_AXIS)
    ahead = told.pop("ahead")
    start, end = (instant_of(edge, ahead) for edge in told.pop("range"))
    return Axis(start=start, end=end, **told)


def instant_of(drawn: str, ahead: float) -> datetime:
    """The instant that a text of Plotly's stands for, drawn so many milliseconds ahead of UTC."""
    return datetime.fromisoformat(drawn).replace(tzinfo=UTC) - timedelta(milliseconds=ahead)


def ticks_of(page: Page, chart: str) -> list[Tick]:
    """Its ticks, from left to right."""
    axis = axis_of(page, chart)
    drawn = page.locator(f"#{chart}").evaluate(_TICKS)
    return sorted(
        (Tick(at=axis.at(each["middle"]), words=each["words"]) for each in drawn if each["shown"]),
        key=lambda tick: tick.at,
    )


def bars_of(page: Page, chart: str, name: str) -> list[tuple[datetime, datetime]]:
    """When the bars of the traces of this name begin and end, by the pixels they cover."""
    axis = axis_of(page, chart)
    element = page.locator(f"#{chart}").element_handle()
    drawn: list[tuple[float, float]] = page.evaluate(_BARS, [element, name])
    return sorted((axis.at(left), axis.at(right)) for left, right in drawn)

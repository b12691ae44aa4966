"""Where a system forces its colours, the bars of a chart still have each their own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Execution, Runner, Service
from tests.conftest import after
from tests.dashboard.web.tokens import colours

OpenPage = Callable[..., Page]
SLUG = "/s/service-1/"
# By the name of the trace, what its first bar is really filled with, and what is behind all.
FILLS = """(chart) => {
  const drawn = [...chart.querySelectorAll(".barlayer .trace.bars")];
  return drawn.map((trace) => [
    trace.__data__[0].trace.name,
    getComputedStyle(trace.querySelector(".point path")).fill,
  ]);
}"""
GROUND = """(chart) => {
  const ground = (element) => getComputedStyle(element).backgroundColor;
  let behind = chart;
  while (ground(behind) === "rgba(0, 0, 0, 0)") {
    behind = behind.parentElement;
  }
  return ground(behind);
}"""

# What the system has for what is selected.
HIGHLIGHT = """() => {
  const probe = document.body.appendChild(document.createElement("p"));
  Object.assign(probe.style, { background: "Highlight", forcedColorAdjust: "none" });
  return getComputedStyle(probe).backgroundColor;
}"""


@pytest.fixture
def runs(service: Service) -> None:
    """One of each status that is drawn as a bar, in one cycle; a window that nobody used."""
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    runner = Runner.objects.get(service=service, runner_id="a")
    Execution.objects.bulk_create(
        Execution(
            service=service,
            runner=runner,
            run_id=status,
            status=status,
            origin="claimed",
            reason="late_start" if status == Status.BLOCKED else "",
            started_at=after(at),
            ended_at=after(at) if status == Status.BLOCKED else after(at + 4),
            first_attempt_at=after(at),
            last_attempt_at=after(at),
            attempts=1,
        )
        for at, status in ((2, Status.COMPLETED), (12, Status.ABANDONED), (20, Status.BLOCKED))
    )


def rgb(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def drawn(page: Page, chart: str) -> tuple[dict[str, str], str]:
    page.wait_for_selector(f"#{chart} .barlayer .point path")
    element = page.locator(f"#{chart}")
    return dict(element.evaluate(FILLS)), element.evaluate(GROUND)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_keep_their_colours_on_a_ground_of_their_own(
    open_page: OpenPage, runs: None, scheme: str
) -> None:
    forced = {"forced_colors": "active", "color_scheme": scheme}
    palette = {name: rgb(colour) for name, colour in colours(scheme).items()}

    cycle = open_page(f"{SLUG}cycles/2026-03-14T12:00:00Z/", **forced)
    fills, ground = drawn(cycle, "timeline")
    assert ground == palette["surface"]
    assert (fills["completed"], fills["window"]) == (palette["completed"], palette["window"])
    # A pattern.
    assert fills["abandoned"].startswith("url(")

    span = "from=2026-03-14T12:00:00Z&to=2026-03-14T12:01:00Z"
    history = open_page(f"{SLUG}history/?{span}", wait=False, **forced)
    fills, ground = drawn(history, "history-chart")
    assert ground == palette["surface"]
    assert fills["completed"] == palette["completed"]
    assert len({*fills.values()}) == len(fills) == 3

    blocked = open_page(f"{SLUG}blocked/?{span}", wait=False, **forced)
    fills, ground = drawn(blocked, "reasons-chart")
    assert ground == palette["surface"]
    assert fills["blocked-late-start"].startswith("url(")


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        (SLUG, "nav[aria-label='Time zone'] [aria-current]"),
        (SLUG, ".themes [aria-pressed='true']"),
        (SLUG, ".strip-ranges [aria-current]"),
        (f"{SLUG}blocked/", ".presets [aria-current]"),
    ],
)
def test_what_is_chosen_stands_out(
    open_page: OpenPage, service: Service, path: str, chosen: str
) -> None:
    page = open_page(path, wait=False, forced_colors="active")

    ground = page.locator(chosen).evaluate("(each) => getComputedStyle(each).backgroundColor")

    assert ground == page.evaluate(HIGHLIGHT)

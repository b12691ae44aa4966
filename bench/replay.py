"""How fast a replay follows its scrubber: `python -m bench.replay`.

Frames of a cycle of 1,000 runners (50 lanes drawn), of whom 10 come in the middle of it and each
runs or is refused in its windows, are asked for at instants all over it, turn by turn with a null
view that has a session, on the same server and the same connection, and compared by ratio. Then, in
a browser and a cycle of 20 runners, the scrubber is dragged: from each input to the chart as of
that instant, by turns with the least that it could take: the null view fetched, and the chart drawn
as it is. Frames that are fetched ahead would be there at once, so the browser is led to instants
that are not. Ends with status 1 when a bound is missed.
"""

import gzip
import random
import statistics
import sys
from datetime import datetime, timedelta
from typing import Any

from bench.chromium import launch_chromium
from bench.server import HOST, NULL, Visitor, own_data, serving
from bench.timeline import CHANGES, RUNNERS, beat_of

ROUNDS = 60
REFUSED_OF = 12
FRAME_AT_MOST = 60.0
FEW = 20
MOVES = 40
FOLLOWS_AT_MOST = 5.0
HTMX = {"HX-Request": "true"}
# From the input of the scrubber to the end of the drawing that shows the instant, in milliseconds;
# where nothing on the chart is otherwise then, to when the page says the instant.
FOLLOWS = """async (value) => {
  const range = document.getElementById("replay-range");
  const chart = document.getElementById("timeline");
  const state = document.getElementById("replay-state");
  const figure = () => document.getElementById("figure").textContent;
  const before = figure();
  const plotted = new Promise((done) => chart.once("plotly_afterplot", done));
  const told = new Promise((done) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      done();
    }).observe(state, { attributes: true, attributeFilter: ["data-at"] });
  });
  const began = performance.now();
  range.value = String(value);
  range.dispatchEvent(new Event("input", { bubbles: true }));
  await told;
  // The sections of a frame take their places one after the other, in one go.
  await Promise.resolve();
  if (figure() !== before) {
    await plotted;
  }
  return performance.now() - began;
}"""
# What no frame can do without, in milliseconds.
LEAST = """async (url) => {
  const began = performance.now();
  await (await fetch(url)).text();
  await Plotly.redraw("timeline");
  return performance.now() - began;
}"""


def address(start: datetime, seconds: float, slug: str = "many") -> str:
    at = start + timedelta(seconds=seconds)
    return f"/s/{slug}/cycles/{start:%Y-%m-%dT%H:%M:%SZ}/?t={at:%Y-%m-%dT%H:%M:%S.%fZ}"


def many(now: datetime) -> tuple[datetime, int]:
    """A service with the one large cycle, which is over; its start, and how much is in it."""
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.cycles.loading import load_cycle
    from scheduler.intake.heartbeats import beat
    from scheduler.models import Execution, Runner
    from scheduler.services import create_service

    policy = SchedulingPolicy(
        service_interval_minutes=5.0, spread_margin_minutes=0.001, dead_after_seconds=3_600.0
    )
    start = policy.cycle_start(now) - timedelta(minutes=10)
    service = create_service("many", policy=policy, effective_from=now - timedelta(days=400))
    ids = [f"host-{number:04}:{number + 100}" for number in range(RUNNERS)]
    early = RUNNERS - CHANGES
    beat(service, *map(beat_of, ids[:early]), now=start - timedelta(minutes=1))
    for number, runner_id in enumerate(ids[early:]):
        beat(service, beat_of(runner_id), now=start + timedelta(seconds=28 * (number + 1)))
    runners = {each.runner_id: each for each in Runner.objects.filter(service=service)}
    slots = [slot for lane in load_cycle(service, start, now=now).lanes for slot in lane.slots]
    rows = []
    for number, slot in enumerate(sorted(slots, key=lambda each: each.start)):
        at = slot.start + (slot.end - slot.start) / 10
        is_refused = number % REFUSED_OF == 0
        rows.append(
            Execution(
                service=service,
                runner=runners[slot.runner_id],
                run_id=f"many-{number}",
                status="blocked" if is_refused else "completed",
                origin="claimed",
                reason="late_start" if is_refused else "",
                cycle_start=start,
                started_at=at,
                ended_at=at if is_refused else at + (slot.end - slot.start) / 2,
                first_attempt_at=at,
                last_attempt_at=at,
            )
        )
    Execution.objects.bulk_create(rows)
    service.touch()
    return start, len(rows)


def few(now: datetime) -> datetime:
    """A service of 20 runners with a cycle that is over, in which each of them ran; its start."""
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.core.types import AtomicServiceExecutionStatus as Status
    from scheduler.intake.claims import claim, finish
    from scheduler.intake.heartbeats import beat
    from scheduler.services import create_service

    policy = SchedulingPolicy(
        service_interval_minutes=5.0, spread_margin_minutes=0.05, dead_after_seconds=3_600.0
    )
    start = policy.cycle_start(now) - timedelta(minutes=10)
    service = create_service("few", policy=policy, effective_from=now - timedelta(days=400))
    ids = [f"host-{number:02}:{number + 100}" for number in range(FEW)]
    beat(service, *map(beat_of, ids), now=start - timedelta(minutes=1))
    slot = timedelta(minutes=5) / FEW
    for number, runner_id in enumerate(sorted(ids)):
        at = start + number * slot + timedelta(seconds=2)
        run = claim(service, runner_id, now=at).execution
        assert run is not None, runner_id
        finish(service, run.run_id, Status.COMPLETED, now=at + timedelta(seconds=6))
    return start


def measure(visitor: Visitor, start: datetime) -> tuple[float, float, bytes]:
    """Median seconds of the null view and of a frame, asked for by turns; and the last frame."""
    numbers = random.Random(1)
    null, taken, body = [], [], b""
    for _ in range(ROUNDS):
        null.append(visitor.get(NULL).seconds)
        answer = visitor.get(address(start, numbers.uniform(1, 299)), **HTMX)
        if answer.status != 200:
            raise SystemExit(f"A frame answers {answer.status}.")
        taken.append(answer.seconds)
        body = answer.body
    return statistics.median(null), statistics.median(taken), body


def follow(visitor: Visitor, start: datetime) -> dict[str, list[float]]:
    """How long the chart took to follow each move of the scrubber, and the least beside it, both in
    milliseconds."""
    from playwright.sync_api import sync_playwright

    name, _, value = visitor.cookie.partition("=")
    taken: dict[str, list[float]] = {"least": [], "follows": []}
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright.chromium)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        url = f"http://{HOST}:{visitor.port}"
        cookie: Any = {"name": name, "value": value, "url": url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(url + address(start, 1, "few"))
        page.wait_for_selector("#replay-range:not([hidden])")
        numbers = random.Random(2)
        for _ in range(MOVES):
            taken["least"].append(page.evaluate(LEAST, NULL))
            taken["follows"].append(page.evaluate(FOLLOWS, numbers.randint(1, 299_000)))
        browser.close()
    return taken


def main() -> int:
    with own_data():
        from scheduler.db import clock

        now = clock.now().replace(microsecond=0)
        (large, number), small = many(now), few(now)
        with serving() as visitor:
            visitor.warm_up()
            null, taken, body = measure(visitor, large)
            moves = {name: sorted(each) for name, each in follow(visitor, small).items()}
    ratio = taken / null
    least, typical = (statistics.median(moves[name]) for name in ("least", "follows"))
    slow = moves["follows"][int(0.95 * MOVES)]
    followed = typical / least
    print(f"null view {1e3 * null:.2f} ms")
    print(
        f"a frame of {RUNNERS:,} runners, {CHANGES} changes and {number:,} attempts"
        f" {1e3 * taken:.0f} ms = {ratio:.0f} × null (at most {FRAME_AT_MOST:.0f});"
        f" {len(body) / 1e3:.0f} kB, {len(gzip.compress(body, 6)) / 1e3:.0f} kB compressed"
    )
    print(
        f"at {FEW} runners the chart follows the scrubber in {typical:.0f} ms = {followed:.1f} × a"
        f" null view and a drawing, {least:.0f} ms (at most {FOLLOWS_AT_MOST:.0f}); 19 of 20 times"
        f" in {slow:.0f} ms"
    )
    is_held = ratio <= FRAME_AT_MOST and followed <= FOLLOWS_AT_MOST
    print("held" if is_held else "missed")
    return 0 if is_held else 1


if __name__ == "__main__":
    sys.exit(main())

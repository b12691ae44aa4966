"""Slotwatch beside pynenc's own monitor: `python -m bench.peer`.

Fleets of 10, 100, 1,000 and 5,000 runners with 1,000 executions in the present cycle lie in SQLite
stores of real pynenc apps. The monitor, installed into a temporary environment, shows them from
there, Slotwatch from what its collector read there, each in one server process on loopback. Their
pages are asked for turn by turn and compared by ratio. Ends with status 1 when a bound is missed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peer import monitor
from bench.peer.fleet import EXECUTIONS, Fleet, interval_minutes
from bench.peer.measuring import Measured, ask, drawn, measure
from bench.peer.pages import (
    BOUND,
    MANY,
    NOWHERE_BELOW,
    PAGES,
    ROWS,
    SUMMARY,
    Page,
    bound,
    require_shown,
)
from bench.server import Visitor, own_data, serving

FLEETS = (10, 100, 1_000, 5_000)
NOTES = f"""\
Milliseconds of the server: medians, asked for turn by turn. "First" is who looks first after one
more execution, "next" who looks after that. Both histories show {ROWS} rows. Neither answer is
compressed. "Drawn" is Chromium's time from the start of a navigation to the second frame after all
is there, the charts of ours included, for a browser that has been there before. The peer's pages
want styles, icons and htmx from other hosts (a CDN), which are not reached from here and fail at
once: they are drawn without, which is less to draw than a user of it waits for."""
HEAD = "page     viewer    peer ms  ours ms  ratio  at least    peer kB  ours kB  ratio"


@dataclass(slots=True)
class Bench:
    """Measures and prints; ``missed`` are the bounds that were, so far."""

    slotwatch: Visitor
    missed: list[str] = field(default_factory=list, init=False)

    def compare(self, peer: Visitor, fleet: Fleet) -> None:
        print(f"\n{fleet.size:,} runners, {EXECUTIONS:,} executions and one more each turn")
        print(HEAD, flush=True)
        for page in PAGES:
            found = measure(peer, self.slotwatch, fleet, page)
            self._tell("first", page, fleet.size, found, found.first, page.first)
            self._tell("next", page, fleet.size, found, found.following, page.following)
        fleet.go_on()
        seconds, summary = ask(self.slotwatch, SUMMARY.format(fleet.name))
        print(f"totals and chart of our history, once it is there: {1e3 * seconds:,.0f} ms")
        theirs = {page.name: ask(peer, page.theirs)[1] for page in PAGES}
        ours = {page.name: ask(self.slotwatch, page.ours.format(fleet.name))[1] for page in PAGES}
        require_shown(fleet, theirs, ours | {"summary": summary})
        print(f"both show {fleet.size:,} runners and {fleet.executions:,} executions", flush=True)
        for page in PAGES:
            slow, quick = drawn(peer, self.slotwatch, fleet, page)
            print(
                f"{page.name:7}  drawn   {slow:9,.0f}  {quick:7,.0f}  {slow / quick:5.1f}",
                flush=True,
            )

    def _tell(
        self, viewer: str, page: Page, size: int, found: Measured, seconds: float, wanted: float
    ) -> None:
        ratio, at_least = found.theirs / seconds, bound(wanted, size)
        if ratio < at_least:
            what = f"{page.name} at {size:,} runners, {viewer} viewer"
            self.missed.append(f"  {what}: {ratio:.1f} × instead of {at_least:g} ×")
        theirs, ours = len(found.their_body) / 1e3, len(found.our_body) / 1e3
        print(
            f"{page.name:7}  {viewer:6}  {1e3 * found.theirs:9,.1f}  {1e3 * seconds:7,.1f}"
            f"  {ratio:5.1f}  {f'{at_least:g}' if at_least else '':>8}"
            f"  {theirs:9,.0f}  {ours:7,.0f}  {theirs / ours:5.1f}",
            flush=True,
        )


def run(sizes: Sequence[int]) -> list[str]:
    """The bounds that were missed."""
    from scheduler.collectors.loop import quiet_libraries
    from scheduler.db import clock

    quiet_libraries()
    with tempfile.TemporaryDirectory(prefix="slotwatch-peer-") as place:
        directory = Path(place)
        pynenc = monitor.install(directory / "environment")
        with serving() as slotwatch:
            bench = Bench(slotwatch)
            for size in sizes:
                now = clock.now()
                fleet = Fleet(size, directory, interval_minutes(now))
                fleet.fill(now)
                with monitor.serving(pynenc, f"{fleet.name}.app", directory) as peer:
                    bench.compare(peer, fleet)
            return bench.missed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.peer", description=__doc__)
    parser.add_argument(
        "--runners", type=int, nargs="+", default=FLEETS, help="default: %(default)s"
    )
    arguments = parser.parse_args()
    print(NOTES, flush=True)
    with own_data():
        missed = run(arguments.runners)
    print(f"\nbounds: those told at {BOUND:,} runners, {NOWHERE_BELOW:g} × from {MANY} on:")
    print("\n".join(("missed", *missed)) if missed else "held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

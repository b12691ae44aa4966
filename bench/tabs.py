"""What open tabs do to a server, to claims, and to each other: `python -m bench.tabs`.

The 500 runners of one service ask for every start, 25 claims a second, and a fleet of 500 more is
reported: each through the Python way in, from a process of its own. Beside that 0, 50, 100 and 200
tabs show the first one's live page, and at last 50 the other's as well; each polls as the page's
script does. One granian worker serves them. Ends with status 1 when claims take twice as long
beside tabs, a poll takes a second, the server's work grows faster than the number of tabs, a poll
that brings nothing new costs more than 1.5 null views, or a change is built more than once.
"""

import argparse
import math
import statistics
import sys
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise

from bench.at_work import CLAIMS, REPORTS, Work, at_work
from bench.databases import run
from bench.export import server_processes
from bench.fleet import coordinated, observed
from bench.server import Visitor, serving
from bench.tab import EVERY_SECONDS, GOOD, Poll, Shown, Tab
from bench.viewers import MANY, after_change, cpu_seconds, unchanged_beside_null

ASKED, TOLD = "asked", "told"
RUNNERS = 500
# Tabs of the one service and of the other, phase by phase.
PHASES = ((0, 0), (50, 0), (100, 0), (200, 0), (200, 50))
SECONDS = 18.0
# Tabs that were just opened find their pace; nothing is measured.
SETTLE_SECONDS = 2.0
POLL_AT_MOST_SECONDS = 1.0
CLAIMS_AT_MOST = 2.0
UNCHANGED_AT_MOST = 1.5
CALLS_AT_LEAST = 20
EXPONENT_AT_MOST = 1.1
PACE_AT_LEAST = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """So many tabs for a while: when that was, in Unix seconds, and what it took of the server."""

    tabs: int
    others: int
    start: float
    end: float
    cpu_seconds: float

    @property
    def load(self) -> float:
        """Processors that the server kept busy."""
        return self.cpu_seconds / (self.end - self.start)

    @property
    def polls_expected(self) -> float:
        """Those that are due at least, were each answered at once."""
        return (self.tabs + self.others) * (self.end - self.start) / EVERY_SECONDS

    def of(self, polls: list[Poll]) -> list[Poll]:
        """Those that began in it."""
        return [each for each in polls if self.start <= each.begun < self.end]


def measure(arguments: argparse.Namespace) -> bool:
    coordinated(ASKED, RUNNERS)
    observed(TOLD, RUNNERS)
    ours = set(server_processes())
    with serving() as visitor:
        for _ in range(20):
            visitor.get("/null/")
        servers = set(server_processes()) - ours
        is_cheap = unchanged_is_cheap(visitor)
        is_shared = change_is_built_once(visitor, servers)
        with at_work(CLAIMS, ASKED, RUNNERS) as claims, at_work(REPORTS, TOLD, RUNNERS):
            phases, polls = crowd(visitor, servers, arguments.seconds)
    report(phases, polls, claims)
    # Each of them prints what it found.
    held = [
        is_cheap,
        is_shared,
        polls_are_quick(polls),
        claims_stay_quick(phases, claims),
        work_is_linear(phases, polls),
    ]
    return all(held)


def unchanged_is_cheap(visitor: Visitor) -> bool:
    unchanged, null = unchanged_beside_null(visitor, f"/s/{ASKED}/")
    print(
        f"a poll that brings nothing new {1e3 * unchanged:.2f} ms, {unchanged / null:.2f} × a null"
        f" view of {1e3 * null:.2f} ms (at most {UNCHANGED_AT_MOST})",
        flush=True,
    )
    return unchanged <= UNCHANGED_AT_MOST * null


def change_is_built_once(visitor: Visitor, servers: Collection[int]) -> bool:
    alone, crowd = (after_change(visitor, ASKED, each, servers) for each in (1, MANY))
    print(
        f"a change: {alone.reconstructed} reconstructed for one viewer, {crowd.reconstructed} for"
        f" {MANY} at once (at most as many); {1e3 * alone.cpu_seconds:.0f} and"
        f" {1e3 * crowd.cpu_seconds:.0f} ms of the server's processor,"
        f" {crowd.cpu_seconds / alone.cpu_seconds:.1f} ×",
        flush=True,
    )
    return crowd.reconstructed <= alone.reconstructed


def crowd(
    visitor: Visitor, servers: Collection[int], seconds: float
) -> tuple[list[Phase], list[Poll]]:
    """Phase by phase, more tabs; all polls that they made."""
    polls: list[Poll] = []
    phases: list[Phase] = []
    tabs: list[Tab] = []
    is_over = threading.Event()
    # Asked for before there is a crowd: a server that it is too much for might not answer.
    pages = [Shown.of(path, visitor.get(path)) for path in (f"/s/{ASKED}/", f"/s/{TOLD}/")]
    for before, numbers in pairwise([(0, 0), *PHASES]):
        for shown, old, number in zip(pages, before, numbers, strict=True):
            new = [Tab(visitor, shown, polls, is_over) for _ in range(number - old)]
            for tab in new:
                tab.start()
            tabs += new
        time.sleep(SETTLE_SECONDS)
        phases.append(_phase(numbers, servers, seconds))
    is_over.set()
    for tab in tabs:
        tab.join()
    return phases, polls


def _phase(numbers: tuple[int, int], servers: Collection[int], seconds: float) -> Phase:
    start, before = time.time(), cpu_seconds(servers)
    time.sleep(seconds)
    taken = cpu_seconds(servers) - before
    tabs, others = numbers
    return Phase(tabs=tabs, others=others, start=start, end=time.time(), cpu_seconds=taken)


# ── What came of it ───────────────────────────────────────────────────────────────────────────
def report(phases: list[Phase], polls: list[Poll], claims: Work) -> None:
    print("    tabs  polls/s  changed  median ms   max ms  server CPU  claims/s  p95 ms")
    for phase in phases:
        made = phase.of(polls)
        taken = [each.seconds for each in made] or [0.0]
        changed = sum(each.status == HTTPStatus.OK for each in made) / max(1, len(made))
        length = phase.end - phase.start
        calls = claims.between(phase.start, phase.end)
        tabs = f"{phase.tabs} + {phase.others}" if phase.others else f"{phase.tabs}"
        print(
            f"{tabs:>8}  {len(made) / length:7.1f}  {changed:7.0%}"
            f"  {1e3 * statistics.median(taken):9.1f}  {1e3 * max(taken):7.0f}  {phase.load:10.2f}"
            f"  {len(calls) / length:8.1f}  {1e3 * p95(calls):6.1f}"
        )


def polls_are_quick(polls: list[Poll]) -> bool:
    failed = sum(each.status not in GOOD for each in polls)
    slowest = max(each.seconds for each in polls)
    print(
        f"slowest of {len(polls):,} polls {slowest:.2f} s (at most {POLL_AT_MOST_SECONDS:g}),"
        f" {failed} failed"
    )
    return slowest <= POLL_AT_MOST_SECONDS and not failed


def claims_stay_quick(phases: list[Phase], claims: Work) -> bool:
    alone, beside = (p95(claims.between(each.start, each.end)) for each in (phases[0], phases[-1]))
    print(
        f"claims' p95 beside all tabs {beside / alone:.2f} × without (at most {CLAIMS_AT_MOST:g})"
    )
    return beside <= CLAIMS_AT_MOST * alone < math.inf


def work_is_linear(phases: list[Phase], polls: list[Poll]) -> bool:
    """Whether the server's work grows no faster than the number of tabs on one service."""
    on_one = [each for each in phases if not each.others]
    line = statistics.linear_regression(
        [each.tabs for each in on_one], [each.load for each in on_one]
    )
    alone = on_one[0].load
    # What a few tabs add may be lost in the server's other work.
    added = {each.tabs: max(each.load - alone, 0.001) for each in on_one if each.tabs}
    exponent = exponent_of(added)
    # A server that is full takes no more, however many tabs there are.
    pace = min(len(each.of(polls)) / each.polls_expected for each in on_one if each.tabs)
    print(
        f"server CPU {line.intercept:.2f} s a second, and {1e3 * line.slope:.2f} ms for each tab;"
        f" it grows as tabs to the power of {exponent:.2f} (at most {EXPONENT_AT_MOST}), with"
        f" {pace:.0%} of the polls due (at least {PACE_AT_LEAST:.0%})"
    )
    return exponent <= EXPONENT_AT_MOST and pace >= PACE_AT_LEAST


def exponent_of(values: dict[int, float]) -> float:
    """The power of its key that each value grows with, fitted."""
    return statistics.linear_regression(
        [math.log(each) for each in values], [math.log(each) for each in values.values()]
    ).slope


def p95(seconds: list[float]) -> float:
    """What 19 of 20 took at most; infinite where there are too few to tell."""
    return math.inf if len(seconds) < CALLS_AT_LEAST else statistics.quantiles(seconds, n=20)[18]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.tabs", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of each phase; default: %(default)g"
    )
    return run("bench.tabs", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

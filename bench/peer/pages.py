"""Which page is beside which, how much quicker ours must be, and that both show the whole fleet."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bench.peer.fleet import Fleet

# So many executions are on a page of the peer's, and on one of ours when it is asked for as many.
ROWS = 100
# From so many runners on no page may be less than so many times as quick.
MANY, NOWHERE_BELOW = 100, 2.0
# The bounds of the pages hold for a fleet of so many.
BOUND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the peer's and ours of the same things. ``first`` and ``following``: how many times
    as quick ours is at least, for who looks first after something has happened, and for the next.
    ``theirs_drawn`` and ``ours_drawn``: what is there once it is drawn."""

    name: str
    theirs: str
    ours: str
    first: float
    following: float
    theirs_drawn: str
    ours_drawn: str


PAGES = (
    Page(
        name="live",
        theirs="/runners/atomic-service/scheduling",
        ours="/s/{}/",
        first=10.0,
        following=20.0,
        theirs_drawn="#atomic-service-panel",
        ours_drawn="#timeline .main-svg",
    ),
    Page(
        name="history",
        theirs="/runners/atomic-service/timeline",
        ours=f"/s/{{}}/history/?limit={ROWS}",
        first=5.0,
        following=5.0,
        theirs_drawn=".atomic-service-period-table",
        ours_drawn="#history-chart .main-svg",
    ),
    Page(
        name="runners",
        theirs="/runners/",
        ours="/s/{}/runners/",
        first=20.0,
        following=20.0,
        theirs_drawn="#runners-table",
        ours_drawn="#fleet table",
    ),
)
# Of all executions of the filter; it comes by itself once the history is there. The peer has none.
SUMMARY = "/s/{}/history/summary/"


def bound(at_least: float, size: int) -> float:
    """How many times as quick a page must be for a fleet of ``size``; 0 where nothing is asked."""
    if size == BOUND:
        return at_least
    return NOWHERE_BELOW if size >= MANY else 0.0


def require_shown(fleet: Fleet, theirs: Mapping[str, bytes], ours: Mapping[str, bytes]) -> None:
    """That both show these runners and executions; the pages are by name, with our "summary".

    Raises:
        SystemExit: one of them does not; says which.
    """
    size, done = fleet.size, fleet.executions
    wanted = {
        "the peer's live page": (theirs["live"], rf"Slot Assignment \({size} runners\)"),
        "the peer's history": (theirs["history"], rf"1–{ROWS} of {done} executions"),
        "the peer's runners": (theirs["runners"], rf"Total Runners {size} Atomic Eligible {size} "),
        "our live page": (ours["live"], rf"\b{size:,} runners\b"),
        "our history": (ours["summary"], rf"\b{done:,} executions\b"),
        # On a busy machine, a minute without a beat is over soon.
        "our runners": (ours["runners"], rf"\b{size:,} (live|silent)\b"),
    }
    wrong = [what for what, (body, told) in wanted.items() if not re.search(told, _text(body))]
    for what, body in (
        ("the peer's live page", theirs["live"]),
        ("the peer's runners", theirs["runners"]),
    ):
        if any(each.encode() not in body for each in fleet.runner_ids):
            wrong.append(f"{what}, row by row")
    rows = {
        "the peer's history, row by row": theirs["history"].count(b"/runs/"),
        "our history, row by row": len(set(re.findall(rb"/executions/([-\w]+)/", ours["history"]))),
    }
    wrong += [what for what, number in rows.items() if number != ROWS]
    if wrong:
        raise SystemExit(
            f"Of {size:,} runners and {done:,} executions, not all is on: {', '.join(wrong)}."
        )


def _text(body: bytes) -> str:
    """The words of a page."""
    bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", body.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())

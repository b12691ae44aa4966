"""Open tabs of a live page: clients that poll as its script does, and what their polls took."""

import gzip
import http.client
import random
import re
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from bench.live import HTMX, version_token
from bench.server import HOST, Answer, Visitor

# As the page has them (refresh.js, and htmx's timeout): tests/bench/test_tab.py holds them equal.
EVERY_SECONDS = 2.0
AT_LEAST_SECONDS = 1.0
AT_MOST_SECONDS = 30.0
AFTER_CHANGE_SECONDS = 0.03
SPREAD_SECONDS = 0.2
GIVES_UP_SECONDS = 10.0
GOOD = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)
_GZIP = b"\x1f\x8b"
# The strip of past cycles has one as well.
_NEXT_CHANGE = re.compile(rb'id="known"[^>]*\sdata-next-change="([\d.]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a live page shows: its address, as of which state, and when that will be otherwise."""

    path: str
    known: str
    next_change_at: float | None

    @classmethod
    def of(cls, path: str, answer: Answer) -> "Shown":
        is_packed = answer.body.startswith(_GZIP)
        body = gzip.decompress(answer.body) if is_packed else answer.body
        change = _NEXT_CHANGE.search(body)
        at = None if change is None else float(change[1])
        return cls(path=path, known=version_token(body), next_change_at=at)

    def seconds_until_poll(self) -> float:
        """How long the page waits: 2 s, or until right after what it shows will change."""
        if self.next_change_at is None:
            return EVERY_SECONDS
        after = AFTER_CHANGE_SECONDS + random.random() * SPREAD_SECONDS
        until_change = self.next_change_at - time.time() + after
        return min(EVERY_SECONDS, max(AT_LEAST_SECONDS, until_change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll: when it began, in Unix seconds, the seconds it took, and its status; 0 is none."""

    begun: float
    seconds: float
    status: int


def poll(visitor: Visitor, shown: Shown) -> Answer:
    """Ask for the fragment as htmx does."""
    query = urlencode({"tz": "UTC", "known": shown.known})
    url = f"http://{HOST}:{visitor.port}{shown.path}"
    headers = {"HX-Current-URL": url, "Accept-Encoding": "gzip", "Accept": "*/*"}
    return visitor.get(f"{shown.path}?{query}", **HTMX, **headers)


class Tab(threading.Thread):
    """A tab that shows this already; it polls until told to end, and notes each poll."""

    def __init__(
        self, visitor: Visitor, shown: Shown, polls: list[Poll], is_over: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._visitor = Visitor(visitor.port, visitor.cookie, timeout=GIVES_UP_SECONDS)
        self._shown = shown
        self._polls = polls
        self._is_over = is_over
        self._failures = 0

    def run(self) -> None:
        # People open their tabs when they like.
        wait = random.uniform(0, EVERY_SECONDS)
        while not self._is_over.wait(wait):
            self._poll()
            wait = self._back_off() if self._failures else self._shown.seconds_until_poll()

    def _poll(self) -> None:
        begun, began = time.time(), time.perf_counter()
        try:
            answer = poll(self._visitor, self._shown)
        except (OSError, http.client.HTTPException):
            self._visitor.connection.close()  # the next poll opens another
            status = 0
        else:
            status = answer.status
            if status == HTTPStatus.OK:
                self._shown = Shown.of(self._shown.path, answer)
        self._failures = 0 if status in GOOD else self._failures + 1
        self._polls.append(Poll(begun=begun, seconds=time.perf_counter() - began, status=status))

    def _back_off(self) -> float:
        longer = EVERY_SECONDS * 2.0 ** min(self._failures - 1, 6)
        return min(AT_MOST_SECONDS, longer) * random.uniform(0.85, 1)

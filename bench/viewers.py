"""What the viewers of one page cost its server: one whose poll brings nothing new, and many who ask
right after one change."""

import os
import statistics
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from bench.server import Visitor
from bench.tab import Shown, poll

ROUNDS = 60
# Changes that are looked at, each by this many at once.
CHANGES = 3
MANY = 50
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(processes: Iterable[int]) -> float:
    """What these have taken of the machine's processors since they began."""
    ticks = 0
    for pid in processes:
        # The name of a process may have blanks; what follows it has none.
        _, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
        ticks += sum(map(int, rest.split()[11:13]))  # utime, stime
    return ticks / _TICKS_A_SECOND


def unchanged_beside_null(visitor: Visitor, path: str) -> tuple[float, float]:
    """Median seconds of a poll that brings nothing new and of the null view, asked by turns."""
    seconds: list[float] = []
    null: list[float] = []
    shown = Shown.of(path, visitor.get(path))
    for _ in range(ROUNDS):
        before = visitor.get("/null/")
        answer = poll(visitor, shown)
        if answer.status == HTTPStatus.OK:  # a slot ended in between
            shown = Shown.of(path, answer)
            continue
        null.append(before.seconds)
        seconds.append(answer.seconds)
    return statistics.median(seconds), statistics.median(null)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterChange:
    """What one change costs where so many ask for it at once."""

    viewers: int
    # In all processes of the server together, for the change that had it most often.
    reconstructed: int
    cpu_seconds: float


def after_change(
    visitor: Visitor, slug: str, viewers: int, processes: Iterable[int]
) -> AfterChange:
    """So many polls at once, right after something drawn has changed."""
    from scheduler.known_services import get_service

    path, service = f"/s/{slug}/", get_service(slug)
    reconstructed: list[int] = []
    cpu: list[float] = []
    for _ in range(CHANGES):
        shown = Shown.of(path, visitor.get(path))
        visitors = [Visitor(visitor.port, visitor.cookie) for _ in range(viewers)]
        service.touch()
        number, taken = _reconstructed(visitor), cpu_seconds(processes)
        _all_at_once(visitors, shown)
        # It was idle for long, perhaps, and then the server hangs up.
        visitor.connect()
        cpu.append(cpu_seconds(processes) - taken)
        reconstructed.append(_reconstructed(visitor) - number)
    return AfterChange(
        viewers=viewers,
        reconstructed=max(reconstructed),
        # Of a single poll the system's clock counts a few ticks: the mean has more of them.
        cpu_seconds=statistics.fmean(cpu),
    )


def _reconstructed(visitor: Visitor) -> int:
    return int(visitor.get("/reconstructions/").body)


def _all_at_once(visitors: list[Visitor], shown: Shown) -> None:
    statuses: list[int] = []
    gate = threading.Barrier(len(visitors))

    def ask(visitor: Visitor) -> None:
        gate.wait()
        statuses.append(poll(visitor, shown).status)

    threads = [threading.Thread(target=ask, args=(each,)) for each in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if statuses != [HTTPStatus.OK] * len(visitors):
        raise SystemExit(f"A poll after a change answers {statuses}.")

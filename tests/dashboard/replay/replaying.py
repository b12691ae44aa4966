"""A replay's payload, read in Python by the same look-ups as the browser does it."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.text.words import TimeWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row of the table, in words; ``turn`` is None without a window."""

    runner_id: str
    position: int
    is_owner: bool
    window: str
    until: str
    word: str
    why: str
    turn: datetime | None


def micro(milliseconds: float) -> float:
    return round(milliseconds * 1000) / 1000


def last(instants: list[float], at: float) -> int:
    """The step that holds at that instant."""
    return bisect_right(instants, at) - 1


class Reading:
    def __init__(self, payload: dict[str, Any], words: TimeWords, start: datetime) -> None:
        self.payload = payload
        self.words = words
        self.start = start
        self.epochs = payload["epochs"]
        self.orders: list[list[int]] = []
        members: set[int] = set()
        for epoch in self.epochs:
            members = (members - set(epoch["left"])) | set(epoch["joined"])
            self.orders.append(sorted(members))

    def instant(self, at: float) -> datetime:
        return self.start + timedelta(milliseconds=at)

    def name(self, runner: int) -> str:
        return str(self.payload["names"][runner] or self.payload["runners"][runner])

    def epoch(self, at: float) -> int:
        return last([epoch["start"] for epoch in self.epochs], at)

    def window(
        self, epoch: dict[str, Any], position: int, cycle: float
    ) -> tuple[float, float, float] | None:
        """Start, last instant to start at, and end of a position's window."""
        if epoch["window"] is None:
            return None
        start = micro(cycle + position * epoch["slot"])
        end = micro(cycle + position * epoch["slot"] + epoch["window"])
        limit = end if epoch["startable"] is None else micro(start + epoch["startable"])
        return start, limit, end

    def owner(self, at: float) -> tuple[int | None, str]:
        """Who is scheduled, and what it is told as far as nobody holds."""
        turns = self.payload["turns"]
        step = last(turns["at"], at)
        return turns["runner"][step], turns["answers"][turns["answer"][step]]

    def standing(self, at: float) -> tuple[str, list[tuple[str, datetime]]]:
        """How the service stands; who holds it, and since when."""
        steps = self.payload["standings"]
        step = last(steps["at"], at)
        runs = [self.payload["runs"][number] for number in steps["runs"][step]]
        standing = steps["standings"][steps["standing"][step]]
        return standing, [
            (self.payload["runners"][runner], self.instant(start)) for runner, start, _ in runs
        ]

    def table(self, at: float) -> list[Told]:
        number = self.epoch(at)
        epoch, order = self.epochs[number], self.orders[number]
        owner, answer = self.owner(at)
        if owner is None:
            return []
        shown, rows = set(self.payload["shown"]), self.payload["rows"]
        places = [place for place, runner in enumerate(order) if runner in shown]
        middle = bisect_left(places, order.index(owner))
        first = max(0, min(middle - rows // 2, len(places) - rows))
        positions = places[first : first + rows]
        return [self._row(epoch, order, each, owner, answer, at) for each in positions]

    def _row(
        self,
        epoch: dict[str, Any],
        order: list[int],
        position: int,
        owner: int,
        answer: str,
        at: float,
    ) -> Told:
        words = self.payload["words"]
        runner = order[position]
        code = answer if runner == owner else words["others"][answer]
        window = self.window(epoch, position, epoch["cycle"][0])
        turn = window and window[0]
        late = 0.0
        if window is not None:
            start, limit, end = window
            late = (at - start) / (end - start) * 100 if end > start else 0.0
            if not (at < end and at <= limit):
                following = self.window(epoch, position, epoch["cycle"][1])
                turn = following and following[0]
        holders = self.standing(at)[1]
        holder = ""
        if holders:
            holder = self.name(self.payload["runners"].index(holders[0][0]))
            if self.payload["runners"][runner] in [each for each, _ in holders]:
                code = words["holds"]
            elif code in words["held"]:
                code = words["held"][code]
        told = words["answers"][code]
        bare = self.words.bare
        return Told(
            runner_id=self.payload["runners"][runner],
            position=position,
            is_owner=runner == owner,
            window=f"{bare(self.instant(window[0]))} – {bare(self.instant(window[2]))}"
            if window
            else "none",
            until=bare(self.instant(window[1])) if window else "never",
            word=told["word"],
            why=told["why"].format(assigned=self.name(owner), holder=holder, late=f"{late:.0f}"),
            turn=None if turn is None else self.instant(turn),
        )

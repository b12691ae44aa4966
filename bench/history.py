"""What pages of the history cost among 10 million executions: `python -m bench.history`.

Thirteen filters on one hot service of a quarter of the rows: page 1 and page 1,000 (or the last)
asked of a real server, by turns with the bare statement that reads the same rows through the
driver. Prints the plans of the statements that the server makes; ends with status 1 when a bound
is missed or a plan scans a table.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import databases
from bench.history_data import EXECUTIONS, load
from bench.history_filters import ROWS, Asked, filters, read, statement
from bench.server import Visitor, serving

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.history.orders import Cursor
    from scheduler.models import Service

ROUNDS = 40
TOTALS_ROUNDS = 12
FAR = 1_000
TIMES_BARE = 4.0
PLUS_SECONDS = 0.010
FAR_TIMES_FIRST = 1.3
TOTALS_SECONDS = 0.150
# A far page of a few milliseconds is not told from the first one more exactly than this.
NOISE_SECONDS = 0.001


def usual(seconds: Sequence[float]) -> float:
    """The first quartile: whatever else the machine does, it only ever adds."""
    return statistics.quantiles(seconds, n=4)[0]


@dataclass(slots=True)
class Measured:
    """Seconds by turns: of the bare statement, of the whole page, and of its rows alone, which is
    what a browser asks for when one goes on to the next page."""

    bare: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)

    @property
    def bare_seconds(self) -> float:
        return usual(self.bare)

    @property
    def seconds(self) -> float:
        return usual(self.page)

    @property
    def rows_seconds(self) -> float:
        return usual(self.rows)

    @property
    def is_held(self) -> bool:
        return self.seconds <= TIMES_BARE * self.bare_seconds + PLUS_SECONDS


class Bench:
    """One filter after the other, on one server."""

    def __init__(self, visitor: Visitor, hot: "Service") -> None:
        self._visitor = visitor
        self._hot = hot
        self._is_held = True

    def run(self) -> bool:
        print(
            f"{'filter':26}{'':>6}{'bare':>10}{'page':>10}{'rows':>10}{'bound':>10}{'totals':>11}"
        )
        for asked in filters(self._hot):
            self._one(asked)
        return self._is_held

    def _one(self, asked: Asked) -> None:
        path = f"/s/{self._hot.slug}/history/"
        first = self._measure(asked, f"{path}?{asked.query}" if asked.query else path, None)
        number, cursor = self._far_cursor(asked)
        totals = self._totals(f"{path}summary/?{asked.query}")
        self._tell(asked.name, 1, first, totals)
        if cursor is not None:
            query = f"{asked.query}&cursor={cursor}" if asked.query else f"cursor={cursor}"
            far = self._measure(asked, f"{path}?{query}", cursor)
            self._tell("", number, far, None)
            if number == FAR:
                at_most = FAR_TIMES_FIRST * first.seconds + NOISE_SECONDS
                ratio = far.seconds / first.seconds
                print(f"{'':26}page {FAR:,} = {ratio:.2f} × page 1 (at most {FAR_TIMES_FIRST})")
                self._hold(far.seconds <= at_most)
        self._plans(asked, cursor)

    def _measure(self, asked: Asked, path: str, cursor: "Cursor | None") -> Measured:
        measured = Measured()
        for _ in range(ROUNDS):
            measured.bare.append(self._bare(asked, cursor))
            answer = self._visitor.get(path)
            if answer.status != 200:
                raise SystemExit(f"{path} answers {answer.status}.")
            measured.page.append(answer.seconds)
            measured.rows.append(self._visitor.get(path, **{"HX-Request": "true"}).seconds)
        return measured

    def _bare(self, asked: Asked, cursor: "Cursor | None") -> float:
        """Seconds that the rows of a page take through the driver alone."""
        from django.db import connection

        sql, parameters = statement(asked, self._hot.pk, cursor)
        if connection.vendor == "sqlite":
            sql = sql.replace("%s", "?")
            parameters = [
                str(each).removesuffix("+00:00") if hasattr(each, "isoformat") else each
                for each in parameters
            ]
        driver = connection.connection.cursor()
        begun = time.perf_counter()
        driver.execute(sql, parameters)
        driver.fetchall()
        seconds = time.perf_counter() - begun
        driver.close()
        return seconds

    def _totals(self, path: str) -> float:
        return usual(
            [
                self._visitor.get(path, **{"HX-Request": "true"}).seconds
                for _ in range(TOTALS_ROUNDS)
            ]
        )

    def _far_cursor(self, asked: Asked) -> "tuple[int, Cursor | None]":
        """The number of a far page, and where it begins: walked to from the first one."""
        from scheduler.history.pages import history_page

        step = 10 * ROWS
        query, now = read(asked, self._hot)
        cursor, pages = None, 1
        while pages < FAR:
            page = history_page(
                [self._hot],
                query.asked,
                sort=query.sort,
                cursor=cursor,
                limit=step - ROWS if pages + 10 > FAR else step,
                now=now,
            )
            if page.next is None:
                break
            pages, cursor = pages + (9 if pages + 10 > FAR else 10), page.next
        return pages, cursor

    def _plans(self, asked: Asked, cursor: "Cursor | None") -> None:
        """What the database does for the page and for its totals."""
        from scheduler.history.pages import history_page
        from scheduler.history.samples import sample

        query, now = read(asked, self._hot)

        def ask() -> None:
            history_page(
                [self._hot], query.asked, sort=query.sort, cursor=cursor, limit=ROWS, now=now
            )
            sample([self._hot], query.asked, now=now)

        for plan in plans_of(ask):
            print(f"      {plan}")
            self._hold("Seq Scan on scheduler_execution" not in plan)
            self._hold("SCAN scheduler_execution" not in plan)

    def _tell(self, name: str, number: int, measured: Measured, totals: float | None) -> None:
        bound = TIMES_BARE * measured.bare_seconds + PLUS_SECONDS
        told = "" if totals is None else f"{1e3 * totals:8.1f} ms"
        print(
            f"{name:26}{number:6,}{1e3 * measured.bare_seconds:7.2f} ms"
            f"{1e3 * measured.seconds:7.2f} ms{1e3 * measured.rows_seconds:7.2f} ms"
            f"{1e3 * bound:7.2f} ms{told}"
            f"{'' if measured.is_held else '  missed'}",
            flush=True,
        )
        self._hold(measured.is_held and (totals is None or totals <= TOTALS_SECONDS))

    def _hold(self, is_held: bool) -> None:
        self._is_held = self._is_held and is_held


def plans_of(ask: Any) -> list[str]:
    """How the database reads executions for whatever this asks, each way once."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask()
    found: dict[str, None] = {}
    for each in captured.captured_queries:
        if "scheduler_execution" not in each["sql"] or not each["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
            cursor.execute(f"{explain} {each['sql']}".replace("%", "%%"))
            for row in cursor.fetchall():
                line = str(row[-1]).strip().removeprefix("->").strip().partition("  (cost")[0]
                if "scheduler_execution" in line:
                    found[line] = None
    return list(found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)

    def measure(arguments: argparse.Namespace) -> bool:
        from scheduler.services import get_service

        hot = get_service(load(arguments.executions)[0])
        with serving() as visitor:
            for _ in range(20):
                visitor.get("/null/")
            return Bench(visitor, hot).run()

    return databases.run("bench.history", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

"""What pages of the history cost among 10 million executions: `python -m bench.history`.

Thirteen filters on one hot service of a quarter of the rows, over all of its time: page 1, page
1,000 (or the last) and the totals with their chart, asked of a real server by turns with a null
view that has a session, and with the bare statement that reads the same rows through the driver. A
page is to cost 4 bare statements and 2.5 null views at most, totals and chart 30 null views. Prints
the plans of the statements that the server makes; ends with status 1 when a bound is missed or a
plan scans a table.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import databases
from bench.history_data import EXECUTIONS, load
from bench.history_filters import ROWS, Asked, filters, read, statement
from bench.server import NULL, Visitor, serving
from bench.turns import by_turns

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.history.orders import Cursor
    from scheduler.models import Service

ROUNDS = 40
TOTALS_ROUNDS = 12
FAR = 1_000
TIMES_BARE = 4.0
TIMES_NULL = 2.5
FAR_TIMES_FIRST = 1.3
# A far page is not told from the first one more exactly than by this part of a null view.
NOISE_TIMES_NULL = 0.25
TOTALS_TIMES_NULL = 30.0
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds by turns: of the null view, of the bare statement, of the whole page, and of its rows
    alone, which is what a browser asks for when one goes on to the next page."""

    null: float
    bare: float
    page: float
    rows: float

    @property
    def bound(self) -> float:
        return TIMES_BARE * self.bare + TIMES_NULL * self.null


class Bench:
    """One filter after the other, on one server."""

    def __init__(self, visitor: Visitor, hot: "Service") -> None:
        self._visitor = visitor
        self._hot = hot
        self._is_held = True

    def run(self) -> bool:
        heads = ("null ms", "bare ms", "page ms", "rows ms", "at most", "of it")
        print(f"{'filter':26}{'page':>6}{''.join(f'{each:>9}' for each in heads)}")
        for asked in filters(self._hot):
            self._one(asked)
        return self._is_held

    def _one(self, asked: Asked) -> None:
        path = f"/s/{self._hot.slug}/history/"
        query, _ = read(asked, self._hot)
        first = self._page(asked.name, 1, asked, path + query.query(), None)
        number, cursor = self._far_cursor(asked)
        if cursor is not None:
            far = self._page("", number, asked, path + query.query(cursor=cursor), cursor)
            if number == FAR:
                ratio = far.page / first.page
                print(f"{'':26}page {FAR:,} = {ratio:.2f} × page 1 (at most {FAR_TIMES_FIRST})")
                noise = NOISE_TIMES_NULL * far.null
                self._hold(far.page <= FAR_TIMES_FIRST * first.page + noise)
        self._totals(f"{path}summary/{query.query()}")
        self._plans(asked, cursor)

    def _page(
        self, name: str, number: int, asked: Asked, path: str, cursor: "Cursor | None"
    ) -> Measured:
        """Measure a page, and tell it."""
        self._visitor.connect()  # it may have been idle for long
        measured = Measured(
            **by_turns(
                ROUNDS,
                null=lambda: self._visitor.seconds(NULL),
                bare=lambda: self._bare(asked, cursor),
                page=lambda: self._visitor.seconds(path),
                rows=lambda: self._visitor.seconds(path, **HTMX),
            )
        )
        told = (measured.null, measured.bare, measured.page, measured.rows, measured.bound)
        print(
            f"{name:26}{number:6,}{''.join(f'{1e3 * each:9.2f}' for each in told)}"
            f"{measured.page / measured.bound:9.2f}",
            flush=True,
        )
        self._hold(measured.page <= measured.bound)
        return measured

    def _totals(self, path: str) -> None:
        taken = by_turns(
            TOTALS_ROUNDS,
            null=lambda: self._visitor.seconds(NULL),
            totals=lambda: self._visitor.seconds(path, **HTMX),
        )
        ratio = taken["totals"] / taken["null"]
        print(
            f"{'':26}totals and chart {1e3 * taken['totals']:.1f} ms = {ratio:.1f} × null"
            f" (at most {TOTALS_TIMES_NULL:.0f})",
            flush=True,
        )
        self._hold(ratio <= TOTALS_TIMES_NULL)

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

    def _hold(self, is_held: bool) -> None:
        if not is_held:
            print(f"{'':26}missed")
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
            visitor.warm_up()
            return Bench(visitor, hot).run()

    return databases.run("bench.history", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

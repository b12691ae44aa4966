"""How the cost of each page grows: `python -m bench.growth`.

Over runners, executions, services and open tabs the pages are asked for by turns with a null view
that has a session, on the same server. Prints what each costs in null views, and the exponent of
its growth: the slope of a line through the upper half of the sizes, both on logarithmic scales.
Ends with status 1 where one is above 1.1, which is linear and some noise. `--at-most` (executions),
`--runners` and `--services` shorten it; `--markdown FILE` writes the tables into a file that has
the marks of the database.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from bench import databases
from bench.growth_axes import Axis, axes
from bench.growth_tables import Curve, Growth, as_markdown, as_text, write_into
from bench.server import NULL, serving
from bench.turns import by_turns

EXECUTIONS = 10_000_000
RUNNERS = 10_000
SERVICES = 500
ROUNDS = 12


def measure(arguments: argparse.Namespace) -> bool:
    """Whether no page grows faster than the bound on this database."""
    from django.core.management import call_command

    grown = []
    for axis in axes(arguments.runners, arguments.at_most, arguments.services):
        grown.append(growth(axis))
        print(as_text(grown[-1]), flush=True)
        # What belongs to one axis is not to weigh on the next.
        call_command("flush", interactive=False, verbosity=0)
    if arguments.markdown:
        write_into(arguments.markdown, arguments.database, "\n".join(map(as_markdown, grown)))
    return all(each.is_held for each in grown)


def growth(axis: Axis) -> Growth:
    """Fill the database from size to size, and measure at each."""
    axis.begin()
    before, nulls = 0, []
    costs: dict[str, list[float]] = {}
    with serving() as visitor:
        for size in axis.sizes:
            axis.grow(before, size)
            analyse()
            before = size
            visitor.connect()  # it rested for as long as that took
            visitor.warm_up()
            taken = by_turns(
                ROUNDS, null=partial(visitor.seconds, NULL), **axis.asks(visitor, size)
            )
            nulls.append(taken.pop("null"))
            for name, seconds in taken.items():
                costs.setdefault(name, []).append(seconds / nulls[-1])
    curves = tuple(Curve(name, axis.sizes, tuple(each)) for name, each in costs.items())
    return Growth(
        name=axis.name,
        sizes=axis.sizes,
        null_seconds=tuple(nulls),
        curves=curves,
        rate=axis.rate,
    )


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--at-most", type=int, default=EXECUTIONS, help="so many executions")
    parser.add_argument("--runners", type=int, default=RUNNERS, help="at most so many")
    parser.add_argument("--services", type=int, default=SERVICES, help="at most so many")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    return databases.run("bench.growth", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

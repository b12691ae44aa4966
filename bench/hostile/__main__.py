"""`make check-hostile`: what comes of 100,000 hostile inputs, half of them on each database.

Held where there is no answer of 500, no driver's error, no answer that takes over two seconds, no
refusal without words of ours, and where every page still shows what was stored meanwhile. Ends with
status 1 when missed. What went wrong is printed with its number: the same `--seed` repeats it.
"""

import argparse
import sys

from bench import databases

INPUTS = 100_000


def measure(arguments: argparse.Namespace) -> bool:
    """Whether the half of the inputs that this database gets did what they should."""
    # Models can be imported once Django is set up.
    from bench.hostile.check import check

    tally = check(arguments.seed, arguments.inputs // 2)
    for what, count in sorted(tally.counts.items()):
        print(f"{count:9,}  {what}")
    print(f"slowest: {tally.slowest:.2f} s")
    return not tally.wrongs


def main() -> int:
    parser = argparse.ArgumentParser(prog="make check-hostile", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="on both databases together")
    parser.add_argument("--seed", type=int, default=20261130)
    return databases.run("bench.hostile", parser, measure)


if __name__ == "__main__":
    sys.exit(main())

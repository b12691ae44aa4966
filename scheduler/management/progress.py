"""How a long command says how far it is: a bar on a terminal, elsewhere a line now and then."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click

EVERY_SECONDS = 5.0


@contextmanager
def progress(
    total: int, *, what: str, out: TextIO, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """Yields what to call with the number of each part that is done, of `total` in all."""
    if out.isatty():
        with click.progressbar(
            length=total, label=what.capitalize(), show_pos=True, file=out
        ) as bar:
            yield bar.update
        return
    done, said_at = 0, monotonic()

    def advance(number: int) -> None:
        nonlocal done, said_at
        done += number
        if monotonic() - said_at >= EVERY_SECONDS:
            said_at = monotonic()
            out.write(f"{done:,} of {total:,} {what}\n")
            out.flush()

    yield advance

"""Numbers in words: counts, shares, and the parts of a calculation."""

from collections.abc import Sequence

from scheduler.words.durations import duration

_NAMED = 3


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 runner``, ``1,000 runners``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def ordinal(position: int) -> int:
    """A slot's number as people count, from one; positions, as programs do, count from zero."""
    return position + 1


def percent(fraction: float) -> str:
    """``67 %``; what is not nothing is never written as nothing, nor what is not all as all."""
    if 0 < fraction < 0.01:
        return "under 1 %"
    if 0.99 < fraction < 1:
        return "over 99 %"
    return f"{fraction * 100:.0f} %"


def exact_percent(fraction: float) -> str:
    """``75.00 %``: as finely as a share is compared with its limit."""
    return f"{fraction * 100:.2f} %"


def plain(number: float) -> str:
    """A number as people write it: thousands separated, no trailing zeros, no exponent."""
    if number != 0 and abs(number) < 0.001:
        return f"{number:.9f}".rstrip("0")
    return f"{number:,.3f}".rstrip("0").rstrip(".")


def reckoned(seconds: float) -> str:
    """A length in a calculation, whose parts are to be compared at sight: ``300 s``; from 1,000 s
    on, which nobody reads at a glance, as `duration` has it."""
    return f"{plain(seconds)} s" if abs(seconds) < 1_000 else duration(seconds)


def listed(names: Sequence[str], unnamed: int = 0) -> str:
    """Up to three names, then how many more there are, with the ``unnamed`` ones."""
    more = len(names) + unnamed - _NAMED
    if more > 0:
        return f"{', '.join(names[:_NAMED])} and {more:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

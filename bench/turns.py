"""Measuring by turns: what else the machine does meets all that is compared alike."""

import statistics
from collections.abc import Callable


def by_turns(rounds: int, **asked: Callable[[], float]) -> dict[str, float]:
    """The usual seconds of each, asked one after the other in every round."""
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, ask in asked.items():
            taken[name].append(ask())
    return {name: _usual(seconds) for name, seconds in taken.items()}


def _usual(seconds: list[float]) -> float:
    """The first quartile: whatever else the machine does, it only ever adds."""
    return statistics.quantiles(seconds, n=4)[0]

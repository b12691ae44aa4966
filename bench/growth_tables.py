"""How pages grow, as tables: for a terminal, and for docs/performance.md."""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

EXPONENT_AT_MOST = 1.1
# Heights of the small chart: a null view is the lowest, a thousand of them the highest.
_BARS = "▁▂▃▄▅▆▇█"
_HIGHEST = 1_000


@dataclass(frozen=True, slots=True)
class Curve:
    """What one page costs at each size, in null views."""

    name: str
    sizes: Sequence[int]
    costs: Sequence[float]

    @property
    def exponent(self) -> float:
        """With which power of the size the cost grows, over the upper half of the sizes."""
        # Of a small size, what every page costs anyhow is the most. The middle one belongs to it.
        first = (len(self.sizes) - 1) // 2
        logs = (map(math.log, each[first:]) for each in (self.sizes, self.costs))
        return statistics.linear_regression(*map(list, logs)).slope

    @property
    def is_held(self) -> bool:
        return self.exponent <= EXPONENT_AT_MOST

    @property
    def bars(self) -> str:
        """Its costs as a chart, on a logarithmic scale."""
        shares = (math.log(max(each, 1)) / math.log(_HIGHEST) for each in self.costs)
        return "".join(_BARS[min(int(each * len(_BARS)), len(_BARS) - 1)] for each in shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What pages cost over one kind of size; ``rate`` names what it is so many of, where that are
    requests."""

    name: str
    sizes: Sequence[int]
    null_seconds: Sequence[float]
    curves: Sequence[Curve]
    rate: str = ""

    @property
    def is_held(self) -> bool:
        return all(each.is_held for each in self.curves)

    @property
    def rows(self) -> Iterator[tuple[str, ...]]:
        """The cells of its table, the head first."""
        yield f"over {self.name}", *(f"{each:,}" for each in self.sizes), "exponent", ""
        yield "null view, ms", *(f"{1e3 * each:.2f}" for each in self.null_seconds), "", ""
        for curve in self.curves:
            costs = (f"{each:,.1f} ×" for each in curve.costs)
            yield curve.name, *costs, f"{curve.exponent:.2f}", curve.bars
        if self.rate:
            (curve,) = self.curves
            both = zip(self.sizes, curve.costs, self.null_seconds, strict=True)
            rates = (f"{size / cost / null:,.0f}" for size, cost, null in both)
            yield f"{self.rate} a second", *rates, "", ""


def as_text(growth: Growth) -> str:
    lines = []
    missed = {each.name for each in growth.curves if not each.is_held}
    for name, *cells, bars in growth.rows:
        told = f"{name:20}{''.join(f'{each:>12}' for each in cells)}  {bars}"
        lines.append(f"{told}  missed" if name in missed else told.rstrip())
    return "\n".join(lines)


def as_markdown(growth: Growth) -> str:
    head, *rows = (f"| {' | '.join(cells)} |" for cells in growth.rows)
    rule = f"|---|{'---:|' * (len(growth.sizes) + 1)}---|"
    return "\n".join([head, rule, *rows, ""])


def write_into(path: Path, database: str, text: str) -> None:
    """Put the text in place of what stands between the marks of the database."""
    begin, end = (f"<!-- {what} of growth on {database} -->" for what in ("begin", "end"))
    before, found_begin, rest = path.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise SystemExit(f"{path} has no {begin} … {end}.")
    path.write_text(f"{before}{begin}\n\n{text}\n{end}{after}")

"""Stretches of equal length on a time axis, of a length that people count in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dashboard.charts.traces import TimeScale
from scheduler.round_steps import round_step

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """The stretches of ``width`` that cover an axis; they begin at round times of its zone."""

    scale: TimeScale
    width: timedelta
    width_ms: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width_ms", self.width // _MILLISECOND)

    def x(self, at: datetime) -> int:
        """Where the stretch begins that an instant is in, in milliseconds on the axis."""
        return self.scale.x(at) // self.width_ms * self.width_ms

    @property
    def origin(self) -> datetime:
        """The start of the first stretch: the others are numbered from it."""
        return self.start(self.x(self.scale.start))

    def x_of(self, number: int) -> int:
        """Where a stretch begins, by its number."""
        return self.x(self.scale.start) + number * self.width_ms

    def start(self, x: int) -> datetime:
        """The instant at which a stretch begins."""
        return _EPOCH + x * _MILLISECOND - self.scale.offset


def buckets_of(scale: TimeScale) -> Buckets:
    """The shortest stretches of which few are needed."""
    return Buckets(scale=scale, width=round_step(scale.start, scale.end, scale.offset))

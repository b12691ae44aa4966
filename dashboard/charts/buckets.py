"""Stretches of equal length on a time axis, of a length that people count in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dashboard.charts.traces import TimeScale

BUCKETS_AT_MOST = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_WIDTHS = (
    *(timedelta(seconds=each) for each in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=each) for each in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=each) for each in (1, 2, 3, 6, 12)),
    *(timedelta(days=each) for each in (1, 2, 7, 14, 28, 91, 364)),
)


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
    """The shortest stretches of which no more than BUCKETS_AT_MOST are needed."""
    length = scale.end - scale.start
    fitting = (width for width in _WIDTHS if length / width <= BUCKETS_AT_MOST)
    return Buckets(scale=scale, width=next(fitting, _WIDTHS[-1]))

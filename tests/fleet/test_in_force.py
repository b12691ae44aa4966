from datetime import datetime

import pytest

from scheduler.collectors.pynenc.in_force import Found, in_force_since
from scheduler.collectors.pynenc.starts import Start
from scheduler.core.instants import MICROSECOND
from tests.conftest import after

OLD, NEW, BOTH = (True, False), (False, True), (True, True)


def start(seconds: float, fits: tuple[bool, bool], *, born: float = -100) -> Start:
    return Start(runner_id="a", first_seen_at=after(born), at=after(seconds), fits=fits)


def found(
    changed_at: float | None,
    *,
    started: float | None = None,
    is_anyone_there: bool = True,
    starts: tuple[Start, ...] = (),
) -> Found:
    """The policy of before is in force since 0, and it is 1,000 now."""

    def instant(seconds: float | None) -> datetime | None:
        return None if seconds is None else after(seconds)

    return Found(
        before=after(0),
        changed_at=instant(changed_at),
        at=after(1_000),
        is_anyone_there=is_anyone_there,
        first_started_at=instant(started),
        starts=starts,
    )


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # Written, and a runner was started since.
        (found(100, started=200), after(200)),
        # Written, and nobody was: the fleet goes by the settings of before.
        (found(100), None),
        (found(100, starts=(start(150, OLD), start(160, BOTH))), None),
        # Nobody is there who could.
        (found(100, is_anyone_there=False), after(1_000)),
        # Files that lie: copied later than the runners were started.
        (found(900, starts=(start(300, NEW), start(330, NEW))), after(300)),
        # The runner of the first such start went by them from its own beginning,
        (found(900, starts=(start(300, NEW, born=250), start(330, NEW))), after(250)),
        # unless others still went by the old ones after that.
        (
            found(900, starts=(start(260, OLD), start(300, NEW, born=250), start(330, NEW))),
            after(300),
        ),
        # One start, or as many of the others afterwards, are no proof.
        (found(900, starts=(start(300, NEW),)), None),
        (found(900, starts=tuple(start(300 + n, (NEW, OLD)[n % 2]) for n in range(4))), None),
        # Not dated: since the first runner that was started under the policy of before, but after
        # the last start that fits it alone.
        (found(None), after(1_000)),
        (found(None, started=200), after(200)),
        (found(-50, started=200), after(200)),
        (found(None, started=200, starts=(start(300, OLD),)), after(300) + MICROSECOND),
    ],
)  # fmt: skip
def test_settings_are_in_force_since(case: Found, expected: datetime | None) -> None:
    assert in_force_since(case) == expected

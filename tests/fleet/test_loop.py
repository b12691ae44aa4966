import pytest

from scheduler.collectors.loop import keep_polling
from scheduler.db.outages import pause_seconds
from scheduler.errors import Unavailable

LOST = Unavailable("The app's store", "away")


def play(
    script: list[str | Exception],
) -> tuple[list[str], list[Unavailable], list[float]]:
    """Poll through a script, and be asked to stop when it is over."""
    steps = iter(script)
    seen: list[str] = []
    lost: list[Unavailable] = []
    pauses: list[float] = []

    def poll() -> str:
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == len(script)

    keep_polling(poll, every_seconds=2, wait=wait, on_sight=seen.append, on_lost=lost.append)
    return seen, lost, pauses


def test_it_polls_until_it_is_asked_to_stop() -> None:
    assert play(["one", "two", "three"]) == (["one", "two", "three"], [], [2, 2, 2])


def test_it_goes_on_after_failures_with_growing_pauses_and_then_as_before() -> None:
    seen, lost, pauses = play(["one", LOST, LOST, LOST, "two", LOST, "three"])

    assert seen == ["one", "two", "three"]
    assert lost == [LOST] * 4
    assert pauses == [2, 2.5, 2.5, 2.5, 2, 2.5, 2]


def test_what_it_does_not_know_ends_it() -> None:
    with pytest.raises(KeyError):
        play(["one", KeyError("x"), "two"])


@pytest.mark.parametrize("away_seconds", [0.5, 8, 33, 45, 86_400])
@pytest.mark.parametrize("every", [0.05, 0.5, 2, 7, 60])
def test_whatever_is_back_is_noticed_within_five_seconds(every: float, away_seconds: float) -> None:
    elapsed = 0.0

    def poll() -> float:
        if elapsed < away_seconds:
            raise LOST
        return elapsed

    def wait(seconds: float) -> bool:
        nonlocal elapsed
        elapsed += seconds
        return bool(seen)

    seen: list[float] = []
    lost: list[Unavailable] = []
    keep_polling(poll, every_seconds=every, wait=wait, on_sight=seen.append, on_lost=lost.append)

    assert away_seconds <= seen[0] <= away_seconds + 3


@pytest.mark.parametrize(
    ("every", "failures", "expected"),
    [
        (2, 0, 2),
        (0.5, 2, 2),
        (0.5, 3, 2.5),  # 4 is above the longest pause
        (2, 100_000, 2.5),  # an outage of a month
        (60, 0, 60),
        (60, 5, 2.5),  # sooner than while all is well
        (0.01, 3, 0.08),
    ],
)
def test_the_pause_doubles_up_to_the_longest(every: float, failures: int, expected: float) -> None:
    assert pause_seconds(every, failures) == expected

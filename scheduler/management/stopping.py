"""How the commands that run until they are stopped wait, and stop."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Ctrl-C, a kill, and the end of the terminal: everything can be ended first.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals(
    *signals: signal.Signals,
) -> Iterator[Callable[[float], bool]]:
    """These signals (SIGINT and SIGTERM when none is given) end a wait instead of the process,
    which may be in the middle of something.

    Yields ``wait(seconds)``: True as soon as one of them has come, also before the wait, and from
    then on; False when the time is up.
    """
    # A handler runs between any two instructions of the thread that waits. An Event's lock could be
    # held just then, and setting it would hang; a SimpleQueue is made for that.
    requests: queue.SimpleQueue[int] = queue.SimpleQueue()

    def request_stop(number: int, _frame: FrameType | None) -> None:
        requests.put(number)

    def wait(seconds: float) -> bool:
        try:
            number = requests.get(timeout=seconds)
        except queue.Empty:
            return False
        requests.put(number)
        return True

    caught = signals or (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, request_stop) for one in caught}
    try:
        yield wait
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

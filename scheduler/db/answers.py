"""Answers that are kept: what was read once serves everybody, as long as nothing has changed."""

from collections.abc import Callable, Hashable
from threading import Lock

_ALL: list[Callable[[], None]] = []


class Answers[Value]:
    """The last few answers to one question, in the memory of this process, for all of its threads.

    An answer is kept by the state of what it was read from (revisions, that is to say), never by a
    time: the state is in the database, so that every process sees when it is another one.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        # What was not asked for for the longest time first.
        self._kept: dict[Hashable, Value] = {}
        self._lock = Lock()
        _ALL.append(self.forget)

    def get(self, state: Hashable, read: Callable[[], Value]) -> Value:
        """The answer for that state. Two who ask at once may both read it, and read the same."""
        with self._lock:
            if state in self._kept:
                # What is asked for stays, however much is asked for besides.
                self._kept[state] = value = self._kept.pop(state)
                return value
        # Reading takes its time, and others have their answers already: no lock is held over it.
        value = read()
        with self._lock:
            self._kept[state] = value
            while len(self._kept) > self._at_most:
                del self._kept[next(iter(self._kept))]
        return value

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def forget_all() -> None:
    """For tests, whose databases begin anew with the same keys and revisions."""
    for forget in _ALL:
        forget()

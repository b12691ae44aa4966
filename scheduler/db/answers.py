"""Answers that are kept: what was read once serves everybody, as long as nothing has changed."""

from collections.abc import Callable, Hashable
from threading import Lock

_ALL: list[Callable[[], None]] = []


class Answers[Value]:
    """The last few answers to one question, in the memory of this process, for all of its threads.

    An answer is kept by the state of what it was read from (revisions, that is to say): the state
    is in the database, so that every process sees when it is another one. One that is good for a
    time only says so when it is asked for.

    Args:
        at_most: what all of them may weigh together; the heaviest alone is kept, too.
        weigh: what one weighs; without it, each weighs 1.
    """

    def __init__(self, at_most: int, *, weigh: Callable[[Value], int] = lambda _: 1) -> None:
        self._at_most = at_most
        self._weigh = weigh
        self._weight = 0
        # What was not asked for for the longest time first.
        self._kept: dict[Hashable, Value] = {}
        self._reading: dict[Hashable, Lock] = {}
        self._lock = Lock()
        _ALL.append(self.forget)

    def get(
        self,
        state: Hashable,
        read: Callable[[], Value],
        *,
        is_good: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """The answer for that state, kept or read. Of those who ask at once, one reads it."""
        found = self._find(state, is_good)
        if found:
            return found[0]
        with self._lock:
            reading = self._reading.setdefault(state, Lock())
        # Reading takes its time: who asks for something else does not wait for it.
        with reading:
            found = self._find(state, is_good)
            value = found[0] if found else self._keep(state, read())
        with self._lock:
            self._reading.pop(state, None)
        return value

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
            self._reading.clear()
            self._weight = 0

    def _find(self, state: Hashable, is_good: Callable[[Value], bool]) -> tuple[Value] | None:
        with self._lock:
            if state not in self._kept:
                return None
            # What is asked for stays, however much is asked for besides.
            self._kept[state] = value = self._kept.pop(state)
        return (value,) if is_good(value) else None

    def _keep(self, state: Hashable, value: Value) -> Value:
        with self._lock:
            self._drop(state)
            self._kept[state] = value
            self._weight += self._weigh(value)
            while self._weight > self._at_most and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return value

    def _drop(self, state: Hashable) -> None:
        if state in self._kept:
            self._weight -= self._weigh(self._kept.pop(state))


def forget_all() -> None:
    """For tests, whose databases begin anew with the same keys and revisions."""
    for forget in _ALL:
        forget()

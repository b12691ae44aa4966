"""How many exports a process writes at once: each holds megabytes for as long as it is read."""

import threading
import weakref

from django.http import StreamingHttpResponse

# Of the 8 threads of a process (slotwatch.front): whoever exports, pages still get one.
AT_ONCE = 4
# "Half a minute" on the page that says so.
RETRY_AFTER_SECONDS = 30
# Bounded: a place that is given back twice is an error, and not one more place.
_places = threading.BoundedSemaphore(AT_ONCE)


class NoRoom(Exception):
    """As many exports as there may be are being written."""


class ExportResponse(StreamingHttpResponse):
    """A response that holds one of the places until it is closed, or nobody has it any more."""

    def hold_place(self) -> None:
        """Take over the place of who made it."""
        self._give_back = weakref.finalize(self, give_back_place)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._give_back()  # once: a finalizer does nothing when it is called again


def take_place() -> None:
    """Raises NoRoom where all are taken. Nobody waits: who waited would hold a thread."""
    if not _places.acquire(blocking=False):
        raise NoRoom


def give_back_place() -> None:
    _places.release()

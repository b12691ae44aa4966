"""Trouble with one thing, kept from the others: said once, and tried again later and later."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import django.db

from scheduler.db.connections import require_database
from scheduler.db.outages import one_line, pause_seconds
from scheduler.errors import Unavailable

_FIRST_PAUSE_SECONDS = 1.0
# The database is there: what failed in it may well fail again.
_LONGEST_PAUSE_SECONDS = 30.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    why: str
    failures: int
    again_at: float


class Troubles:
    """What failed last time it was tried, by name. A name begins a sentence: ``Pruning x``."""

    def __init__(
        self, *, say: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._monotonic = monotonic
        self._known: dict[str, _Trouble] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(self._known)

    def is_resting(self, name: str) -> bool:
        """Whether it failed so lately that it is not worth trying yet."""
        trouble = self._known.get(name)
        return trouble is not None and self._monotonic() < trouble.again_at

    @contextmanager
    def contained(self, name: str) -> Iterator[None]:
        """Within it, an exception is said and logged, and goes no further.

        Raises:
            Unavailable: the database does not answer, so that nobody can be helped.
        """
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:
            # Where the database is away, it is not the trouble of this one thing.
            if isinstance(error, django.db.Error):
                require_database()
            # The traceback once as well: what is tried again for days would fill the log.
            if self._note(name, one_line(error)):
                _logger.exception("%s failed", name)
        else:
            if self._known.pop(name, None):
                self._say(f"{name} goes on again.")

    def _note(self, name: str, why: str) -> bool:
        """Say it, unless it was the last thing said."""
        before = self._known.get(name)
        failures = before.failures + 1 if before else 1
        self._known[name] = _Trouble(
            why=why,
            failures=failures,
            again_at=self._monotonic()
            + pause_seconds(_FIRST_PAUSE_SECONDS, failures, longest_seconds=_LONGEST_PAUSE_SECONDS),
        )
        if before is not None and before.why == why:
            return False
        self._say(f"{name} failed ({why}). Everything else goes on; trying again.")
        return True

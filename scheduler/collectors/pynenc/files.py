"""The files that a pynenc app's settings may come from, and whether one of them has changed.

Its own modules (not those of libraries) and the files that the package reads settings from.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scheduler.collectors.pynenc.app import PynencApp

_LIBRARIES = frozenset({"site-packages", "dist-packages"})
_ENV_PREFIX, _ENV_SUFFIX = "PYNENC", "FILEPATH"

type _State = tuple[int, int, int]


class AppFiles:
    """What the app was read from when it was imported, and the state of it at the last look."""

    def __init__(self, app: PynencApp, path: str) -> None:
        self._paths = (*_modules(path.rpartition(".")[0]), *_settings_files(app))
        self._states = self._look()
        self.changed_at = self._newest(self._states)

    def have_changed(self) -> bool:
        """Whether one of them is another than at the last look; ``changed_at`` says since when."""
        states = self._look()
        changed = {path for path in self._paths if states.get(path) != self._states.get(path)}
        if not changed:
            return False
        self._states = states
        self.changed_at = self._newest({path: states[path] for path in changed & states.keys()})
        return True

    def _look(self) -> dict[Path, _State]:
        states = {}
        for path in self._paths:
            try:
                found = path.stat()
            except OSError:
                # Missing or unreadable, it has no state: that differs from the one before, too.
                continue
            # A file renamed into place may have the old one's size and time, but not its inode.
            states[path] = found.st_mtime_ns, found.st_size, found.st_ino
        return states

    def _newest(self, states: dict[Path, _State]) -> datetime:
        """When the latest of these was written; now where all that changed is gone."""
        now = datetime.now(UTC)
        newest = max((state[0] for state in states.values()), default=None)
        # A file may be dated ahead of the clock; a change can't be.
        return now if newest is None else min(now, datetime.fromtimestamp(newest / 1e9, UTC))


def _modules(name: str) -> Iterator[Path]:
    """The files of the app's module, and of those that lie beside it and were imported."""
    top = name.partition(".")[0]
    base = _directory(top)
    # Other collectors' threads may import something meanwhile.
    for each, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            continue
        path = Path(file).absolute()
        is_own = each == top or each.startswith(f"{top}.")
        is_beside = (
            # Libraries are thousands of files, and no place for an app's settings.
            base is not None
            and path.is_relative_to(base)
            and not _LIBRARIES.intersection(path.parts)
            and not path.is_relative_to(sys.base_prefix)
        )
        if is_own or is_beside:
            yield path


def _directory(top: str) -> Path | None:
    """The directory that the app's first package or module was found in."""
    module = sys.modules.get(top)
    file = getattr(module, "__file__", None)
    places = list(getattr(module, "__path__", ()))
    if places:
        return Path(places[0]).absolute().parent
    return Path(file).absolute().parent if isinstance(file, str) else None


def _settings_files(app: PynencApp) -> Iterator[Path]:
    yield Path("pyproject.toml").absolute()
    named = [app.config_filepath or ""]
    named += [
        value
        for name, value in os.environ.items()
        if name.startswith(_ENV_PREFIX) and name.endswith(_ENV_SUFFIX)
    ]
    yield from (Path(each).absolute() for each in named if each)

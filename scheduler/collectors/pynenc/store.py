"""Where a pynenc app keeps its state, and whether it is there: asked before anything is opened.

The package makes what it opens: in the wrong directory, a relative path would become a new and
empty SQLite file, and a fleet that nobody is in.
"""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from scheduler.collectors.pynenc.app import PynencApp
from scheduler.db.outages import one_line
from scheduler.errors import Refused, Unavailable

STORE = "The app's store"
_IN_MEMORY = ":memory:"
_APPS_NAMED = 5
_PATIENCE_SECONDS = 5.0
# What is over when somebody else has finished, or a disk is back.
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR)


class Store(Protocol):
    """``address`` says where it is, without passwords."""

    @property
    def address(self) -> str: ...

    def require(self, app_id: str) -> None:
        """Raises Refused where there is no such store, or nothing of this app in it."""

    def expect(self) -> None:
        """Raises Unavailable where a store that was there is away."""


def store_of(app: PynencApp) -> Store:
    """The store of the app's orchestrator; opens nothing that it could make.

    Raises:
        Refused: it names none, or one that no other process can see.
        Unavailable: a store on another machine does not answer.
    """
    path = _sqlite_path(app)
    if path is None:
        return FarStore(_far_address(app))
    if not path:
        raise Refused(
            f"The app {app.app_id!r} names no SQLite file: its setting sqlite_db_path is empty. "
            "Set it to the file's absolute path."
        )
    if path == _IN_MEMORY:
        raise Refused(
            f"The app {app.app_id!r} keeps its state in the memory of each process ({_IN_MEMORY}), "
            "where no other process can see it. Set sqlite_db_path to a file's absolute path."
        )
    return SqliteStore(Path(path))


class SqliteStore:
    """A file, told by its absolute path with all links followed."""

    def __init__(self, path: Path) -> None:
        # By whatever path or link it is named, one file is one source.
        self._path = Path(os.path.realpath(path))
        self.address = str(self._path)

    def require(self, app_id: str) -> None:
        if not self._path.exists():
            raise Refused(
                f"There is no file {self._path}, where the app {app_id!r} would keep its state. "
                f"Nothing was made. {_what_to_do()}"
            )
        tables = self._tables(app_id)
        if _executions_table(app_id) not in tables:
            raise Refused(
                f"{self._path} holds nothing of the app {app_id!r}{_others(tables)}. Nothing was "
                f"made. {_what_to_do()}"
            )

    def expect(self) -> None:
        if not self._path.exists():
            raise Unavailable(STORE, f"there is no file {self._path}")

    def _tables(self, app_id: str) -> set[str]:
        """Read without a right to write, so that nothing is made or changed."""
        try:
            with closing(
                sqlite3.connect(
                    f"file:{quote(self.address)}?mode=ro", uri=True, timeout=_PATIENCE_SECONDS
                )
            ) as connection:
                rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                return {str(name) for (name,) in rows}
        except sqlite3.DatabaseError as error:
            if _passes(error):
                raise Unavailable(STORE, one_line(error)) from error
            raise Refused(
                f"{self._path}, where the app {app_id!r} would keep its state, can't be read as a "
                f"SQLite database: {one_line(error)}."
            ) from error


class FarStore:
    """A store of a plugin: to connect to it makes nothing that we could tell from the fleet's."""

    def __init__(self, address: str) -> None:
        self.address = address

    def require(self, app_id: str) -> None:
        """It has answered already."""

    def expect(self) -> None:
        """Its questions will say so."""


def address_of(name: str, settings: Mapping[str, Any]) -> str:
    """What tells one store of the orchestrator ``name`` from another: URL, or host, port and name.

    Users and passwords are left out, and so is the query of a URL, which may hold them.
    """
    told = {key: value for key, value in sorted(settings.items()) if value not in ("", None)}
    urls = [str(value) for key, value in told.items() if key.endswith(("_url", "_uri"))]
    if urls:
        return f"{name} at {', '.join(map(_bare_url, urls))}"
    parts = [
        f"{key}={value}"
        for key, value in told.items()
        if key.endswith(("_host", "_port", "_db", "_database", "_prefix", "_name", "_path"))
        and isinstance(value, str | int)
    ]
    return f"{name} at {' '.join(parts)}" if parts else name


def _bare_url(url: str) -> str:
    parts = urlsplit(url)
    # A password may hold an @ as well: the host is behind the last one.
    where = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=where, query="", fragment="").geturl()


def _passes(error: sqlite3.DatabaseError) -> bool:
    """Whether the same question may have an answer later. The low byte is what an error is of."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING


def _sqlite_path(app: PynencApp) -> str | None:
    """As the package would find it; None where the orchestrator is of another kind."""
    # Imported here: Slotwatch itself runs without pynenc.
    from pynenc.conf.config_orchestrator import ConfigOrchestratorSQLite
    from pynenc.orchestrator.base_orchestrator import BaseOrchestrator
    from pynenc.orchestrator.sqlite_orchestrator import SQLiteOrchestrator
    from pynenc.util.subclasses import get_subclass

    try:
        orchestrator: Any = get_subclass(BaseOrchestrator, app.conf.orchestrator_cls)
        if not issubclass(orchestrator, SQLiteOrchestrator):
            return None
        conf = ConfigOrchestratorSQLite(
            config_values=app.config_values, config_filepath=app.config_filepath
        )
        return str(conf.sqlite_db_path)
    except Exception as error:  # settings and plugins are the app's business, and may raise any
        raise Refused(f"The store of {app.app_id!r} can't be found: {one_line(error)}.") from error


def _far_address(app: PynencApp) -> str:
    try:
        conf = app.orchestrator.conf
        secret = {name for name in conf.all_fields if conf.field_info(name).is_secret}
        settings = {name: getattr(conf, name) for name in conf.all_fields if name not in secret}
        return address_of(str(app.conf.orchestrator_cls), settings)
    except Exception as error:
        raise Unavailable(STORE, one_line(error)) from error


def _executions_table(app_id: str) -> str:
    from pynenc.orchestrator.sqlite_orchestrator import Tables

    return str(Tables(app_id).ATOMIC_SERVICE_EXECUTIONS)


def _others(tables: set[str]) -> str:
    """The other apps in the file; their tables begin with their ids, as far as a name can."""
    end = "__orchestrator_atomic_service_executions"
    # A prefix is the id, an underscore and eight digits of a hash (pynenc's TableNames).
    names = sorted(table.removesuffix(end)[:-9] for table in tables if table.endswith(end))
    if not names:
        return ""
    more = len(names) - _APPS_NAMED
    return f", only of {', '.join(names[:_APPS_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _what_to_do() -> str:
    return (
        f"Start in the directory that the app's runners start in (this is {Path.cwd()}), and start "
        "the runners first."
    )
